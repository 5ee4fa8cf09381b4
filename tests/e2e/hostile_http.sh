#!/usr/bin/env bash
# The end-to-end test of hostile clients of the HTTP API; see hostile_http.mjs.
exec node "$(dirname "$0")/hostile_http.mjs" "$@"
