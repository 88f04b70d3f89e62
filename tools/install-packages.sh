#!/usr/bin/env bash
# install-packages.sh PURPOSE...: installs the Debian packages of
# tools/packages.txt that serve one of the purposes and are missing. It does
# nothing, and needs neither root nor a network, when none is.
#
# LLVM 22 comes from Debian's security suite. Where the machine's package
# sources lack it, as after a plain debootstrap, the suite is used for this one
# installation; the machine's lists of sources stay as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "install-packages.sh: $*" >&2; }

wanted=()
while read -r package purpose _; do
  [[ $package == \#* || -z $package ]] && continue
  [[ " $* " == *" $purpose "* ]] && wanted+=("$package")
done < tools/packages.txt

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if ! command -v apt-get > /dev/null; then
  say "apt-get is not here, so this is no Debian; install what tools/packages.txt lists, then use --no-install"
  exit 1
fi
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo > /dev/null; then
    say "these packages are missing, and installing them needs root or sudo: ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi

sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
chmod 755 "$sources"
apt_options=()
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q "${apt_options[@]}" "$@" < /dev/null >&2
}

say "installing ${missing[*]}"
apt_get update
if ! apt-cache show llvm-22-dev > /dev/null 2>&1; then
  say "the package sources of this machine have no LLVM 22; using Debian's suite bookworm-security for this installation"
  cp -r /etc/apt/sources.list.d/. "$sources" 2> /dev/null || true
  cat > "$sources/tenon-bookworm-security.list" << 'EOF'
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security bookworm-security main
EOF
  apt_options=(-o "Dir::Etc::sourceparts=$sources")
  apt_get update
  say "add this line to /etc/apt/sources.list to receive its later updates: deb http://deb.debian.org/debian-security bookworm-security main"
fi
apt_get install -y --no-install-recommends "${missing[@]}"
