#!/bin/sh
# quota-group.sh MILLICPUS PERIOD: makes a control group, of version 1 or 2, that
# gives its processes MILLICPUS thousandths of a CPU in every PERIOD microseconds,
# and prints its path. A process joins by writing its id to PATH/cgroup.procs;
# rmdir removes the group. TENON_CGROUP names another root than /sys/fs/cgroup.
# Fails with one line on standard error where this process may make no such group.
root=${TENON_CGROUP:-/sys/fs/cgroup}
quota=$(($1 * $2 / 1000))
period=$2

# Writes $1 to the file $2.
set_value() {
  { echo "$1" > "$2"; } 2>/dev/null
}

fail() {
  [ -z "$group" ] || rmdir "$group" 2>/dev/null
  echo "no group with a quota: $1" >&2
  exit 1
}

if [ -e "$root/cpu/cgroup.procs" ]; then
  new=$root/cpu/tenon-test-$$
  mkdir "$new" 2>/dev/null || fail "$new cannot be made"
  group=$new
  set_value "$period" "$group/cpu.cfs_period_us" && set_value "$quota" "$group/cpu.cfs_quota_us" ||
    fail "cpu.cfs_quota_us cannot be written"
elif [ -e "$root/cgroup.controllers" ]; then
  grep -qw cpu "$root/cgroup.subtree_control" || set_value +cpu "$root/cgroup.subtree_control" ||
    fail "the cpu controller of $root cannot be turned on"
  new=$root/tenon-test-$$
  mkdir "$new" 2>/dev/null || fail "$new cannot be made"
  group=$new
  set_value "$quota $period" "$group/cpu.max" || fail "cpu.max cannot be written"
else
  fail "no control groups at $root"
fi
echo "$group"
