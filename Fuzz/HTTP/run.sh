#!/bin/sh
# Fuzzes the HTTP/1 codec: run.sh SECONDS [request|response|chunked]. New inputs go to .build/fuzz/HTTP; what breaks a
# promise is left there too, named crash-…
set -eu
export SWIFT_BACKTRACE=enable=no
seconds=${1:?usage: run.sh SECONDS [request|response|chunked]}
targets=${2:-request response chunked}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build="$root/.build/fuzz/HTTP"
mkdir -p "$build"
cd "$build"

flags="-O -g -wmo -parse-as-library -swift-version 6 -package-name martlet -sanitize=fuzzer,address
  -enable-experimental-feature Lifetimes -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -I ."
swiftc $flags -module-name Bytes -emit-module -emit-object -o Bytes.o "$root"/Sources/Bytes/*.swift
swiftc $flags -module-name HTTP -emit-module -emit-object -o HTTP.o "$root"/Sources/HTTP/*.swift
for target in $targets; do
  upper=$(printf '%s' "$target" | tr '[:lower:]' '[:upper:]')
  swiftc $flags -module-name FuzzHTTP -D "FUZZ_$upper" -o "fuzz-$target" "$here/FuzzHTTP.swift" Bytes.o HTTP.o
  mkdir -p "corpus-$target"
  "./fuzz-$target" -max_total_time="$seconds" -max_len=8192 -timeout=5 -print_final_stats=1 \
    -dict="$here/http.dict" "corpus-$target" "$here/Corpus/$target"
done
