#!/usr/bin/env bash
# The end-to-end test of crashes; see crash.mjs.
exec node "$(dirname "$0")/crash.mjs" "$@"
