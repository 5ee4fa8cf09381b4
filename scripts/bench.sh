#!/usr/bin/env bash
# Jingchu beside etcd on this machine. Installs etcd from Debian and what its load needs, builds, and runs 4 validators in
# the devnet's configuration and 3 members of etcd in turn, with the same number under way on the same disk, each time from
# nothing, after a warm-up. Prints minimum, median and maximum of each figure, its target and whether that holds; writes them
# with all runs, machine and commit as JSON and as a plot to bench/results/. docs/performance.md, "Side by side".
#
#   scripts/bench.sh [--runs N] [--seconds S] [--quick] [--dir D]
#   scripts/bench.sh --soak [SECONDS]    full load for long (default: 600 s): throughput and memory over the time
#   scripts/bench.sh --scale             4, 7, 13 and 18 validators: processor time of all for a transaction
#
#   --runs N     how often (default: 5)
#   --seconds S  of each load (default: 60)
#   --quick      3 runs of 10 s, for a first look
#   --rate R     with --scale: transactions in a second (default: 100)
#   --dir D      where both sides keep their data, which is removed afterwards (default: bench/data)
#   --results D  where JSON and plot are written (default: bench/results)
#   --base-port P             ports P.. to P+299 (default: 28000)
#   --bundle-outstanding N    transactions of 32 records under way (default: 64, which is 2,048 records)
#
# Exit status 0: everything was measured, every transaction was final, and the validators agreed. A target that is missed
# is said, and is no failure. Run it as root, or bytes written to disk are not measured; nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
words=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,24s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --soak)
      if [[ "${2:-}" =~ ^[0-9]+$ ]]; then words+=(--soak "$2"); shift; else words+=(--soak 600); fi ;;
    *) words+=("$1") ;;
  esac
  shift
done
scripts/install.sh etcd-server etcd-client libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release > /dev/null # the load's target exists since its libraries do
scripts/build.sh jingchud jingchu jingchu-etcd-load
exec node tests/bench/bench.mjs "${words[@]}"
