#!/usr/bin/env bash
# Runs tests on builds with sanitizers, which end a program at their first finding.
#   scripts/sanitize.sh thread     data races: real validators under load, killed and restarted (tests/e2e/crash.mjs)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh

thread() {
  cmake -S . -B build-thread -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -g1" \
    -DJINGCHU_SANITIZE=thread -DBUILD_TESTING=OFF > /dev/null
  cmake --build build-thread --target jingchud >&2
  scripts/build.sh jingchu
  JINGCHUD=$PWD/build-thread/bin/jingchud \
    TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 suppressions=$PWD/tests/support/tsan_suppressions.txt" \
    node tests/e2e/crash.mjs --base-port 17700 --kills 20
}

case ${1:-} in
  thread) "$1" ;;
  *) sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
