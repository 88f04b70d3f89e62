#!/bin/bash
# cut-everywhere.sh FILE FOLDER: runs FILE cut at many places. Each time the exit
# code is 6 and standard error one line that says so.
set -u
size=$(stat -c %s "$1")
cut=$2/cut
tried=0
check() {
  head -c "$1" "$file" > "$cut"
  chmod +x "$cut"
  errors=$("$cut" 2>&1 > "$2/output")
  code=$?
  if [ $code != 6 ] || [[ "$errors" != *"truncated; copy it again" || "$errors" == *$'\n'* ]]; then
    echo "cut after $1 of $size bytes: exit code $code: $errors"
    exit 1
  fi
  tried=$((tried + 1))
}
file=$1
# The code that checks is in the first page.
for ((bytes = 2048; bytes < size; bytes += size / 97)); do check $bytes "$2"; done
# Ends of segments, and the pages around them.
readelf -lW "$file" | grep LOAD > "$2/segments"
while read -r _ offset _ _ bytes _; do
  end=$((offset + bytes))
  for bytes in $((end - 4096)) $((end - 1)) $((end / 4096 * 4096)); do
    if ((bytes >= 2048 && bytes < size)); then check $bytes "$2"; fi
  done
done < "$2/segments"
echo "found $tried cuts"
