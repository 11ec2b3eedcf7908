#!/bin/bash
# Fuzzes the OTLP reader, what joins and stores behind it, and compares it with libprotobuf-c: run.sh [SECONDS, default
# 60]. New inputs go to .build/fuzz/OTLP/corpus; a finding fails and leaves its input there, crash-…: put it into Corpus/,
# which `swift test` replays.
set -euo pipefail
seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/OTLP
mkdir -p "$build/corpus"
cd "$build"
# Swift's own backtracer would take the signal before libFuzzer can write the input down.
export SWIFT_BACKTRACE=enable=no

protobuf=()
while IFS= read -r source; do
    object=$(basename "$source" .c).o
    clang -O1 -c -I "$root/Sources/CProtobuf/include" -o "$object" "$source"
    protobuf+=("$object")
done < <(find "$root/Sources/CProtobuf" -name '*.c')

flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault -I .
    -I "$root/Sources/CZlib" -I "$root/Sources/CZstd" -I "$root/Sources/CProtobuf/include")
for module in Bytes Compression; do
    swiftc "${flags[@]}" -module-name $module -emit-module -emit-object -o $module.o "$root"/Sources/$module/*.swift
done
collector=$root/Sources/TraceCollector
swiftc "${flags[@]}" -module-name OTLPFuzz -o fuzz "$here/OTLPFuzz.swift" \
    "$root"/Tests/TraceCollectorTests/OTLP{Oracle,Property}.swift "$collector/Limits.swift" \
    "$collector"/{Wire,Tables,Join}/*.swift \
    "$collector"/Store/{Attribute,Block,Extras}*.swift "$collector"/Store/{SettledTrace,StoredSpan}.swift \
    Bytes.o Compression.o "${protobuf[@]}" -lprotobuf-c
./fuzz -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 -artifact_prefix="$build/" \
    "$build/corpus" "$here/Corpus"
