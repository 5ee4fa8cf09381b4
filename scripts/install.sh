#!/usr/bin/env bash
# Installs the Debian packages that building and testing need, those that are missing only. Usage: scripts/install.sh
# [PACKAGE...]; these as well.
set -euo pipefail

packages=(build-essential cmake ninja-build pkg-config ccache lld clang-format-14 clang-16 libclang-rt-16-dev llvm-16
  libsodium-dev libleveldb-dev libsnappy-dev libxxhash-dev libboost1.81-dev libcereal-dev doctest-dev libssl-dev libcli11-dev
  nlohmann-json3-dev libtomlplusplus-dev libspdlog-dev libfmt-dev prometheus-cpp-dev zlib1g-dev libmimalloc-dev
  openssl curl jq nodejs npm chromium fonts-noto-cjk iproute2 nftables util-linux "$@")

missing=()
for package in "${packages[@]}"; do
  # A program that is there by other means (a newer Node.js, say) need not come from Debian again.
  [ "$package" = nodejs ] && command -v node > /dev/null && continue
  [ "$package" = npm ] && command -v npm > /dev/null && continue
  dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q '^install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}" >&2
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
