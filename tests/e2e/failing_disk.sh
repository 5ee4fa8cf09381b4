#!/usr/bin/env bash
# The end-to-end test of failing disks; see failing_disk.mjs.
exec node "$(dirname "$0")/failing_disk.mjs" "$@"
