# kill.sh MODEL FOLDER: kills compiles that write to FOLDER, after more and more time.
mkdir -p "$2"
for tenths in 1 3 6; do
  tenon compile "$1" --target=x86-64-v3 -o "$2/app" &
  sleep "0.$tenths"
  kill -KILL $! 2> /dev/null
  wait $! 2> /dev/null
  # A compile that was faster than the kill has made a whole file.
  if [ -e "$2/app" ]; then "$2/app" verify && rm "$2/app"; fi
done
exit 0
