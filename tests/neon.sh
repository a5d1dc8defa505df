# Building and running for AArch64 on another machine; sourced:  . tests/neon.sh
# Wants gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user. $make is the make to use.

neon_sysroot=$(pwd)/build/sysroot/usr
neon_run="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$neon_sysroot/lib/aarch64-linux-gnu"

# neon_missing: names what is not here; nothing when all is.
neon_missing() {
    command -v aarch64-linux-gnu-gcc >/dev/null 2>&1 || { echo aarch64-linux-gnu-gcc && return; }
    command -v qemu-aarch64 >/dev/null 2>&1 || { echo qemu-aarch64 && return; }
    echo '#include <stdio.h>' | aarch64-linux-gnu-gcc -E - >/dev/null 2>&1 || echo "the C library for AArch64"
}

# neon_make BUILD WORD...: make for AArch64.
neon_make() {
    neon_build=$1
    shift
    $make CROSS=aarch64-linux-gnu- BUILD="$neon_build" CPPFLAGS="-isystem $neon_sysroot/include" \
        LDFLAGS="-L$neon_sysroot/lib/aarch64-linux-gnu" RUN="$neon_run" "$@"
}

# neon_cmocka: cmocka and libwebp for AArch64, unpacked under build/; nothing is installed. Fails where they cannot be had.
neon_cmocka() {
    [ -f "$neon_sysroot/include/cmocka.h" ] && [ -f "$neon_sysroot/include/webp/demux.h" ] && return 0
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 1
    top=$(pwd)/build/sysroot
    mkdir -p "$top/lists/partial" "$top/cache/archives/partial" || return 1
    (
        cd "$top" || exit 1
        private() {
            apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= \
                -o Dir::State::Lists="$top/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$top/cache" "$@"
        }
        private update && private download libcmocka0 libcmocka-dev libwebp7 libwebpdemux2 libwebp-dev &&
            for deb in libcmocka*.deb libwebp*.deb; do dpkg-deb -x "$deb" . || exit 1; done
    ) >"$top/apt.log" 2>&1 && return 0
    tail -n 3 "$top/apt.log"
    return 1
}
