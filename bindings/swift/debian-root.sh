#!/usr/bin/env bash
# Runs a command where Swift is, on a Linux machine that has none: in a Debian 13 root under target/, made once by debootstrap.
#
#   debian-root.sh COMMAND...     runs COMMAND in bindings/swift with the repository at its own path
#
# Everything is mounted in a mount namespace of this process alone. The kernel unmounts it when the process ends, however it
# ends: no leftover bind mount can turn `rm -rf target` into the loss of the repository.
# shellcheck source=../../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/env.sh"

suite=trixie
packages="swiftlang libc6-dev libstdc++-14-dev libssl3t64 git ca-certificates"
swift_root=${CAIRN_SWIFT_ROOT:-$target/swift-root}

if [ -z "${CAIRN_MOUNTS_ARE_PRIVATE-}" ]; then
    CAIRN_MOUNTS_ARE_PRIVATE=1 exec unshare --mount --propagation private "$0" "$@"
fi

# The mirror this machine already uses, from whichever form its sources are written in; nothing where it is not Debian
# (debootstrap then takes its own).
mirror() {
    # shellcheck source=/dev/null
    . /etc/os-release
    [ "${ID-}" = debian ] || return 0
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v release="${VERSION_CODENAME-}" '$1 == release && $2 == "main" { print $3; exit }'
}

in_root() {
    chroot "$swift_root" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"
}

# Each stage leaves a mark when it is done, so an interrupted build goes on where it stood.
make_root() {
    if [ ! -e "$swift_root/.cairn-base" ]; then
        say "making a Debian $suite root for Swift in $swift_root (3 GB, a minute or two)"
        rm -rf --one-file-system "$swift_root"
        mkdir -p "$swift_root"
        # shellcheck disable=SC2046 # no mirror is no argument
        debootstrap --variant=minbase "$suite" "$swift_root" $(mirror) >"$target/swift-root.log" 2>&1 ||
            { tail -n 20 "$target/swift-root.log" >&2; return 1; }
        touch "$swift_root/.cairn-base"
    fi
    mount -t proc proc "$swift_root/proc" # without it the compiler does not find its own libraries
    cp -L /etc/resolv.conf /etc/hosts "$swift_root/etc/"
    if [ "$(cat "$swift_root/.cairn-swift" 2>/dev/null)" != "$packages" ]; then
        say "installing Swift in it"
        {
            in_root dpkg --configure -a &&
                in_root apt-get -q update &&
                # shellcheck disable=SC2086 # packages is words
                in_root apt-get -qy install --no-install-recommends $packages &&
                in_root apt-get clean
        } >>"$target/swift-root.log" 2>&1 || { tail -n 20 "$target/swift-root.log" >&2; return 1; }
        echo "$packages" >"$swift_root/.cairn-swift"
    fi
}

bring() { # a folder of this machine, at its own path inside
    mkdir -p "$swift_root$1"
    mount --bind "$1" "$swift_root$1"
}

mkdir -p "$target"
exec 9>"$target/swift-root.lock"
flock 9 # two runs at once would build one root twice
make_root
flock -u 9
bring "$root"
case $target/ in "$root"/*) ;; *) bring "$target" ;; esac
in_root ${CI:+CI="$CI"} CAIRN_RELAY="${CAIRN_RELAY-}" sh -c 'cd "$1" && shift && exec "$@"' sh "$root/bindings/swift" "$@"
