#!/usr/bin/env bash
# Four validators on this machine, from nothing to agreed records. Installs what is missing, builds a release, makes a
# network (or continues the one that is there), starts it, submits the sample records of tests/data, reads them back
# from a DIFFERENT validator, compares all four nodes, and stays up until Ctrl-C.
#
#   scripts/devnet.sh [--once] [--dir D] [--base-port P]
#
#   --once         stop afterwards; exit status 0 only if everything held
#   --dir D        where the network lives (default: devnet)
#   --base-port P  peers listen on P.., the HTTP API on P+100.. (default: 7000)
set -euo pipefail
cd "$(dirname "$0")/.."

once=0
dir=devnet
base_port=7000
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=1; shift ;;
    --dir) dir=${2:?--dir needs a directory}; shift 2 ;;
    --base-port) base_port=${2:?--base-port needs a number}; shift 2 ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown argument $1; see --help" >&2; exit 2 ;;
  esac
done

scripts/build.sh jingchud jingchu
jingchu=build/bin/jingchu
names=(wuhan xiangyang yichang jingzhou)
now_ms() { date +%s%3N; }
started=$(now_ms)
say() { printf '%7d ms  %s\n' $(($(now_ms) - started)) "$*"; }

if [ -f "$dir/genesis.json" ]; then
  say "continuing the network in $dir"
else
  "$jingchu" network init --validators wuhan,xiangyang,yichang,jingzhou --dir "$dir" --name devnet --base-port "$base_port" \
    --plain-keys --lab > /dev/null
  say "made a network of four validators in $dir"
fi

url() { # of validator $1
  local listen
  listen=$(sed -n '/^\[api\]/,/^\[/s/^listen *= *"\(.*\)"/\1/p' "$dir/${names[$1]}/jingchud.toml")
  echo "http://$listen"
}

pids=()
stop() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2> /dev/null || true
  wait || true
  rm -rf "$work"
}
work=$(mktemp -d)
trap stop EXIT
trap 'exit 130' INT TERM
for name in "${names[@]}"; do
  build/bin/jingchud --home "$dir/$name" >> "$dir/$name/jingchud.log" 2>&1 &
  pids+=($!)
done

fail() {
  echo "devnet: $*" >&2
  echo "devnet: the nodes' logs are $dir/*/jingchud.log" >&2
  exit 1
}
until_holds() { # seconds, what, command...
  local deadline=$(($(now_ms) + $1 * 1000)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ "$(now_ms)" -lt "$deadline" ] || fail "$what: not within the time allowed"
    for pid in "${pids[@]}"; do kill -0 "$pid" 2> /dev/null || fail "$what: a node ended"; done
    sleep 0.05
  done
}
for i in 0 1 2 3; do until_holds 30 "${names[i]} becomes ready" curl -fsS "$(url "$i")/readyz"; done
say "four validators are ready"

# ---- the sample records, each to one validator, read back from another
run_id=$(printf '%08x' "$(date +%s)")
submit() { # validator, key, contract, method, file...
  local node=$1 key=$2 contract=$3 method=$4 before after files=() file
  shift 4
  for file in "$@"; do files+=(--file "$file"); done
  before=$(now_ms)
  "$jingchu" submit "$contract" "$method" "${files[@]}" --key "$dir/clients/$key.json" --node "$(url "$node")" --wait --json \
    > "$dir/last-receipt.json" || { cat "$dir/last-receipt.json" >&2; fail "$contract $method $*"; }
  after=$(now_ms)
  say "$contract $method: $(basename "$1") final at height $(jq -r .height "$dir/last-receipt.json") after $((after - before)) ms, by way of ${names[node]}"
}
# A copy of a sample that carries the run's number where an id must be new, so that a second run on the same chain works.
sample() {
  sed "s/6f0d1c2e-/$run_id-/g; s/QJ20260510-A/QJ260510$run_id/g; s/QJ-XIA-2026-0017/&-$run_id/g; s/HBSC-2026-0501-contract/&-$run_id/g" \
    "tests/data/$1" > "$work/$(basename "$1")"
  echo "$work/$(basename "$1")"
}
read_back() { # what, validator, path, jq condition
  local what=$1 node=$2 path=$3 condition=$4
  until_holds 10 "$what on ${names[node]}" sh -c "curl -fsS '$(url "$node")$path' | jq -e '$condition'"
  say "read back from ${names[node]}: $what  $(url "$node")$path"
}
# shellcheck source=scripts/devnet_records.sh
source scripts/devnet_records.sh

# ---- all four agree
agree() {
  local height=$1 first='' answer i
  for i in 0 1 2 3; do
    answer=$(curl -fsS "$(url "$i")/v1/blocks/$height" | jq -r '.hash + " " + .executed_root') || return 1
    [ -n "$first" ] || first=$answer
    [ "$answer" = "$first" ] || return 1
  done
  agreed=$first
}
height=$(curl -fsS "$(url 0)/v1/status" | jq .height)
deadline=$(($(now_ms) + 10000))
until agree "$height"; do
  [ "$(now_ms)" -lt "$deadline" ] || fail "the four nodes do not hold the same block at height $height"
  sleep 0.05
done
say "all four hold block $height: hash ${agreed% *}, executed root ${agreed#* }"

for i in 0 1 2 3; do say "${names[i]}: $(url "$i")/v1/status"; done
[ "$once" -eq 1 ] && { say "done"; exit 0; }
say "running until Ctrl-C"
wait
