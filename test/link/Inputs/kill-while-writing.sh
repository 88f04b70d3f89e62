# Begins to write the file $2, and sends the signal $1 after the first weight.
set -eu
exec 3< <(exec tenon-link-test --stop-at=2 -o "$2")
child=$!
read -r line <&3
[ "$line" = waiting ]
kill -"$1" "$child"
wait "$child" || true
