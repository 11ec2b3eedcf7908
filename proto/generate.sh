#!/bin/bash
# Regenerates the C code of Sources/CProtobuf from the .proto files beside this script.
# Needs protoc-c (Debian: protobuf-c-compiler). `generate.sh --check` only compares, and fails when the code is stale.
set -euo pipefail
cd "$(dirname "$0")"
target=../Sources/CProtobuf

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mapfile -t protos < <(find . -name '*.proto' -printf '%P\n' | LC_ALL=C sort)
protoc-c --proto_path=. --c_out="$out" "${protos[@]}"

mkdir -p "$out/sources" "$out/include"
for proto in "${protos[@]}"; do
    base=${proto%.proto}
    mkdir -p "$out/sources/$(dirname "$base")" "$out/include/$(dirname "$base")"
    mv "$out/$base.pb-c.c" "$out/sources/$base.pb-c.c"
    mv "$out/$base.pb-c.h" "$out/include/$base.pb-c.h"
done

for root in opentelemetry google; do
    if [[ ${1:-} == --check ]]; then
        diff -r "$out/sources/$root" "$target/$root"
        diff -r "$out/include/$root" "$target/include/$root"
    else
        rm -rf "${target:?}/$root" "${target:?}/include/$root"
        cp -r "$out/sources/$root" "$target/$root"
        cp -r "$out/include/$root" "$target/include/$root"
    fi
done
