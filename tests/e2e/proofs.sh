#!/usr/bin/env bash
# The end-to-end test of proofs, and once more how soon a record can be proven between cities; see proofs.mjs.
set -euo pipefail
node "$(dirname "$0")/proofs.mjs" "$@"
node "$(dirname "$0")/proofs.mjs" --late-ms 40 "$@"
