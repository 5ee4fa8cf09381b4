#!/usr/bin/env bash
# The end-to-end test of chaos; see chaos.mjs.
exec node "$(dirname "$0")/chaos.mjs" "$@"
