#!/usr/bin/env bash
# Tests the Kotlin library on a plain JVM against the native library that `make bindings` built.
# shellcheck source=../../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/env.sh"

wish="install JDK 17 or newer and Maven (on Debian: apt-get install openjdk-17-jdk-headless maven, as scripts/setup-debian.sh does)"
# macOS has a java that only says there is none, hence the call.
java -version >/dev/null 2>&1 || skip "Kotlin bindings" "no JDK on PATH" "$wish"
command -v mvn >/dev/null || skip "Kotlin bindings" "no Maven on PATH" "$wish"

# A change of what apps see is meant, or it is a mistake.
diff -u "$root/bindings/api.txt" <("$root/bindings/kotlin/api.sh") || {
    echo "the surface has changed: where that is meant, run bindings/kotlin/api.sh > bindings/api.txt" >&2
    exit 1
}

exec mvn --batch-mode --no-transfer-progress -f "$root/bindings/kotlin/pom.xml" -Dcairn.target="$target" test
