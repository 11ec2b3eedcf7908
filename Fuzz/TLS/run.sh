#!/bin/bash
# Fuzzes the look at a ClientHello: run.sh SECONDS. New inputs go to .build/fuzz/TLS/corpus; what breaks a promise is left
# beside it, crash-…, and belongs into Corpus/, which `swift test` replays. Built only when a source is newer. Needs swiftc
# with libFuzzer, as swift.org ships it.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/TLS
mkdir -p "$build/corpus"
cd "$build"

# The Swift backtracer clashes with AddressSanitizer, and would take the signal before libFuzzer writes the input down.
export SWIFT_BACKTRACE=enable=no
flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -I .)

files=("$here/FuzzTLS.swift" "$root/Tests/TLSTests/ClientHelloProperty.swift" "$root/Sources/TLS/Session/ClientHello.swift")
if [[ ! -e fuzz || -n $(find "$root/Sources/Bytes" "${files[@]}" "$here/run.sh" -type f -newer fuzz -print -quit) ]]; then
    swiftc "${flags[@]}" -module-name Bytes -emit-module -emit-object -o Bytes.o "$root"/Sources/Bytes/*.swift
    swiftc "${flags[@]}" -module-name FuzzTLS -o fuzz "${files[@]}" Bytes.o
fi
# Large enough for a record that is longer than one may be.
./fuzz -max_total_time="$seconds" -max_len=16420 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    corpus "$here/Corpus"
