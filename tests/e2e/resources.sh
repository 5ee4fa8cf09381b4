#!/usr/bin/env bash
# The end-to-end test of scarce file descriptors and memory; see resources.mjs.
exec node "$(dirname "$0")/resources.mjs" "$@"
