#!/bin/bash
# Fuzzes the trace header parsers: run.sh [SECONDS, default 60]. A finding fails and leaves its input, crash-…, in the
# working directory; put it into corpus/, which `swift test` replays. Needs swiftc with libFuzzer, as swift.org ships it.
# With CORPUS_OUT=DIR the inputs that reach new code are kept there.
set -euo pipefail
seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=(-O -wmo -parse-as-library -swift-version 6 -package-name martlet -enable-upcoming-feature InternalImportsByDefault)
swiftc "${flags[@]}" -enable-experimental-feature Lifetimes -module-name Bytes -emit-module \
    -emit-module-path "$work/Bytes.swiftmodule" -emit-object -o "$work/Bytes.o" "$root"/Sources/Bytes/*.swift

files=("$here/TraceHeaderFuzz.swift" "$root/Tests/TracingTests/TraceHeaderProperty.swift")
for name in TraceHeader TraceHeaderReader TraceParent TraceState B3Context ExtractedContext TraceContext TraceID \
    TraceFlags IDGenerator Sampler Hexadecimal HeaderLine RawSpan+Whitespace RetryAfter TracingTime Limits; do
    files+=("$root/Sources/Tracing/$name.swift")
done
swiftc "${flags[@]}" -sanitize=fuzzer -module-name TraceHeaderFuzz -I "$work" -o "$work/fuzz" \
    "${files[@]}" "$work/Bytes.o"

# Swift's own backtracer would take the signal before libFuzzer can write the input down.
export SWIFT_BACKTRACE=enable=no
mkdir "$work/corpus"
"$work/fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=5 "$work/corpus" "$here/corpus"
if [[ -n ${CORPUS_OUT:-} ]]; then "$work/fuzz" -merge=1 "$CORPUS_OUT" "$work/corpus"; fi
