#!/usr/bin/env bash
# Draws where a validator spends its processor time under full load, as a flame graph in bench/results/: four validators in
# the devnet's configuration, one of them watched by perf for a third of the time. Builds jingchud once more into
# build-profile/, with frame pointers and symbols. docs/performance.md, "Where the time goes".
#
#   scripts/flame.sh [--bundle N] [--seconds S] [--dir D] [--results D]
#
#   --bundle N   records in a transaction (default: 1)
#   --seconds S  of load (default: 20)
#   --dir D      where the validators keep their data, which is removed afterwards (default: bench/data)
#   --results D  where the picture is written (default: bench/results)
#
# Run it as root; nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
scripts/install.sh linux-perf
cmake -S . -B build-profile -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DJINGCHU_UNITY=ON -DCMAKE_CXX_FLAGS='-g1 -fno-omit-frame-pointer' > /dev/null
cmake --build build-profile --target jingchud >&2
scripts/build.sh jingchu
JINGCHUD=$PWD/build-profile/bin/jingchud exec node tests/bench/profile.mjs "$@"
