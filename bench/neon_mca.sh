#!/bin/sh
# How busy the FMA pipes of three ARM cores are in the innermost loop of the convolution kernel, by static analysis: AArch64
# cannot be timed on an x86 machine.   sh bench/neon_mca.sh
# Needs Debian's gcc-aarch64-linux-gnu and llvm (llvm-mca). llvm-mca before version 15 models all three as a Cortex-A57.
set -eu
CC=${CC:-aarch64-linux-gnu-gcc}
MCA=${MCA:-llvm-mca}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
$CC -I. -O3 -std=c11 -ffp-contract=off -fno-math-errno -S engine/kernels/isa_neon.c -o "$dir/neon.s"

# The loop over the 16 channels of a tap in the tile of 5 pixels: from its label to the branch back to it.
awk '
    /^block_s1_b1_5:/ { inside = 1 }
    inside { line[++n] = $0; if ($0 ~ /^\.L[0-9]+:/) { label = $0; sub(/:.*/, "", label); at[label] = n } }
    inside && /^[ \t]+b\.?[a-z]+[ \t]+\.L[0-9]+$/ {
        target = $NF
        if (target in at) {
            count = 0
            for (i = at[target]; i <= n; i++) if (line[i] ~ /fmla/) count++
            if (count >= 20) { for (i = at[target] + 1; i <= n; i++) print line[i]; exit }
        }
    }' "$dir/neon.s" > "$dir/loop.s"
fmla=$(grep -c fmla "$dir/loop.s")
echo "innermost loop: $(grep -vc '^\.L' "$dir/loop.s") instructions, $fmla of them fmla (4 floats each)"
for cpu in cortex-a72 cortex-a76 neoverse-n1; do
    cycles=$($MCA -mtriple=aarch64 -mcpu=$cpu -iterations=1000 "$dir/loop.s" 2>/dev/null |
        awk '/^Total Cycles/ { print $3 / 1000 }')
    pipes=$($MCA -mtriple=aarch64 -mcpu=$cpu -iterations=1000 "$dir/loop.s" 2>/dev/null |
        awk '/^Resource pressure per iteration/ { getline; getline; print $(NF - 1) + $NF; exit }')
    echo "$cpu $cycles $pipes" |
        awk '{ printf "%-12s %6.2f cycles a turn, both FP pipes busy %.1f %%\n", $1, $2, 100 * $3 / (2 * $2) }'
done
