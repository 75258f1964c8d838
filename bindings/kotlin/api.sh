#!/usr/bin/env bash
# Prints what apps can see of the generated Kotlin layer, a line each and without documentation. bindings/api.txt keeps it, so
# that a change of the surface shows in a review:  bindings/kotlin/api.sh > bindings/api.txt
# shellcheck source=../../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/env.sh"

awk '
    function say(indent, line) {
        gsub(/`|kotlin\.|org\.cairn\.ffi\.|@Throws\([A-Za-z:]*\) /, "", line)
        sub(/ :/, ":", line)
        sub(/ *[({,;]* *$/, "", line)
        print indent line
    }
    # Comments may hold any words, and a line may go on after one; the machinery of the generator is no surface.
    { sub(/^ *\*\/ /, "") }
    /^ *\/?\*/ { next }
    /^(public )?(interface|data class|enum class|sealed class|typealias) / && !/Ffi|Uniffi|Disposable/ {
        if (seen++) print ""
        kind = /data class/ ? "data" : /enum class/ ? "enum" : /sealed class/ ? "sealed" : "interface"
        say("", $0)
        next
    }
    /^open class / { kind = "object" }
    /^}/ { kind = "" }
    { sub(/^ */, "") }
    # Bodies of methods end in the first column too, so the kind says nothing here.
    /^suspend fun `open`/ { say("\nVault.", $0); next }
    /^(@Throws\([A-Za-z:]*\) )?(suspend )?fun `[a-z]/ && (kind == "interface" || kind == "") { say(kind == "" ? "\n" : "    ", $0) }
    /^val `/ && (kind == "data" || kind == "sealed") { if (kind == "sealed") sub(/\).*/, ""); say("    ", $0) }
    /^[A-Z][A-Z0-9_]*[,;]$/ && kind == "enum" { say("    ", $0) }
    /^(data class|class|object) [A-Z]/ && kind == "sealed" { sub(/\(.*| :.*/, ""); say("    ", $0) }
' "$target/bindings/kotlin/org/cairn/ffi/cairn_ffi.kt"
