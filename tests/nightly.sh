#!/bin/sh
# The checks that are too slow for every change. Each part that a missing tool or CPU feature forbids is named and
# skipped; any failure makes the whole fail. Wants clang, valgrind, gcc-aarch64-linux-gnu and qemu-user.
#
#   sh tests/nightly.sh [PART...]          parts: clang tsan msan faults security long valgrind neon bits audit networks static edge coverage (default: all)
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
jobs=-j$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-nightly.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
. tests/neon.sh
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

# Under ThreadSanitizer: the tests that make thread pools, the program with more threads than images and fewer, and the
# whole pipeline: decoding in the sandbox, images that are skipped, a cache that two processes of several threads share.
tsan_pipeline() { # BONAFIDE MKPHOTOS
    "$2" paint "$work/many" 9 40 5 && echo 'no picture' >"$work/many/x.png" || return 1
    run="$1 features $work/many --tap 64 --weights synth:1 --skip-bad --sandbox on --quiet"
    $run --threads 1 -o "$work/one.npy" || return 1
    for i in 1 2; do # fills the cache, then reads it
        $run --threads 4 --batch 2 --cache "$work/cache" -o "$work/four.npy" --manifest "$work/run.json" || return 1
        cmp "$work/one.npy" "$work/four.npy" || return 1
    done
    $run --threads 2 --cache "$work/shared" -o "$work/a.npy" &
    other=$!
    $run --threads 2 --cache "$work/shared" -o "$work/b.npy"
    status=$?
    wait $other && [ $status = 0 ] && cmp "$work/one.npy" "$work/a.npy" && cmp "$work/one.npy" "$work/b.npy"
}

part_tsan() {
    build=build/nightly-tsan
    $make SAN=thread CFLAGS='-O2 -g' BUILD=$build "$jobs" all tests-build || return 1
    $build/bin/mkphotos paint "$work/few" 2 64 3 || return 1
    for threads in 2 5; do
        $build/bin/bonafide fid "$work/few" "$work/few" --weights synth:1 --threads $threads --quiet || return 1
    done
    tsan_pipeline "$build/bin/bonafide" "$build/bin/mkphotos" || return 1
    # shellcheck disable=SC2046
    sh tests/run.sh $build/tests/test_cache $build/tests/test_sandbox $build/tests/test_sandbox_hostile \
        $build/tests/test_faults_makers \
        $(grep -rl --include='*.c' feat_pool_create tests/engine tests/metrics tests/tools tests/weights |
        grep -v -e test_cache -e test_sandbox |
        sed "s|.*/\(.*\)\.c|$build/tests/\1|" | while read -r program; do [ -x "$program" ] && echo "$program"; done)
}

# Every allocation, change of a file and read of every command fails, each in turn; signals come at every call; and the
# same once more, as make test has it, where leaks and bad accesses show. 500 mutated images.
part_faults() {
    build=build/nightly-native
    $make BUILD=$build "$jobs" all tests-build || return 1
    BF_FAULTS=all sh tests/run.sh $build/tests/test_faults* || return 1
    MUTANTS=500 sh tests/cli/run.sh $build/bin/bonafide mutated_images || return 1
    build=build/nightly-san
    $make SAN=address,undefined CFLAGS='-O2 -g' BUILD=$build "$jobs" tests-build || return 1
    sh tests/run.sh $build/tests/test_faults* $build/tests/test_part $build/tests/test_sparse
}

# Under MemorySanitizer: the whole program from pictures to a page, and the unit tests but for those whose calls of the C
# library go through the tests' own, or that run decoders in processes with a limit on memory.
part_msan() {
    have clang msan || return 0
    build=build/nightly-msan
    wraps=-Wl
    for call in stat64 fstat64 lstat64 fstatat64 readdir64; do
        wraps=$wraps,--wrap=$call
    done
    mkdir -p $build "$work/msan" || return 1
    if ! clang -fsanitize=memory -O1 -D_FILE_OFFSET_BITS=64 -D_POSIX_C_SOURCE=200809L -c tests/msan/shims.c \
        -o $build/shims.o; then
        echo "skipped: this clang has no MemorySanitizer (Debian: libclang-rt-*-dev)"
        skipped="$skipped msan"
        return 0
    fi
    $make CC=clang SAN=memory CFLAGS='-O1 -g' WEBP=0 BUILD=$build LDFLAGS="$wraps $PWD/$build/shims.o" "$jobs" all \
        tests-build || return 1
    for set in 1real 2gen 3test; do
        $build/bin/mkphotos paint "$work/msan/${set#?}" 3 64 "${set%%[a-z]*}" || return 1
    done
    run="$build/bin/bonafide"
    how="--weights synth:1 --sandbox off --quiet"
    for threads in 1 2; do
        $run eval "$work/msan/real" "$work/msan/gen" "$work/msan/test" $how --all --threads $threads -k 1 --density-k 1 \
            --kid-size 2 --splits 2 --cache "$work/msan/cache" --report "$work/msan/page" --manifest "$work/msan/run.json" \
            --per-image "$work/msan/images.csv" --json="$work/msan/$threads.json" || return 1
    done
    $run audit "$work/msan/run.json" --sandbox off && $run compare "$work/msan/1.json" "$work/msan/2.json" || return 1
    # shellcheck disable=SC2046
    BF_TEST_LEVEL=quick sh tests/run.sh $(ls $build/tests/test_* | grep -v -e faults -e sandbox -e '\.')
}

# Each input against what it may do.
part_security() {
    $make BUILD=build/nightly-native "$jobs" all tests-build && BUILD=build/nightly-native sh tests/security.sh
}

