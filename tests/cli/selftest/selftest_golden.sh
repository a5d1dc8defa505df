# The golden values are the ones this program prints; and a table that no CPU has is refused.
. "$LIB"
$BONAFIDE selftest --print-golden >golden.h || die "--print-golden failed"
cmp golden.h "${LIB%tests/cli/lib.sh}tools/selftest/selftest_golden.h" || die "tools/selftest/selftest_golden.h is not up to date"
$BONAFIDE selftest --isa scalar,nonsense 2>err.txt && die "accepted"
[ "$(wc -l <err.txt)" -ge 1 ] || die "nothing said"
for network in vgg16 dinov2-vits14 clip-vit-b-32; do
    $BONAFIDE selftest --network $network >out.txt || die "$network gives another hash"
    grep -q "network .*ok: $network" out.txt || die "$network was not run"
done
