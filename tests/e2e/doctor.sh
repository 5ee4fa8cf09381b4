#!/usr/bin/env bash
# The end-to-end test of `jingchu doctor`; see doctor.mjs.
exec node "$(dirname "$0")/doctor.mjs" "$@"
