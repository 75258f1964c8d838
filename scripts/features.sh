#!/usr/bin/env bash
# Prints the flags for every cargo call that reaches the core: where OpenSSL's headers or library are missing, SQLCipher's libcrypto is
# compiled from source (three minutes more, needs perl). Apple systems have their own; OPENSSL_DIR and its kin are believed.
set -eu
[ "$(uname -s)" != Darwin ] || exit 0
[ -z "${OPENSSL_DIR-}${OPENSSL_LIB_DIR-}" ] || exit 0
probe='#include <openssl/evp.h>
int main(void) { return EVP_MD_CTX_new() == 0; }'
out=$(mktemp)
trap 'rm -f "$out"' EXIT
if ! printf '%s\n' "$probe" | "${CC:-cc}" -x c -o "$out" - -lcrypto >/dev/null 2>&1; then
    echo "--features cairn-core/vendored-openssl"
fi
