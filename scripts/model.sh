#!/usr/bin/env bash
# Explores the model of the voting rules (tests/model/model.h says what it is), walks the real core beside it, and shows
# that each deliberate bug of either is found. Usage: scripts/model.sh [--large]; --large explores what takes longer and
# more memory, at the lowest priority; docs/verification.md has its results.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 0 ] || [ "$*" = --large ] || { echo "usage: scripts/model.sh [--large]" >&2; exit 2; }
scripts/build.sh jingchu-model test_model

if [ $# -eq 0 ]; then
  build/bin/test_model
  build/bin/jingchu-model --views 3
  build/bin/jingchu-model --views 4 --settle
  build/bin/jingchu-model --views 2 --progress
  build/bin/jingchu-model --walks 5000
  build/bin/jingchu-model --all-bugs
  exit
fi

chrt --idle 0 build/bin/test_model --no-skip
large() { chrt --idle 0 build/bin/jingchu-model --megabytes 8000 "$@"; }
large --views 3 --progress
large --views 5 --settle
large --validators 5 --views 2 --progress
large --validators 6 --views 2 --progress
large --validators 6 --views 3 --settle
large --validators 7 --byzantine 2 --views 3 --settle
large --walks 30000
