#!/usr/bin/env bash
# The end-to-end test of crashed leaders; see leader_crash.mjs.
exec node "$(dirname "$0")/leader_crash.mjs" "$@"
