#!/usr/bin/env bash
# The verifier in JavaScript: installs its packages as web/package-lock.json pins them, builds web/dist/verify.html, and tests
# the verifier with Node.js and the page with a headless Chromium. Usage: scripts/web.sh [build]; with `build`, no tests.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh

installed=web/node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ web/package-lock.json -nt "$installed" ]; then
  # Nothing of the packages runs while they are installed.
  (cd web && npm ci --ignore-scripts --silent)
fi
node web/build.mjs
[ "${1:-}" = build ] && exit 0

# One process for each file, on every processor.
mkdir -p build
node --test --test-reporter=tap tests/web/*_test.mjs > build/web.log 2>&1 || { cat build/web.log; exit 1; }
grep -E '^# (tests|pass|fail|skipped) |# SKIP' build/web.log | sed 's/^# //' | tr '\n' ' '
echo
