#!/bin/sh
# Other C libraries and machines than those of make matrix, built as a user would. Their hashes are those of every machine.
#   musl      make CC=musl-gcc, the program and the static file: selftest, and Inception-v3 on two pictures
#   riscv64   make CROSS=riscv64-linux-gnu-, plain C, under qemu: selftest (four minutes), and features of the first layers
#
#   sh tests/machines.sh [musl|riscv64 ...]      (default: both)
#
# What cannot be had here is named: NOT TESTED.
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
jobs=-j$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-machines.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
pictures="tests/data/net_plasma_32x32.ppm tests/data/net_discs_64x48.ppm"
printf '%s\n' $pictures | sed "s|^|$(pwd)/|" >"$work/2"
failed=

bad() {
    echo "machines: FAILED: $*"
    failed="$failed $1"
}

# proven NAME RUN... PROGRAM: selftest and features.
proven() {
    name=$1
    shift
    "$@" selftest >"$work/said" 2>&1 || { tail -n 5 "$work/said" && bad "$name" "selftest of $*" && return 1; }
    "$@" features "@$work/2" --weights synth:1 -o "$work/f.npy" --quiet >"$work/said" 2>&1 ||
        { cat "$work/said" && bad "$name" "features by $*" && return 1; }
    grep -qx "2 $(tail -c 16384 "$work/f.npy" | sha256sum | cut -d ' ' -f 1)" tests/golden/inception.txt ||
        { bad "$name" "other features by $*" && return 1; }
}

musl() {
    command -v musl-gcc >/dev/null 2>&1 || { echo "NOT TESTED: musl: there is no musl-gcc here (Debian: musl-tools)" && return; }
    build=$($make -s --eval='print:;@echo $(BUILD)' print CC=musl-gcc 2>/dev/null | tail -n 1)
    $make CC=musl-gcc WERROR=1 "$jobs" all static >"$work/made" 2>&1 ||
        { tail -n 20 "$work/made" && bad musl "make CC=musl-gcc" && return; }
    ${READELF:-readelf} -lW "$build/bin/bonafide" | grep -q 'interpreter: .*musl' || { bad musl "that is no musl program" && return; }
    for program in "$build/bin/bonafide" "$build/static/bonafide"; do
        proven musl "$program" || return
    done
    echo "musl: the same bits, also of the static file of $(wc -c <"$build/static/bonafide") bytes"
}

riscv64() {
    for tool in riscv64-linux-gnu-gcc qemu-riscv64; do
        command -v $tool >/dev/null 2>&1 ||
            { echo "NOT TESTED: riscv64: there is no $tool here (Debian: gcc-riscv64-linux-gnu, qemu-user)" && return; }
    done
    build=build/riscv64-linux-gnu
    $make CROSS=riscv64-linux-gnu- WERROR=1 "$jobs" BUILD=$build all >"$work/made" 2>&1 ||
        { tail -n 20 "$work/made" && bad riscv64 "make CROSS=riscv64-linux-gnu-" && return; }
    qemu="qemu-riscv64 -L /usr/riscv64-linux-gnu"
    # shellcheck disable=SC2086
    $qemu $build/bin/bonafide selftest >"$work/said" 2>&1 || { tail -n 5 "$work/said" && bad riscv64 selftest && return; }
    $make "$jobs" all >"$work/made" 2>&1 || { bad riscv64 "no build of this machine to compare with" && return; }
    here=$($make -s --eval='print:;@echo $(BUILD)' print 2>/dev/null | tail -n 1)
    $qemu $build/bin/bonafide features "@$work/2" --tap 64 --weights synth:1 -o "$work/there.npy" --quiet >"$work/said" 2>&1 &&
        "$here/bin/bonafide" features "@$work/2" --tap 64 --weights synth:1 -o "$work/here.npy" --quiet >"$work/said" 2>&1 &&
        cmp "$work/here.npy" "$work/there.npy" || { cat "$work/said" && bad riscv64 "other features" && return; }
    echo "riscv64: the same bits from plain C"
}

[ $# -gt 0 ] || set -- musl riscv64
for machine in "$@"; do
    case $machine in
    musl | riscv64) $machine ;;
    *)
        echo "unknown machine '$machine'" >&2
        exit 2
        ;;
    esac
done
[ -z "$failed" ] || exit 1
