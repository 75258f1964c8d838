#!/usr/bin/env bash
# Installs by apt-get what `make test` needs beside Rust and this Debian or Ubuntu lacks. Says so and goes on where it cannot:
# the tests name what they had to skip.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing=()
need() { # package, then a command that succeeds where it is there
    "${@:2}" >/dev/null 2>&1 || missing+=("$1")
}
has() { command -v "$1"; }

need build-essential   sh -c 'command -v cc && command -v make'
need pkg-config        has pkg-config
need perl              perl -MIPC::Cmd -e 1
need ca-certificates   test -e /etc/ssl/certs/ca-certificates.crt
need python3           has python3
need python3-venv      python3 -c 'import ensurepip, venv'
need openjdk-17-jdk-headless java -version
need maven             has mvn
# Opens what we seal, in the tests of exports.
need age               has age
# The relay's other store; its tests start a server of their own.
need postgresql        sh -c 'ls /usr/lib/postgresql/*/bin/initdb'
# Through which nodes of one store tell each other, where it is named.
need nats-server       sh -c 'command -v nats-server || test -x /usr/sbin/nats-server'
# What builds the S3-compatible server of the relay's tests; see setup-versitygw.sh.
need golang-go         sh -c "command -v versitygw || command -v go || test -x /usr/local/go/bin/go"
# SQLCipher's libcrypto; without it OpenSSL is compiled from source.
need libssl-dev        sh -c "test -z \"\$('$here/features.sh')\""
# Where there is no Swift, a root with Swift is made by debootstrap.
if ! has swift >/dev/null; then
    need debootstrap            has debootstrap
    need debian-archive-keyring test -e /usr/share/keyrings/debian-archive-keyring.gpg
fi

[ ${#missing[@]} != 0 ] || exit 0
if ! has apt-get >/dev/null; then
    echo "setup: not a Debian; install by its own means: ${missing[*]}" >&2
elif [ "$(id -u)" != 0 ]; then
    echo "setup: not root; run: apt-get install --no-install-recommends ${missing[*]}" >&2
else
    echo "setup: installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -q update && apt-get -qy install --no-install-recommends "${missing[@]}"; } </dev/null ||
        echo "setup: apt-get failed; going on without ${missing[*]}" >&2
fi
