#!/usr/bin/env bash
# The end-to-end test of hostile peers; see hostile_peers.mjs.
exec node "$(dirname "$0")/hostile_peers.mjs" "$@"
