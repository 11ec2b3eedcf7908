#!/bin/bash
# Fuzzes the HTTP/1 codec: run.sh SECONDS [request|response|chunked|detector]…, which share the seconds. New inputs go to
# .build/fuzz/HTTP; what breaks a promise is left there too, named crash-…, and belongs into Corpus/, which `swift test`
# replays. Built only when a source is newer. Needs swiftc with libFuzzer, as swift.org ships it.
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS [request|response|chunked|detector]…}
shift
targets=("$@")
[[ $# -gt 0 ]] || targets=(request response chunked detector)
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz/HTTP
mkdir -p "$build"
cd "$build"

# The Swift backtracer clashes with AddressSanitizer, and would take the signal before libFuzzer writes the input down.
export SWIFT_BACKTRACE=enable=no
flags=(-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
    -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -I .)

# Whether a source is newer than what was built.
is_stale() { [[ ! -e $1 || -n $(find "$root/Sources/Bytes" "$root/Sources/HTTP" "$here" -type f \
    \( -name '*.swift' -o -name run.sh \) -newer "$1" -print -quit) ]]; }

if is_stale HTTP.o; then
    swiftc "${flags[@]}" -module-name Bytes -emit-module -emit-object -o Bytes.o "$root"/Sources/Bytes/*.swift
    swiftc "${flags[@]}" -module-name HTTP -emit-module -emit-object -o HTTP.o "$root"/Sources/HTTP/*.swift
fi
for target in "${targets[@]}"; do
    is_stale "fuzz-$target" || continue
    swiftc "${flags[@]}" -module-name FuzzHTTP -D "FUZZ_${target^^}" -o "fuzz-$target" \
        "$here/FuzzHTTP.swift" Bytes.o HTTP.o
done

share=$((seconds / ${#targets[@]}))
for target in "${targets[@]}"; do
    mkdir -p "corpus-$target"
    "./fuzz-$target" -max_total_time="$((share > 0 ? share : 1))" -max_len=8192 -timeout=5 -print_final_stats=1 \
        -dict="$here/http.dict" "corpus-$target" "$here/Corpus/$target"
done
