#!/usr/bin/env bash
# A client that shares nothing with the C++; see independent_client.mjs.
exec node "$(dirname "$0")/independent_client.mjs" "$@"
