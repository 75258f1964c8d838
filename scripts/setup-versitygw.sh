#!/usr/bin/env bash
# Builds versitygw, the S3-compatible server that the relay's tests start, below target/bin, once, where it is not on PATH and Go is: a minute and a
# half. Says so and goes on where it cannot: the tests name what they had to skip.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

version=v1.8.0
! command -v versitygw >/dev/null || exit 0
if ! command -v go >/dev/null; then
    echo "setup: no versitygw, and no Go to build it with: blobs in buckets are not tested" >&2
    exit 0
fi
say "versitygw $version"
mkdir -p "$target/bin"
# An older Go, from 1.21 on, gets the one it needs as a module.
GOTOOLCHAIN=auto GOBIN=$target/bin go install "github.com/versity/versitygw/cmd/versitygw@$version" </dev/null ||
    echo "setup: versitygw could not be built; going on without it" >&2
