#!/usr/bin/env bash
# Builds Arenite's C library and installs it: library, headers, pkg-config and CMake files.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: ./install.sh --prefix DIR [--profile NAME] [--destdir DIR]

Builds libarenite with cargo and installs below DIR:
  lib/libarenite.a, lib/libarenite.so.0.1.0 and its links    include/arenite.h, include/arenite/, include/compat/
  lib/pkgconfig/arenite.pc, arenite-static.pc                lib/cmake/arenite/

  --prefix DIR    where to: /usr/local, or a folder of your own
  --profile NAME  cargo's profile (release)
  --destdir DIR   put the files below DIR/PREFIX, for packagers; the files themselves name PREFIX

Needs cargo, and a C compiler to link with. Then:

  cc hello.c $(pkg-config --cflags --libs arenite)           or arenite-static
USAGE
}

die() {
    echo "install.sh: $1" >&2
    exit 2
}

prefix='' profile=release destdir=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --prefix | --profile | --destdir)
        [ $# -ge 2 ] || die "$1 needs a value; see --help"
        declare "${1#--}=$2"
        shift 2
        ;;
    --prefix=* | --profile=* | --destdir=*)
        option=${1%%=*}
        declare "${option#--}=${1#*=}"
        shift
        ;;
    *) die "there is no option $1; see --help" ;;
    esac
done
[ -n "$prefix" ] || die "say where to: --prefix DIR; see --help"
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac

cd "$(dirname "$0")"
command -v cargo >/dev/null 2>&1 || die "cargo is missing: install Rust, https://rustup.rs"
[ "$(uname -s)" = Linux ] || die "this script knows Linux only; elsewhere: cargo build --release -p arenite-capi"

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
soname=libarenite.so.${version%%.*}
profile_flag=$profile
[ "$profile" = debug ] && profile_flag=dev
[ "$profile" = dev ] && profile=debug
# The name that programs look for when they start.
cargo rustc --quiet -p arenite-capi --profile "$profile_flag" -- -C link-arg=-Wl,-soname,"$soname"
# What the linker needs beside the static library, as rustc says it.
native=$(cargo rustc --quiet -p arenite-capi --profile "$profile_flag" --crate-type staticlib -- --print native-static-libs 2>&1 |
    sed -n 's/.*native-static-libs: //p' | tail -n 1)
built=${CARGO_TARGET_DIR:-target}/$profile
root=$destdir$prefix
lib=$root/lib

mkdir -p "$lib/pkgconfig" "$lib/cmake/arenite" "$root/include"
install -m 644 "$built/libarenite.a" "$lib/libarenite.a"
install -m 755 "$built/libarenite.so" "$lib/libarenite.so.$version"
if command -v strip >/dev/null 2>&1; then
    strip --strip-debug "$lib/libarenite.a"
    strip --strip-unneeded "$lib/libarenite.so.$version"
fi
ln -sf "libarenite.so.$version" "$lib/$soname"
ln -sf "$soname" "$lib/libarenite.so"
(cd crates/arenite-capi/include && find . -type f -exec install -D -m 644 {} "$root/include/{}" \;)

native=${native:--lgcc_s -lutil -lrt -lpthread -lm -ldl -lc}
pkg_config() { # name, what to link, what a static link needs beside it
    cat <<PC
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: $1
Description: Memory for programs that know when it dies: arenas, heaps, pools, frames
Version: $version
Cflags: -I\${includedir}
Libs: $2
Libs.private: $3
PC
}
pkg_config arenite '-L${libdir} -larenite' "$native" >"$lib/pkgconfig/arenite.pc"
# A linker that is offered both takes the shared one; this names the other.
pkg_config arenite-static "\${libdir}/libarenite.a $native" '' >"$lib/pkgconfig/arenite-static.pc"

cat >"$lib/cmake/arenite/areniteConfig.cmake" <<'CMAKE'
# find_package(arenite), then target_link_libraries(program arenite::arenite), or arenite::static.
get_filename_component(_arenite_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET arenite::arenite)
  add_library(arenite::arenite SHARED IMPORTED)
  set_target_properties(arenite::arenite PROPERTIES
    IMPORTED_LOCATION "${_arenite_prefix}/lib/libarenite.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_arenite_prefix}/include")
  add_library(arenite::static STATIC IMPORTED)
  set_target_properties(arenite::static PROPERTIES
    IMPORTED_LOCATION "${_arenite_prefix}/lib/libarenite.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_arenite_prefix}/include"
    INTERFACE_LINK_LIBRARIES "@NATIVE@")
endif()
CMAKE
sed -i "s|@NATIVE@|$(echo "$native" | sed 's/^ *//; s/ *$//; s/  */;/g')|" "$lib/cmake/arenite/areniteConfig.cmake"
cat >"$lib/cmake/arenite/areniteConfigVersion.cmake" <<CMAKE
set(PACKAGE_VERSION "$version")
if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
CMAKE

echo "arenite $version: $root/lib/libarenite.{a,so}, $root/include/arenite.h"
