#!/usr/bin/env bash
# The end-to-end test of evidence of misbehaviour; see misbehaviour.mjs.
exec node "$(dirname "$0")/misbehaviour.mjs" "$@"
