#!/usr/bin/env bash
# demo.sh [--no-install]: builds Tenon, compiles the demo model to one file, and
# asks it a question. On a fresh Debian 12 it first installs the Debian packages
# that the build needs (with sudo, unless you are root); --no-install skips that.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "") tools/install-packages.sh build ;;
  --no-install) ;;
  *) sed -n '2,4s/^# //p' tools/demo.sh >&2; exit 2 ;;
esac

source tools/build.sh
build release --target tenon

build/release/bin/tenon compile test/models/suanpan -o suanpan
echo "\$ ./suanpan \"What is 37 + 58?\""
./suanpan "What is 37 + 58?" < /dev/null
