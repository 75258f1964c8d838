#!/usr/bin/env bash
# Builds `cairn` and `cairn-relay` as the tests do, and walks the tour with them. JOURNAL=PATH takes a journal of your own along.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cargo_workspace build --bin cairn --bin cairn-relay
CAIRN_RELAY="$profile/cairn-relay" exec "$profile/cairn" tour ${JOURNAL:+--journal "$JOURNAL"}
