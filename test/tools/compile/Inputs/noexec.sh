# noexec.sh FOLDER MODEL [OUTPUT]: compiles where FOLDER forbids to execute
# files: to a file in it, with and without verification; or to OUTPUT, with
# FOLDER for temporary files.
mount -t tmpfs -o noexec none "$1" || exit 1
if [ $# = 3 ]; then
  TMPDIR="$1" exec tenon compile "$2" --target=x86-64-v3 --verify -o "$3"
fi
tenon compile "$2" --target=x86-64-v3 -o "$1/app"
echo "exit code $?"
echo "$(ls -A "$1" | wc -l) files"
tenon compile "$2" --target=x86-64-v3 --no-verify -o "$1/app"
echo "exit code $?"
