#!/bin/sh
# The same bits from every kernel table, number of threads, images per call, compiler and -O level: builds with each
# compiler and level, and compares with the golden hashes of tests/golden
#   - every kernel on every table (tests/engine/kernels), and the pixels of every kind of image file (tests/data/pixels),
#   - exp, log, resizing, every metric and a network of every layer kind on every table, with 1, 2, 5 threads and 1, 3,
#     8 images per call (tests/bits),
#   - the whole Inception-v3 with weights synth:1 on two pictures, four times over, the same way; tables without vectors
#     have them once, and x86-64 without fused multiply-add 2 threads and 3 images only, unless MATRIX=all. Emulated, an
#     image takes a minute: NEON alone, 2 threads and 3 images; with MATRIX=all plain C too, and on NEON each number of
#     threads and of images once.
#   - DINOv2 S/14 and CLIP ViT-B/32 whole, on each table; emulated, NEON at -O3 (MATRIX=all: all).
#
#   sh tests/matrix.sh [CONFIGURATION...]      gcc-O3 gcc-O1 clang-O3 clang-O1 neon-O3 neon-O1 (default: all)
#
# What a missing compiler, emulator or CPU feature forbids is named at the end. FEAT_REQUIRE_ISA=avx2,avx512 in the
# environment makes a table that this CPU lacks a failure.
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
jobs=-j$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-matrix.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
. tests/neon.sh
failed=
untested=

here=$(pwd)
printf '%s\n' "$here/tests/data/net_plasma_32x32.ppm" "$here/tests/data/net_discs_64x48.ppm" >"$work/2"
cat "$work/2" "$work/2" "$work/2" "$work/2" >"$work/8"

bad() { # CONFIGURATION TEXT
    echo "FAILED: $1: $2"
    failed="$failed $1"
}

not_tested() {
    echo "NOT TESTED: $*"
    untested="$untested; $*"
}

# inception PROGRAM TABLE N THREADS BATCH: the hash of the features of the two pictures, N / 2 times over.
inception() {
    # shellcheck disable=SC2086
    $run "$1" features "@$work/$3" --weights synth:1 --isa "$2" --threads "$4" --batch "$5" -o "$work/f.npy" --quiet \
        >"$work/said" 2>&1 || { cat "$work/said" && return 1; }
    found=$(tail -c $((8192 * $3)) "$work/f.npy" | sha256sum | cut -d ' ' -f 1)
    grep -qx "$3 $found" tests/golden/inception.txt && return 0
    echo "Inception-v3, $2, $4 threads, batch $5: SHA-256 of the features of $3 pictures: $found"
    return 1
}

# whole_network CONFIGURATION PROGRAM
whole_network() {
    # shellcheck disable=SC2086
    $run "$2" cpu --json >"$work/cpu" || return 1
    features=$(sed -n 's/^ *"cpu_features": "\(.*\)".*/\1/p' "$work/cpu")
    for table in $(sed -n '/^ *"tables"/ { s/ (not on this CPU)//g; s/^ *"tables": "\(.*\)".*/\1/p; }' "$work/cpu"); do
        case " $features scalar " in
        *" $table "*) ;;
        *)
            not_tested "$1, Inception-v3 on $table: this CPU has none"
            continue
            ;;
        esac
        n=8 combinations='1:1 1:3 1:8 2:1 2:3 2:8 5:1 5:3 5:8'
        case $table in fma | scalar) n=2 ;; esac
        if [ -n "$run" ]; then
            n=2 combinations='1:1 2:3 5:8'
            [ "$table" = scalar ] && combinations=5:8
        fi
        if [ "${MATRIX:-}" != all ]; then
            { [ -n "$run" ] || { [ "$table" = scalar ] && [ "$(uname -m)" = x86_64 ]; }; } && combinations=2:3
            [ "$table" = scalar ] && [ -n "$run" ] && continue
        fi
        for combination in $combinations; do
            inception "$2" "$table" $n "${combination%:*}" "${combination#*:}" || return 1
        done
        echo "Inception-v3 on $table, threads:batch $combinations: the same bits"
    done
}

