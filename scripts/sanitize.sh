#!/usr/bin/env bash
# Runs tests on builds with sanitizers, which end a program at their first finding.
#   scripts/sanitize.sh address    bad memory and undefined behaviour: unit tests, simulator, and the corpora and
#                                  regressions of the fuzz targets (which scripts/fuzz.sh fuzzes)
#   scripts/sanitize.sh thread     data races: real validators under load, killed and restarted (tests/e2e/crash.mjs)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh

address() {
  scripts/build_sanitize.sh
  . scripts/sanitizer_options.sh
  ctest --test-dir build-sanitize -E '^(cli|model|sim.*)$' --output-on-failure --no-tests=error -j "$(nproc)"
  build-sanitize/bin/jingchu-sim --seeds 1..12
  local source target
  for source in tests/fuzz/*_fuzz.cpp; do
    target=$(basename "$source" _fuzz.cpp)
    rerun "$target"
  done
}

# Every input of the corpus and every former finding of a target, once.
rerun() {
  local target=$1
  local options=() inputs=()
  mapfile -t options < <(fuzz_options "$target")
  mapfile -t inputs < <(find "tests/fuzz/corpus/$target" "tests/fuzz/regressions/$target" -type f 2> /dev/null | sort)
  [ ${#inputs[@]} -gt 0 ] || { echo "$target: no inputs" >&2; return 1; }
  if ! build-sanitize/bin/"${target}_fuzz" "${options[@]}" "${inputs[@]}" > build-sanitize/rerun.log 2>&1; then
    tail -40 build-sanitize/rerun.log
    return 1
  fi
  echo "$target: ${#inputs[@]} inputs"
}

thread() {
  cmake -S . -B build-thread -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DJINGCHU_SANITIZE=thread -DBUILD_TESTING=OFF > /dev/null
  cmake --build build-thread --target jingchud >&2
  scripts/build.sh jingchu
  JINGCHUD=$PWD/build-thread/bin/jingchud \
    TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 suppressions=$PWD/tests/support/tsan_suppressions.txt" \
    node tests/e2e/crash.mjs --base-port 17700 --kills 20
}

case ${1:-} in
  address | thread) "$1" ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
