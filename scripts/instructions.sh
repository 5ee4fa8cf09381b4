#!/usr/bin/env bash
# Counts the instructions of the hot paths (tests/bench/hot_paths.h) and compares them with what they took when somebody
# last looked: a change that makes one slower by a tenth fails here, on a busy machine too. One that is faster by a tenth
# fails as well, so that the next loss is seen against the better figure.
#
#   scripts/instructions.sh            compare with tests/bench/instructions.txt
#   scripts/instructions.sh --update   write what they take now there, with a reason in the commit
#
# Counts are of this compiler and these libraries (Debian 12), and of a processor with AVX2, which valgrind knows: on
# others nothing is compared, with a line that says so.
set -euo pipefail
cd "$(dirname "$0")/.."

kTolerancePercent=10
file=tests/bench/instructions.txt
update=0
case ${1:-} in
  '') ;;
  --update) update=1 ;;
  -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "unknown argument $1; see --help" >&2; exit 2 ;;
esac
. /etc/os-release
if [ "${VERSION_ID:-}" != 12 ] || ! grep -qw avx2 /proc/cpuinfo; then
  echo "skipped: the counts are of Debian 12 and a processor with AVX2"
  exit 0
fi
scripts/install.sh libbenchmark-dev valgrind
[ -f build/build.ninja ] && grep -q jingchu-micro build/build.ninja || cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release > /dev/null
cmake --build build --target jingchu-micro >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count() { # of path $1: instructions of an item
  local out="$work/${1//\//_}" items
  items=$(valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file="$out" build/bin/jingchu-micro --count "$1" 2> "$out.log") ||
    { cat "$out.log" >&2; return 1; }
  echo $(($(sed -n 's/^summary: //p' "$out") / items))
}

mapfile -t names < <(build/bin/jingchu-micro --names)
for name in "${names[@]}"; do count "$name" > "$work/${name//\//_}.count" & [ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n; done
wait

failed=0
: > "$work/now"
for name in "${names[@]}"; do
  now=$(cat "$work/${name//\//_}.count")
  [ -n "$now" ] && [ "$now" -gt 0 ] || { echo "$name: could not be counted"; failed=1; continue; }
  echo "$name $now" >> "$work/now"
  [ "$update" -eq 0 ] || continue
  before=$(awk -v name="$name" '$1 == name { print $2 }' "$file")
  [ -n "$before" ] || { echo "$name: $now an item, and $file does not have it; run $0 --update"; failed=1; continue; }
  percent=$(((now - before) * 100 / before))
  printf '%-14s %8d instructions an item, %+d %% of %d\n' "$name" "$now" "$percent" "$before"
  if [ "${percent#-}" -ge "$kTolerancePercent" ]; then
    echo "  more than $kTolerancePercent % away: find out why (callgrind_annotate), or run $0 --update and say why in the commit"
    failed=1
  fi
done
[ "$update" -eq 0 ] || { cp "$work/now" "$file"; cat "$file"; }
exit "$failed"
