#!/usr/bin/env bash
# The end-to-end test of archives, of the check of a home and of pruning; see history.mjs.
exec node "$(dirname "$0")/history.mjs" "$@"
