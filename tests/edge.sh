#!/bin/sh
# The device of tests/examples/edge_fid.c, from the installed headers alone: weights in memory, BGR frames with gaps
# between rows, moments kept in a file from one run to the next. The FID it prints has the same digits on every machine,
# and so has the file.
#
#   PREFIX=dir CC=gcc sh tests/edge.sh                                           where `make install` has put it
#   PREFIX=dir LIBS=dir CC='riscv64-linux-gnu-gcc -static' sh tests/edge.sh qemu-riscv64
#
# The program bonafide of PREFIX (of this machine) makes the weights; LIBS has libfeat.a and libgmet.a of the other one.
set -u

cd "$(dirname "$0")/.." || exit 1
libs=${LIBS:-$PREFIX/lib}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-edge.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
expected='0.02146346595720585 716d810795600b97'

fail() {
    echo "edge: FAILED: $*"
    exit 1
}

$CC -std=c11 -O1 -Wall -Wextra -Wpedantic -Werror tests/examples/edge_fid.c -I"$PREFIX/include" "$libs/libgmet.a" \
    "$libs/libfeat.a" -pthread -lm -o "$work/edge_fid" || fail "edge_fid.c does not build"
"$PREFIX/bin/bonafide" weights synth 1 "$work/synth.iv3" --quiet >"$work/log" 2>&1 || fail "$(cat "$work/log")"

# Frames of 24 x 20 pixels in rows of 80 bytes. What is in them does not matter as long as it is the same everywhere:
# bytes of the weights.
frames() { # FIRST N FILE
    tail -c "+$((1600 * $1 + 100001))" "$work/synth.iv3" | head -c $((1600 * $2)) >"$work/$3"
}
frames 0 3 morning.bgr
frames 3 2 noon.bgr
frames 0 5 both.bgr
frames 5 4 today.bgr

edge() { # VERB FRAMES MOMENTS [RUN...]
    verb=$1 from=$2 to=$3
    shift 3
    "$@" "$work/edge_fid" "$verb" "$work/synth.iv3" 24 20 80 "$work/$from" "$work/$to" 64 2>"$work/said" ||
        fail "$verb $from: $(cat "$work/said")"
}
edge add morning.bgr kept.moments "$@"
edge add noon.bgr kept.moments "$@" # a second run goes on where the first ended
if [ $# = 0 ]; then                 # (emulated, a frame takes its time)
    edge add both.bgr whole.moments
    cmp "$work/kept.moments" "$work/whole.moments" || fail "moments that were kept in between are other moments"
fi
found="$(edge fid today.bgr kept.moments "$@") $(sha256sum <"$work/kept.moments" | cut -c 1-16)"
[ "$found" = "$expected" ] || fail "FID and file: '$expected' expected, '$found' found"
echo "edge: FID $found${1+ under $1}"
