#!/usr/bin/env bash
# The end-to-end test of wrong clocks; see clock.mjs.
exec node "$(dirname "$0")/clock.mjs" "$@"
