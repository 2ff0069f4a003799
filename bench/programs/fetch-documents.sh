#!/usr/bin/env bash
# Downloads the documents that the programs read, pinned versions from npm and crates.io, into target/program-documents
# (or the directory named as the first argument):
#
#     bench/programs/fetch-documents.sh
#
# Needs curl, tar and sha256sum. What is there already is not downloaded again.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
into="${1:-$root/target/program-documents}"
mkdir -p "$into"
into="$(cd "$into" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

take() { # address of a package, file in it, name it gets, its SHA-256
    if ! [ -f "$into/$3" ]; then
        curl -sSfL "$1" | tar -xz -C "$work" "$2"
        echo "$4  $work/$2" | sha256sum --check --quiet
        mv "$work/$2" "$into/$3"
    fi
    echo "$3: $(stat -c %s "$into/$3") bytes"
}

npm=https://registry.npmjs.org
crates=https://static.crates.io/crates
take "$npm/emojibase-data/-/emojibase-data-16.0.3.tgz" package/en/data.json emoji.json \
    8cbf636f6b28476065e847360691ca8a6767ed328d3223f9eead4e5c09e61f04
take "$npm/world-atlas/-/world-atlas-2.0.2.tgz" package/countries-50m.json topojson.json \
    04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394
take "$crates/ripgrep/ripgrep-14.1.1.crate" ripgrep-14.1.1/Cargo.lock Cargo.lock \
    4ea26d3699f0be17c90b5a14c8938fc9a5ee44b0a01a89446786ae4fd954d9d9
take "$crates/syn/syn-2.0.117.crate" syn-2.0.117/src/expr.rs expr.rs \
    9ab5bf8bd9d45647f6f23fbe3641b90f837226eec124dd0973b7332ae41b7f52
take "$crates/axum/axum-0.8.4.crate" axum-0.8.4/CHANGELOG.md changelog.md \
    85a9d9880f13bd5defe49b2fce06a74fec36c914b13d447483d5f81833dd2622
