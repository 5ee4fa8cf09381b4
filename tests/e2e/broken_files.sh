#!/usr/bin/env bash
# The end-to-end test of broken files; see broken_files.mjs.
exec node "$(dirname "$0")/broken_files.mjs" "$@"
