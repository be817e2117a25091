#!/usr/bin/env bash
# Installs what building and testing need on Debian, by name; does nothing where all of it is there.
set -eu
packages="gcc make pkg-config git python3 clang clang-format libclang-rt-14-dev
libpcap-dev libndpi-dev libevent-dev libhiredis-dev libhyperscan-dev zlib1g-dev libyaml-dev libpsl-dev
libidn2-dev libgcrypt20-dev libjansson-dev libsystemd-dev libbpf-dev libcmocka-dev
redis-server redis-tools tcpreplay iproute2 openssl"
missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}
echo "installing:$missing"
# A redis-server of the distribution's must not start by itself: every test and demo starts its own.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    made_policy=yes
fi
status=0
{ as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; } || status=$?
[ "$made_policy" = no ] || as_root rm -f "$policy"
exit "$status"
