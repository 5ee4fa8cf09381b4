#!/usr/bin/env bash
# The end-to-end test of mistaken configurations; see mistakes.mjs.
exec node "$(dirname "$0")/mistakes.mjs" "$@"
