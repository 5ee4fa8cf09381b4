#!/usr/bin/env bash
# Installs what is missing and builds a release. Usage: scripts/build.sh [TARGET...]; with no target, the programs
# jingchud, jingchu and jingchu-sim in build/bin/.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
targets=("$@")
[ $# -gt 0 ] || targets=(jingchud jingchu jingchu-sim)
[ -f build/build.ninja ] || cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release > /dev/null
cmake --build build --target "${targets[@]}" >&2
