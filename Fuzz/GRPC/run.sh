#!/bin/bash
# Fuzzes what gRPC adds to HTTP/2: message prefixes, timeouts, status details: run.sh SECONDS. New inputs go to
# .build/fuzz/GRPC/corpus; what breaks a promise is left there too, crash-…, and belongs into Corpus/, which `swift test`
# replays. Built only when a source is newer. Needs swiftc with libFuzzer, as swift.org ships it.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/GRPC
property=$root/Tests/GRPCTests/GRPCProperty.swift
mkdir -p "$build/corpus"
cd "$build"

# The Swift backtracer clashes with AddressSanitizer, and would take the signal before libFuzzer writes the input down.
export SWIFT_BACKTRACE=enable=no
flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -I .)

if [[ ! -e fuzz || -n $(find "$root"/Sources/{Bytes,HTTP,GRPC} "$here" "$property" -type f \
    \( -name '*.swift' -o -name run.sh \) -newer fuzz -print -quit) ]]; then
    for module in Bytes HTTP GRPC; do
        swiftc "${flags[@]}" -module-name $module -emit-module -emit-object -o $module.o "$root"/Sources/$module/*.swift
    done
    swiftc "${flags[@]}" -module-name FuzzGRPC -o fuzz "$here/FuzzGRPC.swift" "$property" Bytes.o HTTP.o GRPC.o
fi
./fuzz -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    corpus "$here/Corpus"
