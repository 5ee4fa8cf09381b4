#!/usr/bin/env bash
# The devnet from nothing, then again on the same chain: both must hold.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
scripts/devnet.sh --once --dir "$dir/net" --base-port 17400
scripts/devnet.sh --once --dir "$dir/net" --base-port 17400
