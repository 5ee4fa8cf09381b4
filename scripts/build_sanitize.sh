#!/usr/bin/env bash
# Builds with the address and undefined behaviour sanitizers into build-sanitize/: the unit tests (but tests/cli, which
# reads only what its own user gives it, and takes long), the simulator and the fuzz targets.
# Usage: scripts/build_sanitize.sh [TARGET...]; with no target, all of these.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
targets=("$@")
[ $# -gt 0 ] || targets=(test_common test_consensus test_contracts test_network test_ledger test_node jingchu-sim fuzz)
[ -f build-sanitize/build.ninja ] || cmake -S . -B build-sanitize -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER=clang++-16 -DJINGCHU_SANITIZE=address,undefined \
  -DJINGCHU_FUZZ=ON -DJINGCHU_UNITY=ON > /dev/null
cmake --build build-sanitize --target "${targets[@]}" >&2
