#!/usr/bin/env bash
# The end-to-end test of proofs; see proofs.mjs.
exec node "$(dirname "$0")/proofs.mjs" "$@"
