#!/bin/bash
# Fuzzes the trace header parsers: run.sh SECONDS. New inputs go to .build/fuzz/Tracing/corpus; what breaks a promise is left
# beside it, named crash-…, and belongs into corpus/, which `swift test` replays. Built only when a source is newer. Needs
# swiftc with libFuzzer, as swift.org ships it. With CORPUS_OUT=DIR the inputs that reach new code are kept there.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/Tracing
mkdir -p "$build/corpus"
cd "$build"

# The Swift backtracer clashes with AddressSanitizer, and would take the signal before libFuzzer writes the input down.
export SWIFT_BACKTRACE=enable=no
flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-upcoming-feature InternalImportsByDefault -I .)

files=("$here/TraceHeaderFuzz.swift" "$root/Tests/TracingTests/TraceHeaderProperty.swift")
for name in TraceHeader TraceHeaderReader TraceParent TraceState B3Context ExtractedContext TraceContext TraceID \
    TraceFlags IDGenerator Sampler Hexadecimal RawSpan+Whitespace RetryAfter TracingTime Limits; do
    files+=("$root/Sources/Tracing/$name.swift")
done

if [[ ! -e fuzz || -n $(find "$root/Sources/Bytes" "${files[@]}" "$here/run.sh" -type f -newer fuzz -print -quit) ]]; then
    swiftc "${flags[@]}" -enable-experimental-feature Lifetimes -module-name Bytes -emit-module -emit-object -o Bytes.o \
        "$root"/Sources/Bytes/*.swift
    swiftc "${flags[@]}" -module-name TraceHeaderFuzz -o fuzz "${files[@]}" Bytes.o
fi

./fuzz -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 corpus "$here/corpus"
if [[ -n ${CORPUS_OUT:-} ]]; then ./fuzz -merge=1 "$CORPUS_OUT" corpus; fi
