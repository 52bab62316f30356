#!/bin/sh
# Runs cargo for the browser: tools/wasm.sh COMMAND [ARGUMENTS...]
# for example:                tools/wasm.sh build --locked -p bookbag-crypto
#
# COMMAND is any cargo command that takes --target; the target is added here. The standard library for
# wasm32-unknown-unknown comes from the first of these that this machine can give:
#
#   1. the active Rust toolchain, where it has it;
#   2. rustup, which adds it (not where RUSTUP_AUTO_INSTALL=0 says that nothing is to be installed);
#   3. Debian: its compiler and library source (rustc-web, rust-web-src) are unpacked under the target
#      directory, and the library is built there once for each version. Nothing is installed, no root needed.
set -eu

target=wasm32-unknown-unknown
root=$(cd "$(dirname "$0")/.." && pwd)
cache=${CARGO_TARGET_DIR:-$root/target}/wasm-rust

main() {
    [ $# -gt 0 ] || fail "usage: tools/wasm.sh COMMAND [ARGUMENTS...]"
    if has_std "${RUSTC:-rustc}"; then
        :
    elif rustup_may_install && rustup target add "$target" >&2 && has_std rustc; then
        :
    elif debian_candidate || debian_cached; then
        use_debian
    else
        fail "no standard library for $target. Run: rustup target add $target"
    fi
    command=$1
    shift
    exec cargo "$command" --target "$target" "$@"
}

has_std() {
    libraries=$("$1" --print target-libdir --target "$target" 2>/dev/null) &&
        ls "$libraries"/libstd-*.rlib >/dev/null 2>&1
}

rustup_may_install() {
    [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] && command -v rustup >/dev/null
}

# Sets `version` to the one that apt offers, if the workspace can be built with it.
debian_candidate() {
    command -v apt-get >/dev/null || return 1
    candidate && [ -x "$cache/$version/rustc" ] && return
    # Nothing is installed by this, but the lists may be empty or name packages that are gone.
    if [ "$(id -u)" = 0 ]; then
        say "apt-get update"
        apt-get -qq update >&2 || :
    fi
    candidate || return 1
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
    [ "$(printf '%s\n' "$needed" "$version" | sort -V | head -n 1)" = "$needed" ] ||
        { say "Debian's rustc-web $version is older than $needed"; return 1; }
}

candidate() {
    version=$(apt-cache policy rustc-web 2>/dev/null | sed -n 's/^ *Candidate: *//p')
    [ -n "$version" ] && [ "$version" != "(none)" ] && apt-cache show "rust-web-src=$version" >/dev/null 2>&1
}

# Sets `version` to the newest that an earlier run left, for a machine that has lost its package lists.
debian_cached() {
    version=$(for one in "$cache"/*/rustc; do [ -x "$one" ] && basename "$(dirname "$one")"; done | sort -V | tail -n 1)
    [ -n "$version" ]
}

use_debian() {
    toolchain=$cache/$version
    if ! [ -x "$toolchain/rustc" ]; then
        mkdir -p "$cache"
        cache=$(cd "$cache" && pwd)
        toolchain=$cache/$version
        work=$(mktemp -d "$cache/making.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        trap 'exit 1' HUP INT TERM
        unpack_debian "$work"
        build_std "$work"
        # Moved into place whole, so that a half-made one is never used. Where two runs raced, the first stays.
        mv -T "$work" "$toolchain" 2>/dev/null || [ -x "$toolchain/rustc" ] || fail "could not write $toolchain"
        rm -rf "$work"
        trap - EXIT
    fi
    RUSTC=$(cd "$toolchain" && pwd)/rustc
    export RUSTC
    # Only a final module is linked; a library needs no linker.
    linker=$(find_linker)
    [ -z "$linker" ] || export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker"
}

# Debian's packages are checked by apt against its signed lists.
unpack_debian() {
    packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances rustc-web | grep -E '^(rustc-web|libstd-rust-web-|lib(llvm|z3-|edit|xml2|icu|zstd))' |
        sort -u | while read -r name; do is_installed "$name" || echo "$name"; done)
    say "unpacking Debian's Rust $version (about 140 MB to download)"
    mkdir "$1/debs" "$1/root"
    # shellcheck disable=SC2086 # one word per package
    (cd "$1/debs" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download \
        $packages "rustc-web=$version" "rust-web-src=$version")
    for deb in "$1"/debs/*.deb; do dpkg -x "$deb" "$1/root"; done
    rm -rf "$1/debs"
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

build_std() {
    say "building the standard library for $target, once"
    multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -dumpmachine)
    # The wrapper finds its libraries beside itself, for this one program.
    cat >"$1/rustc.new" <<WRAPPER
#!/bin/sh
usr=\$(dirname "\$0")/root/usr
LD_LIBRARY_PATH="\$usr/lib/$multiarch\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$usr/bin/rustc" "\$@"
WRAPPER
    chmod +x "$1/rustc.new"
    # RUSTC_BOOTSTRAP stays in this subshell: it lets the library use its own unstable parts.
    (
        cd "$1"/root/usr/src/rustc-*/library/sysroot
        unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
        RUSTC=$1/rustc.new RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=std CARGO_PROFILE_RELEASE_PANIC=abort \
            CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes \
                --remap-path-prefix=$1/root/usr/src=/rustc --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
            cargo build --quiet --release --locked --target "$target" --target-dir "$1/std" \
            --features compiler-builtins-mem
    )
    libraries=$1/root/usr/lib/rustlib/$target/lib
    mkdir -p "$libraries"
    cp "$1/std/$target/release/deps/"*.rlib "$libraries/"
    rm -rf "$1/std" "$1/root/usr/src"
    mv "$1/rustc.new" "$1/rustc"
}

find_linker() {
    for linker in "$(rustc --print sysroot 2>/dev/null)"/lib/rustlib/*/bin/rust-lld /usr/bin/wasm-ld*; do
        if [ -x "$linker" ]; then
            echo "$linker"
            return
        fi
    done
}

say() { echo "wasm: $*" >&2; }
fail() { say "$@"; exit 1; }

main "$@"
