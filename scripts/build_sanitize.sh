#!/usr/bin/env bash
# Builds with the address and undefined behaviour sanitizers into build-sanitize/, which the fuzz targets, the unit
# tests and the simulator share. Usage: scripts/build_sanitize.sh TARGET...
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
[ -f build-sanitize/build.ninja ] || cmake -S . -B build-sanitize -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER=clang++-16 -DJINGCHU_SANITIZE=address,undefined \
  -DJINGCHU_FUZZ=ON > /dev/null
cmake --build build-sanitize --target "$@" >&2
