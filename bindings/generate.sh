#!/usr/bin/env bash
# Builds cairn-ffi and writes the Kotlin, Swift and Python layers from that very library, so that the two cannot diverge:
#   target/bindings/kotlin    a source folder of bindings/kotlin/pom.xml
#   target/bindings/swift     copied into bindings/swift/Sources, because a Swift package reads only what lies inside it
#   target/bindings/python    the module with the library beside it
# shellcheck source=../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/env.sh"

say "building cairn-ffi, and the relay its tests start"
cargo_workspace build --lib --bin cairn-bindgen --bin cairn-relay
case $(uname -s) in Darwin) library=libcairn_ffi.dylib ;; *) library=libcairn_ffi.so ;; esac

out=$target/bindings
new=$out.new
rm -rf "$new"
for language in kotlin swift python; do
    "$profile/cairn-bindgen" generate --no-format --config "$root/bindings/bindgen/roots.toml" --language "$language" \
        --out-dir "$new/$language" "$profile/$library" >/dev/null
done
cp -p "$profile/$library" "$new/python/"

# A file that did not change keeps its date, so that Maven and Swift compile only what did.
keep_dates() { # from, to
    mkdir -p "$2"
    (cd "$1" && find . -type f) | while read -r file; do
        mkdir -p "$(dirname "$2/$file")"
        cmp -s "$1/$file" "$2/$file" || cp -p "$1/$file" "$2/$file"
    done
}
keep_dates "$new" "$out"
rm -rf "$new"

sources=$root/bindings/swift/Sources
mkdir -p "$sources/CairnFFI"
cmp -s "$out/swift/CairnFFI.swift" "$sources/CairnFFI/CairnFFI.swift" || cp "$out/swift/CairnFFI.swift" "$sources/CairnFFI/"
cmp -s "$out/swift/CCairn.h" "$sources/CCairn/CCairn.h" || cp "$out/swift/CCairn.h" "$sources/CCairn/"
say "wrote $out/{kotlin,swift,python}"
