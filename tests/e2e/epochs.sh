#!/usr/bin/env bash
# The end-to-end test of changing validators; see epochs.mjs.
exec node "$(dirname "$0")/epochs.mjs" "$@"
