#!/bin/bash
# Fuzzes the HTTP/2 session over nghttp2, as a server and as a client: run.sh SECONDS. New inputs go to
# .build/fuzz/HTTP2/corpus; what breaks a promise is left there too, crash-…, and belongs into Corpus/, which `swift test`
# replays. Built only when a source is newer. Needs swiftc with libFuzzer, as swift.org ships it.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/HTTP2
property=$root/Tests/HTTP2Tests/SessionProperty.swift
mkdir -p "$build/corpus"
cd "$build"

# The Swift backtracer clashes with AddressSanitizer, and would take the signal before libFuzzer writes the input down.
export SWIFT_BACKTRACE=enable=no
flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -I . -I "$root/Sources/CNghttp2")

if [[ ! -e fuzz || -n $(find "$root"/Sources/{Bytes,HTTP,HTTP2,CNghttp2} "$here" "$property" -type f \
    \( -name '*.swift' -o -name '*.h' -o -name run.sh \) -newer fuzz -print -quit) ]]; then
    for module in Bytes HTTP HTTP2; do
        swiftc "${flags[@]}" -module-name $module -emit-module -emit-object -o $module.o "$root"/Sources/$module/*.swift
    done
    swiftc "${flags[@]}" -module-name FuzzHTTP2 -o fuzz "$here/FuzzHTTP2.swift" "$property" Bytes.o HTTP.o HTTP2.o \
        -lnghttp2
fi
./fuzz -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -dict="$here/http2.dict" corpus "$here/Corpus"
