#!/bin/sh
# exits-with.sh N CMD...: succeeds when CMD ends with exit code N.
expected=$1
shift
"$@"
actual=$?
[ "$actual" = "$expected" ] && exit 0
echo "exits-with.sh: expected exit code $expected, got $actual: $*" >&2
exit 1
