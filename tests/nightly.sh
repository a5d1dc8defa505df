#!/bin/sh
# The checks that are too slow for every change. Each part that a missing tool or CPU feature forbids is named and
# skipped; any failure makes the whole fail. Wants clang, valgrind, gcc-aarch64-linux-gnu and qemu-user.
#
#   sh tests/nightly.sh [PART...]          parts: clang tsan valgrind neon bits (default: all)
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
jobs=-j$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-nightly.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=
skipped=
TEST_TIMEOUT=7200
export TEST_TIMEOUT

have() { # COMMAND PART
    command -v "$1" >/dev/null 2>&1 && return 0
    echo "skipped: there is no $1 here"
    skipped="$skipped $2"
    return 1
}

part_clang() {
    have clang clang || return 0
    $make CC=clang WERROR=1 BUILD=build/nightly-clang "$jobs" all tests-build &&
        $make CC=clang WERROR=1 BUILD=build/nightly-clang unit
}

# Under ThreadSanitizer: the tests that make thread pools, and the program with more threads than images and fewer.
part_tsan() {
    build=build/nightly-tsan
    $make SAN=thread CFLAGS='-O2 -g' BUILD=$build "$jobs" all tests-build || return 1
    $build/bin/mkphotos paint "$work/few" 2 64 3 || return 1
    for threads in 2 5; do
        $build/bin/bonafide fid "$work/few" "$work/few" --weights synth:1 --threads $threads --quiet || return 1
    done
    # shellcheck disable=SC2046
    sh tests/run.sh $(grep -l iv3_pool_create tests/unit/*.c tests/kernels/*.c |
        sed "s|.*/\(.*\)\.c|$build/tests/\1|" | while read -r program; do [ -x "$program" ] && echo "$program"; done)
}

part_valgrind() {
    have valgrind valgrind || return 0
    build=build/nightly-valgrind
    $make CFLAGS='-O2 -g' BUILD=$build "$jobs" tests-build || return 1
    # valgrind does not know AVX-512 and hides it from the program, so those kernels are not seen here.
    BF_TEST_NET=quick RUN='valgrind -q --error-exitcode=99 --leak-check=full' sh tests/run.sh $build/tests/test_*
}

# cmocka for AArch64 is unpacked under build/; nothing is installed.
fetch_cmocka() {
    root=build/sysroot
    [ -f $root/usr/include/cmocka.h ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 1
    mkdir -p $root/lists/partial $root/cache/archives/partial || return 1
    here=$(pwd)
    (
        cd $root || exit 1
        private() {
            apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= \
                -o Dir::State::Lists="$here/$root/lists" -o Dir::State::status=/dev/null \
                -o Dir::Cache="$here/$root/cache" "$@"
        }
        private update && private download libcmocka0 libcmocka-dev &&
            for deb in libcmocka*.deb; do dpkg-deb -x "$deb" . || exit 1; done
    ) >"$work/apt.log" 2>&1 && return 0
    tail -n 3 "$work/apt.log"
    return 1
}

part_neon() {
    have aarch64-linux-gnu-gcc neon && have qemu-aarch64 neon || return 0
    if ! fetch_cmocka; then
        echo "skipped: cmocka for AArch64 cannot be had"
        skipped="$skipped neon"
        return 0
    fi
    build=build/nightly-neon
    sysroot=$(pwd)/build/sysroot/usr
    run="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$sysroot/lib/aarch64-linux-gnu"
    neon_make() {
        $make CROSS=aarch64-linux-gnu- BUILD=$build CPPFLAGS="-I$sysroot/include" \
            LDFLAGS="-L$sysroot/lib/aarch64-linux-gnu" RUN="$run" "$@"
    }
    neon_make "$jobs" all tests-build && BF_TEST_NET=quick neon_make unit || return 1
    # The same bytes as here for one picture through the whole network.
    $make BUILD=build/nightly-native "$jobs" all || return 1
    build/nightly-native/bin/mkphotos paint "$work/one" 1 299 7 || return 1
    build/nightly-native/bin/bonafide features "$work/one" --weights synth:1 -o "$work/native.npy" --quiet || return 1
    start=$(date +%s)
    $run $build/bin/bonafide features "$work/one" --weights synth:1 -o "$work/neon.npy" --quiet || return 1
    echo "one picture on NEON under qemu took $(($(date +%s) - start)) s"
    cmp "$work/native.npy" "$work/neon.npy"
}

# The same bytes from every kernel table, thread count, batch size and compiler that this machine has.
part_bits() {
    $make BUILD=build/nightly-native "$jobs" all || return 1
    build/nightly-native/bin/mkphotos paint "$work/some" 3 200 11 || return 1
    features() { # BIN OUT OPTION...
        bin=$1 out=$2
        shift 2
        "$bin/bonafide" features "$work/some" --weights synth:1 -o "$out" --quiet "$@" >"$work/said" || return 1
        [ "$out" = "$work/first.npy" ] || cmp "$work/first.npy" "$out"
    }
    bin=build/nightly-native/bin
    features "$bin" "$work/first.npy" || return 1
    for threads in 1 2 5; do
        for batch in 1 3 8; do
            features "$bin" "$work/other.npy" --threads $threads --batch $batch || return 1
        done
    done
    for isa in avx512:avx512bw avx2:avx2 fma:fma neon:asimd scalar:; do
        flag=${isa#*:}
        if [ -n "$flag" ] && ! grep -qw "$flag" /proc/cpuinfo; then
            echo "skipped: this CPU has no ${isa%:*}"
            continue
        fi
        features "$bin" "$work/other.npy" --isa "${isa%:*}" || return 1
        echo "${isa%:*}: the same bytes"
    done
    if have clang bits-clang; then
        $make CC=clang BUILD=build/nightly-clang "$jobs" all || return 1
        features build/nightly-clang/bin "$work/other.npy" || return 1
        echo "clang: the same bytes"
    fi
}

[ $# -gt 0 ] || set -- clang tsan valgrind neon bits
for part in "$@"; do
    printf '\n======== nightly: %s\n' "$part"
    case $part in
    clang | tsan | valgrind | neon | bits) ;;
    *)
        echo "unknown part '$part'" >&2
        exit 2
        ;;
    esac
    "part_$part" || failed="$failed $part"
done
echo
[ -z "$skipped" ] || echo "nightly: skipped:$skipped"
if [ -n "$failed" ]; then
    echo "nightly: FAILED:$failed"
    exit 1
fi
echo "nightly: everything else passed"
