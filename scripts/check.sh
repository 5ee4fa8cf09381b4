#!/usr/bin/env bash
# Style and layering as a program: format, include direction between floors, sizes, banned names. One line a finding,
# with the mend. Usage: scripts/check.sh [-f]; -f fixes what can be fixed (the format).
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh || exit 1

fix=0
[ "${1:-}" = -f ] && fix=1
findings=0
finding() {
  echo "$1"
  findings=$((findings + 1))
}

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cpp' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
mapfile -t scripts_and_sources < <(printf '%s\n' "${sources[@]}"; git ls-files -- '*.sh' '*.mjs' '*.js' '*.py' 'CMakeLists.txt' '*/CMakeLists.txt' .ci/run)

# Format.
if [ "$fix" -eq 1 ]; then
  clang-format-14 -i "${sources[@]}"
else
  while read -r file; do
    finding "$file: format differs; run scripts/check.sh -f"
  done < <(printf '%s\n' "${sources[@]}" | xargs -P2 -n8 sh -c 'for f; do clang-format-14 "$f" | cmp -s - "$f" || echo "$f"; done' sh)
fi

# Include direction: strictly downwards; rooms of one floor never include each other.
floor_of() {
  case $1 in
    common) echo 1 ;;
    consensus | contracts | network) echo 2 ;;
    ledger) echo 3 ;;
    node) echo 4 ;;
    cli) echo 5 ;;
    tests) echo 9 ;;
    *) echo 0 ;;
  esac
}
while IFS=: read -r file line text; do
  room=${file%%/*}
  [ "$room" = tests ] && continue
  target=$(sed -E 's/.*#include "([a-z_]+)\/.*/\1/' <<< "$text")
  [ "$target" = "$room" ] && continue
  from=$(floor_of "$room")
  to=$(floor_of "$target")
  if [ "$to" -eq 0 ] || [ "$to" -ge "$from" ]; then
    finding "$file:$line: $room (floor $from) includes $target (floor $to); move the shared part to a lower floor"
  fi
done < <(grep -nE '#include "[a-z_]+/' "${sources[@]}" /dev/null)
while IFS=: read -r file line _; do
  case $file in
    common/codec.h) ;;
    *) finding "$file:$line: only common/codec.h sees cereal; use encode() and decode()" ;;
  esac
done < <(grep -nE '#include <cereal/' "${sources[@]}" /dev/null)

# Sizes: a file of at most 400 lines, a function of at most 70 (a function ends at a brace in its own column).
for file in "${scripts_and_sources[@]}"; do
  lines=$(wc -l < "$file")
  [ "$lines" -le 400 ] || finding "$file: $lines lines; at most 400: cut it along its ideas"
done
while read -r text; do finding "$text"; done < <(awk '
  FNR == 1 { open = 0 }
  !open && /^( *)[^ #\/}].*\) *(const|noexcept|override|final| )*( -> [^{]*)?\{$/ && !/^ *(namespace|struct|class|enum|union|if|for|while|switch|do|else|\} else)/ {
    match($0, /^ */); indent = RLENGTH; start = FNR; open = 1; next
  }
  open && /^ *\}/ { match($0, /^ */); if (RLENGTH <= indent) {
    if (FNR - start + 1 > 70) printf "%s:%d: a function of %d lines; at most 70: name its parts\n", FILENAME, start, FNR - start + 1
    open = 0 } }
' "${sources[@]}")

# Names and calls that do not belong here, and what to use instead.
ban() {
  local pattern=$1 where=$2 mend=$3
  while IFS=: read -r file line _; do
    [[ $file =~ $where ]] && finding "$file:$line: $mend"
  done < <(grep -nE "$pattern" "${sources[@]}" /dev/null | grep -vE '^[^:]*:[0-9]+: *//')
}
ban 'std::regex|#include <regex>' '.' 'std::regex overflows the stack on long input; write a bounded scan'
ban '(^|[^_a-z])assert\(' '.' 'plain assert is gone in release builds; use CHECK or return an Error'
ban '\b(TODO|FIXME|XXX|HACK)\b' '.' 'finish it, or file it as an issue'
ban 'using namespace std' '.' 'name what you use'
ban '(^|[^a-z_])(float|double)[^a-z_]' '^(consensus|contracts|ledger)/' 'no floating point in what validators must agree on; use scaled integers'
ban 'unordered_(map|set)<' '^contracts/' 'no unordered iteration in a contract module; use std::map or a sorted vector'
ban 'std::(chrono::system_clock|time\()|[^_a-z](rand|srand|time|localtime|gmtime)\(' '^(consensus|contracts|ledger)/' 'time and randomness are inputs here'
ban 'std::(thread|mutex|condition_variable)|std::ofstream|std::ifstream' '^(consensus|contracts)/' 'this room does no I/O and has no threads'
ban 'sleep_for|usleep\(|[^_a-z]sleep\(' '^tests/' 'wait for a condition with a deadline instead of sleeping'
for header in "${sources[@]}"; do
  case $header in *.h) grep -q '^#pragma once' "$header" || finding "$header: begins without #pragma once" ;; esac
done

[ "$findings" -eq 0 ] && exit 0
echo "$findings findings"
exit 1
