#!/bin/sh
# Prints nanoseconds per message of the HTTP/1 codec, built as the release build builds it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build="$root/.build/benchmarks/HTTPCodec"
mkdir -p "$build"
cd "$build"
flags="-O -g -wmo -swift-version 6 -package-name martlet -enable-default-cmo -enable-experimental-feature Lifetimes
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility -I ."
swiftc $flags -parse-as-library -module-name Bytes -emit-module -emit-object -o Bytes.o "$root"/Sources/Bytes/*.swift
swiftc $flags -parse-as-library -module-name HTTP -emit-module -emit-object -o HTTP.o "$root"/Sources/HTTP/*.swift
swiftc $flags -module-name HTTPCodecBenchmark -o benchmark "$here/main.swift" Bytes.o HTTP.o
exec ./benchmark