# 100,000 small images: nothing grows.
part_long() {
    have script long || return 0
    $make BUILD=build/nightly-native "$jobs" all tests-build && sh tests/long_run.sh build/nightly-native
}

part_valgrind() {
    have valgrind valgrind || return 0
    build=build/nightly-valgrind
    $make CFLAGS='-O2 -g' BUILD=$build "$jobs" tests-build || return 1
    # valgrind does not know AVX-512 and hides it from the program, so those kernels are not seen here.
    # Only what nothing points to any more is a leak: a test may end a child of its own in the middle of its work.
    BF_TEST_LEVEL=quick BF_FAULTS=few RUN='valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite
        --errors-for-leak-kinds=definite' sh tests/run.sh $build/tests/test_*
}

# Everything under an emulated AArch64: unit tests here, the bits in part_bits.
part_neon() {
    missing=$(neon_missing)
    if [ -n "$missing" ]; then
        echo "skipped: there is no $missing here"
        skipped="$skipped neon"
        return 0
    fi
    if ! neon_cmocka; then
        echo "skipped: cmocka for AArch64 cannot be had"
        skipped="$skipped neon"
        return 0
    fi
    neon_make build/nightly-neon "$jobs" all tests-build &&
        BF_TEST_LEVEL=quick neon_make build/nightly-neon unit
}

# The same bytes from every kernel table, thread count, batch size, compiler and -O level, without any exception.
part_bits() {
    MATRIX=all sh tests/matrix.sh
}

# audit_on TABLE PROGRAM...: the manifest says the same on that table with one thread and one image per call.
audit_on() {
    table=$1
    shift
    start=$(date +%s)
    (cd "$work/cross" && "$@" audit run.json --isa "$table" --threads 1 --batch 1) || return 1
    echo "audited on $table in $(($(date +%s) - start)) s"
}

# A manifest written on the best table with five threads and eight images per call, checked on all others and on AArch64.
part_audit() {
    here=$(pwd)
    native=$here/build/nightly-native/bin
    $make BUILD=build/nightly-native "$jobs" all || return 1
    mkdir "$work/cross" && "$native/mkphotos" paint "$work/cross/real" 3 200 11 &&
        "$native/mkphotos" paint "$work/cross/gen" 3 150 12 || return 1
    (cd "$work/cross" && "$native/bonafide" eval real gen --weights synth:1 --splits 2 -k 1 --threads 5 --batch 8 \
        --manifest run.json --quiet) || return 1
    features=$("$native/bonafide" cpu --json | sed -n 's/^ *"cpu_features": "\(.*\)".*/\1/p')
    for table in $features scalar; do
        audit_on "$table" "$native/bonafide" || return 1
    done
    missing=$(neon_missing)
    if [ -n "$missing" ]; then
        echo "skipped: there is no $missing here"
        skipped="$skipped audit-neon"
        return 0
    fi
    neon_make build/nightly-neon "$jobs" all || return 1
    for table in neon scalar; do
        # shellcheck disable=SC2086
        audit_on $table $neon_run "$here/build/nightly-neon/bin/bonafide" || return 1
    done
}

# The static program of the other machine, under an emulator that has no libraries to offer; and its documents, which are
# made by a program of this one.
part_static() {
    missing=$(neon_missing)
    if [ -n "$missing" ]; then
        echo "skipped: there is no $missing here"
        skipped="$skipped static"
        return 0
    fi
    $make BUILD=build/nightly-native "$jobs" all docs || return 1
    $make CROSS=aarch64-linux-gnu- WEBP=0 BUILD=build/nightly-static "$jobs" docs || return 1
    cmp build/nightly-native/docs/bonafide.1 build/nightly-static/docs/bonafide.1 || return 1
    MAKE="$make CROSS=aarch64-linux-gnu-" CC=aarch64-linux-gnu-gcc NATIVE=build/nightly-native BUILD=build/nightly-static \
        sh tests/static.sh qemu-aarch64
}

# A device's program against the installed headers and the libraries of each machine: the same FID, the same file.
part_edge() {
    $make BUILD=build/nightly-native PREFIX="$work/prefix" "$jobs" install >"$work/log" 2>&1 || return 1
    PREFIX=$work/prefix CC=${CC:-gcc} sh tests/edge.sh || return 1
    for machine in aarch64 riscv64; do
        have $machine-linux-gnu-gcc edge-$machine && have qemu-$machine edge-$machine || continue
        build=build/nightly-edge-$machine
        $make CROSS=$machine-linux-gnu- WEBP=0 BUILD=$build "$jobs" $build/libfeat.a $build/libgmet.a >"$work/log" 2>&1 &&
            PREFIX=$work/prefix LIBS=$build CC="$machine-linux-gnu-gcc -static" sh tests/edge.sh qemu-$machine || return 1
    done
}

# Every network whole, on every table of this machine.
part_networks() {
    $make BUILD=build/nightly-native "$jobs" all || return 1
    names=$(build/nightly-native/bin/bonafide weights info synth:1 --network none 2>&1 |
        sed -n "s/.*expected one of \(.*\), found.*/\1/p" | tr '|' ' ')
    [ -n "$names" ] || return 1
    for network in $names; do
        echo "$network" && build/nightly-native/bin/bonafide selftest --network "$network" || return 1
    done
}

# Lines and branches of the libraries that the tests run, and whether they are enough.
part_coverage() {
    have gcov coverage || return 0
    MAKE=$make sh tests/coverage.sh
}

[ $# -gt 0 ] || set -- clang tsan msan faults security long valgrind neon bits audit networks static edge coverage
for part in "$@"; do
    printf '\n======== nightly: %s\n' "$part"
    case $part in
    clang | tsan | msan | faults | security | long | valgrind | neon | bits | audit | networks | static | edge | coverage) ;;
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
