# expect_fault.sh MODEL PROGRAM CHANGE WORK: compiles PROGRAM, of the transformer
# stage, with the sed command CHANGE done to it; --verify must find that it is
# not MODEL any more.
set -eu
sed "$3" "$2" > "$4.mlir"
if cmp -s "$2" "$4.mlir"; then
  echo "'$3' changes nothing"
  exit 1
fi
rm -f "$4"
code=0
tenon compile "$1" "$4.mlir" --from=transformer --target=x86-64-v3 --verify -o "$4" \
  2> "$4.errors" || code=$?
cat "$4.errors"
if [ "$code" != 4 ] || [ -e "$4" ] || ! grep -q "does not agree with the reference path" "$4.errors"; then
  echo "'$3' ended with exit code $code, expected 4 and no file"
  exit 1
fi
