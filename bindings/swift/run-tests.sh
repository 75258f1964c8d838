#!/usr/bin/env bash
# Tests the Swift package against the library that `make bindings` built: with the machine's own Swift, else in a Debian root made for it.
# shellcheck source=../../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/env.sh"

here=$root/bindings/swift
export CAIRN_RELAY="$profile/cairn-relay"
swift_test=(swift test --scratch-path "$target/swift-build" -Xlinker "-L$profile" -Xlinker -rpath -Xlinker "$profile")

if command -v swift >/dev/null; then
    cd "$here" && exec "${swift_test[@]}"
fi
wish="install Swift 6 (www.swift.org/install), or run as root on Debian or Ubuntu with debootstrap installed (scripts/setup-debian.sh)"
[ "$(uname -s)" = Linux ] || skip "Swift bindings" "no swift on PATH" "$wish"
[ "$(id -u)" = 0 ] || skip "Swift bindings" "no swift on PATH, and only root can make a Debian root for it" "$wish"
command -v debootstrap >/dev/null || skip "Swift bindings" "neither swift nor debootstrap on PATH" "$wish"
unshare --mount --propagation private true 2>/dev/null || skip "Swift bindings" "no swift on PATH, and this container may not mount" "$wish, in a container that may mount (CAP_SYS_ADMIN)"
exec "$here/debian-root.sh" "${swift_test[@]}"
