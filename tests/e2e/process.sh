#!/usr/bin/env bash
# The end-to-end test of the process: secrets, core dumps, SIGTERM; see process.mjs.
exec node "$(dirname "$0")/process.mjs" "$@"
