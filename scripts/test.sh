#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Closes with a line of counts; exit status 0 only if
# all passed. The parts: style and layering, unit tests, simulator, end to end with real processes, sanitizers, fuzzing.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
failures=()
part() {
  local name=$1
  shift
  local start=$SECONDS
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
    echo "== $name: passed in $((SECONDS - start)) s"
  else
    failed=$((failed + 1))
    failures+=("$name")
    echo "== $name: FAILED after $((SECONDS - start)) s"
  fi
}

part build scripts/build.sh all
[ "$failed" -eq 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
part check scripts/check.sh
tests=$(cd build && ctest -N | sed -n 's/^ *Test *#[0-9]*: //p')
[ -n "$tests" ] || { echo "no test was found in build/"; exit 1; }
for name in $tests; do
  part "$name" ctest --test-dir build -R "^$name\$" --output-on-failure --no-tests=error
done
for script in tests/e2e/*.sh; do
  [ -e "$script" ] || continue
  part "$(basename "$script" .sh)" "$script"
done
part address scripts/sanitize.sh address
part fuzz scripts/fuzz.sh --seconds 20

[ "$failed" -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
