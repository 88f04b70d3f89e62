#!/usr/bin/env bash
# test.sh [--no-install]: builds Tenon with assertions and runs every test. Its
# last line says how many passed, failed and were skipped; it fails when one did.
# On a fresh Debian 12 it first installs the Debian packages that build and tests
# need (with sudo, unless you are root); --no-install skips that.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "") tools/install-packages.sh build test ;;
  --no-install) ;;
  *) sed -n '2,5s/^# //p' tools/test.sh >&2; exit 2 ;;
esac

source tools/build.sh
build dev

# ninja speaks after a test that failed; the counts are to be the last line.
log=build/dev/check-tenon.log
code=0
cmake --build --preset dev -j "$(nproc)" --target check-tenon < /dev/null 2>&1 | tee "$log" || code=$?
if [[ $code -ne 0 ]]; then
  grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1 ||
    echo "test.sh: the tests could not be run; see above" >&2
fi
exit "$code"
