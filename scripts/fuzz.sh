#!/usr/bin/env bash
# Fuzzes what comes from outside, under the address and undefined behaviour sanitizers: every target of tests/fuzz, or
# those that are named, from its corpus in tests/fuzz/corpus. One line a target; status 1 if one has a finding.
#   scripts/fuzz.sh [--seconds N] [--jobs N] [--merge] [TARGET...]
# --seconds: for each target, 20 if not given. --jobs: targets at the same time, as many as processors if not given.
# New inputs stay in build-sanitize/fuzz/TARGET/corpus, findings beside them; --merge adds to tests/fuzz/corpus those
# that reach new code, and leaves out those that no longer add anything.
set -euo pipefail
cd "$(dirname "$0")/.."
usage() {
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

seconds=20
jobs=$(nproc)
merge=0
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage
      if [ "$1" = --seconds ]; then seconds=$2; else jobs=$2; fi
      shift 2
      ;;
    --merge) merge=1 && shift ;;
    -*) usage ;;
    *) targets+=("${1%_fuzz}") && shift ;;
  esac
done
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
for target in "${targets[@]}"; do
  [ -f "tests/fuzz/${target}_fuzz.cpp" ] || { echo "there is no tests/fuzz/${target}_fuzz.cpp" >&2; exit 2; }
done
scripts/build_sanitize.sh "${targets[@]/%/_fuzz}"
. scripts/sanitizer_options.sh
fuzz_timeout=$((10 * (jobs > $(nproc) ? jobs : 1)))

run() {
  local target=$1
  local work=build-sanitize/fuzz/$target
  local options=()
  mkdir -p "$work/corpus" "$work/findings" "tests/fuzz/corpus/$target"
  mapfile -t options < <(fuzz_options "$target")
  local status=0
  build-sanitize/bin/"${target}_fuzz" "${options[@]}" -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="$work/findings/" "$work/corpus" "tests/fuzz/corpus/$target" > "$work/log" 2>&1 || status=$?
  report "$target" "$status" "$work"
  return "$status"
}

# One line; with a finding also what it is and how to see it again.
report() {
  local target=$1 status=$2 work=$3
  local last rate executions
  last=$(grep -E '^#[0-9]+.*cov: ' "$work/log" | tail -1 || true)
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$work/log")
  number_after() { sed -nE "s/.* $1: ([0-9]+).*/\1/p" <<< "$last"; }
  printf '%-12s %9s executions, %6s a second, %5s edges, %6s features, %5s inputs, %s\n' "$target" "${executions:-?}" \
    "${rate:-?}" "$(number_after cov)" "$(number_after ft)" "$(number_after corp)" \
    "$([ "$status" -eq 0 ] && echo "no finding" || echo FINDING)"
  [ "$status" -ne 0 ] || return 0
  grep -m 3 -E 'ERROR|CHECK\(|runtime error|SUMMARY' "$work/log" | sed 's/^/  /' || tail -3 "$work/log"
  sed -nE "s|.*Test unit written to (.*)|  reproduce: . scripts/sanitizer_options.sh; build-sanitize/bin/${target}_fuzz \1|p" \
    "$work/log"
}

merge_corpus() {
  local target=$1
  local merged=build-sanitize/fuzz/$target/merged
  local options=()
  rm -rf "$merged"
  mkdir -p "$merged"
  mapfile -t options < <(fuzz_options "$target")
  build-sanitize/bin/"${target}_fuzz" "${options[@]}" -set_cover_merge=1 -use_counters=0 "$merged" "tests/fuzz/corpus/$target" \
    "build-sanitize/fuzz/$target/corpus" > "build-sanitize/fuzz/$target/merge.log" 2>&1
  rm -rf "tests/fuzz/corpus/$target"
  mv "$merged" "tests/fuzz/corpus/$target"
}

failed=0
running=0
for target in "${targets[@]}"; do
  if [ "$running" -eq "$jobs" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  run "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
if [ "$merge" -eq 1 ]; then
  for target in "${targets[@]}"; do merge_corpus "$target"; done
fi
exit "$failed"
