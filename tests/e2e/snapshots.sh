#!/usr/bin/env bash
# The end-to-end test of snapshots; see snapshots.mjs.
exec node "$(dirname "$0")/snapshots.mjs" "$@"
