#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Closes with a line of counts; exit status 0 only if
# all passed. The parts: style and layering, the benchmark's arithmetic, model, instructions of the hot paths, simulator,
# end to end with real processes, the verifier in JavaScript and its page; under sanitizers the unit tests, the simulator
# again, and fuzzing. A part that does not end in time fails, with the processes that it left.
set -uo pipefail
cd "$(dirname "$0")/.."

kPartSecondsMax=900
kAllSecondsMax=4500
passed=0
failed=0
failures=()
part() {
  local name=$1
  shift
  local start=$SECONDS limit=$((kAllSecondsMax - SECONDS)) status=0
  [ "$name" = build ] || [ "$limit" -lt "$kPartSecondsMax" ] || limit=$kPartSecondsMax
  echo "== $name"
  if [ "$limit" -gt 0 ]; then
    timeout --kill-after=20 "$limit" "$@" < /dev/null || status=$?
  else
    echo "the time of all parts is over" && status=124
  fi
  end_leftovers "$name" "$((SECONDS - start))" || status=1
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    echo "== $name: passed in $((SECONDS - start)) s"
  else
    failed=$((failed + 1))
    failures+=("$name")
    echo "== $name: FAILED after $((SECONDS - start)) s with status $status"
  fi
}

# Programs of this checkout that a part began and has not ended: shown, and ended, or they would disturb those that follow.
end_leftovers() {
  local name=$1 seconds=$2 pid left=()
  for pid in $(pgrep -f "^$PWD/build/bin/"); do
    [ "$(ps -o etimes= -p "$pid" || echo "$((seconds + 1))")" -gt "$seconds" ] || left+=("$pid")
  done
  [ ${#left[@]} -gt 0 ] || return 0
  echo "$name left processes behind:"
  ps -o pid,ppid,stat,etime,wchan:20,args -p "$(IFS=,; echo "${left[*]}")"
  kill -KILL "${left[@]}"
  return 1
}
part build scripts/build.sh jingchud jingchu jingchu-sim jingchu-model test_model test_cli jingchu-erase-state
[ "$failed" -eq 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
# Where the tests before them leave a processor idle.
timeout 3000 chrt --idle 0 scripts/build_sanitize.sh > build/build_sanitize.log 2>&1 &
part check scripts/check.sh
part cli ctest --test-dir build -R '^cli$' --output-on-failure --no-tests=error
part bench_figures node --test --test-reporter=dot tests/bench/*_test.mjs
part model scripts/model.sh
part instructions scripts/instructions.sh
part simulator ctest --test-dir build -R '^sim' --output-on-failure --no-tests=error
for script in tests/e2e/*.sh; do
  [ "$(basename "$script")" = hostile_peers.sh ] || part "$(basename "$script" .sh)" "$script"
done
part web scripts/web.sh
wait
# It measures the throughput under attack: nothing else should run.
part hostile_peers tests/e2e/hostile_peers.sh
part address scripts/sanitize.sh address
part fuzz scripts/fuzz.sh --seconds 10 --jobs $((2 * $(nproc)))

[ "$failed" -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
