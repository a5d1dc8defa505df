#!/bin/sh
# Instructions of one image on AArch64, and how many of them are vector fmla: AArch64 cannot be timed on an x86 machine,
# but qemu-user can count. One thread; the minutes are qemu's.
#
#   sh bench/neon_insns.sh [BENCH_NET...]     from the top of the tree; programs built for AArch64, compared; without one it is built here
#
# Needs Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user (7.2 to 8.2: later ones refuse version 1 of the
# plugins' interface), and a C compiler for the plugin.
set -eu

if [ $# = 0 ]; then
    program=build/aarch64-linux-gnu/bench/bench_net
    ${MAKE:-make} CROSS=aarch64-linux-gnu- WEBP=0 "$program" >/dev/null
    set -- "$program"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-insns.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"${CC:-cc}" -O2 -shared -fPIC bench/qemu/count_insns.c -o "$work/count_insns.so"
for program in "$@"; do
    qemu-aarch64 -L /usr/aarch64-linux-gnu -plugin "$work/count_insns.so" -d plugin -D "$work/log" \
        "$program" --isa neon --count 1 >"$work/out"
    # A line for each write: before the image, and after it.
    awk -v program="$program" '
        $1 == "counted" { insns[++n] = $2; fmla[n] = $3 }
        END {
            if (n < 2) { print program ": nothing was counted" >"/dev/stderr"; exit 1 }
            all = insns[2] - insns[1]; products = fmla[2] - fmla[1]
            printf "%s: %.4f G instructions an image, %.4f G of them vector fmla (%.1f %%)\n", program, all / 1e9,
                   products / 1e9, 100 * products / all
        }' "$work/log"
done