# transformers CONFIGURATION PROGRAM: a whole DINOv2 and a whole CLIP on every table, against the golden hashes of the
# selftest; emulated, where an image takes minutes, NEON at one level of optimisation, unless MATRIX=all.
transformers() {
    tables=
    if [ -n "$run" ] && [ "${MATRIX:-}" != all ]; then
        case $1 in *-O3) tables='--isa neon' ;; *) return 0 ;; esac
    fi
    for network in dinov2-vits14 clip-vit-b-32; do
        # shellcheck disable=SC2086
        $run "$2" selftest --network $network $tables >"$work/said" 2>&1 || { cat "$work/said" && return 1; }
        echo "$network: the same bits"
    done
}

# test_build CONFIGURATION BUILD: all of it for one build.
test_build() {
    for program in "$2"/tests/check_* "$2"/tests/test_pixels "$2"/tests/test_jpeg; do
        [ -x "$program" ] || continue
        # shellcheck disable=SC2086
        $run "$program" >"$work/said" 2>&1 || { grep -v -e ' OK ' -e ' RUN ' "$work/said" && bad "$1" "$program"; }
    done
    # shellcheck disable=SC2086
    $run "$2/tests/same_bits" --all >"$work/said" 2>&1 || bad "$1" "tests/bits"
    cat "$work/said"
    case $(cat "$work/said") in *"NOT TESTED"*) not_tested "$1: a table that this CPU has not" ;; esac
    whole_network "$1" "$2/bin/bonafide" || bad "$1" "Inception-v3"
    transformers "$1" "$2/bin/bonafide" || bad "$1" "DINOv2 and CLIP"
}

# native COMPILER LEVEL
native() {
    if ! command -v "$1" >/dev/null 2>&1; then
        not_tested "$1-$2: there is no $1 here"
        return
    fi
    build=build/matrix-$1-$2
    $make CC="$1" CFLAGS="-$2 -g -DNDEBUG" BUILD="$build" WERROR=1 "$jobs" "$build/bin/bonafide" matrix-programs \
        >"$work/made" 2>&1 || { tail -n 20 "$work/made" && bad "$1-$2" "build" && return; }
    run=
    test_build "$1-$2" "$build"
}

emulated() {
    missing=$(neon_missing)
    if [ -n "$missing" ]; then
        not_tested "neon-$1: there is no $missing here"
        return
    fi
    build=build/matrix-neon-$1
    programs=matrix-programs
    neon_cmocka || { programs=$build/tests/same_bits && not_tested "neon-$1, tests/engine/kernels: no cmocka for AArch64"; }
    neon_make "$build" CFLAGS="-$1 -g -DNDEBUG" WERROR=1 "$jobs" "$build/bin/bonafide" $programs >"$work/made" 2>&1 ||
        { tail -n 20 "$work/made" && bad "neon-$1" "build" && return; }
    run=$neon_run
    test_build "neon-$1" "$build"
}

[ $# -gt 0 ] || set -- gcc-O3 gcc-O1 clang-O3 clang-O1 neon-O3 neon-O1
for configuration in "$@"; do
    printf '\n==== matrix: %s\n' "$configuration"
    started=$(date +%s)
    case $configuration in
    neon-O[0-3]) emulated "${configuration#*-}" ;;
    *-O[0-3]) native "${configuration%-*}" "${configuration##*-}" ;;
    *)
        echo "unknown configuration '$configuration'" >&2
        exit 2
        ;;
    esac
    echo "$configuration took $(($(date +%s) - started)) s"
done
echo
[ -z "$untested" ] || echo "matrix: NOT TESTED${untested#;}"
if [ -n "$failed" ]; then
    echo "matrix: FAILED:$failed"
    exit 1
fi
echo "matrix: everything else gives the same bits"
