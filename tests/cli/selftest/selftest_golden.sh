# The golden values are the ones this program prints; and a table that no CPU has is refused.
. "$LIB"
$BONAFIDE selftest --print-golden >golden.h || die "--print-golden failed"
cmp golden.h "${LIB%tests/cli/lib.sh}tools/selftest/selftest_golden.h" || die "tools/selftest/selftest_golden.h is not up to date"
$BONAFIDE selftest --isa scalar,nonsense 2>err.txt && die "accepted"
[ "$(wc -l <err.txt)" -ge 1 ] || die "nothing said"
$BONAFIDE selftest --network vgg16 >vgg16.txt || die "VGG-16 gives another hash"
grep -q 'network .*ok: vgg16' vgg16.txt || die "VGG-16 was not run"
