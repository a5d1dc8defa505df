# Written, described, verified, used; then damaged.
. "$LIB"
$BONAFIDE weights synth 1 w.iv3 --dtype float16 --quiet >synth.txt || die "synth failed"
$BONAFIDE weights verify w.iv3 || die "verify failed"
$BONAFIDE weights info w.iv3 || die "info failed"
$BONAFIDE weights info w.iv3 --json >info.json || die "info --json failed"
json_valid info.json || die "JSON is not valid"
[ "$(number info.json classes)" = 1008 ] || die "classes is not 1008"
printf 'x' | dd of=w.iv3 bs=1 seek=1000000 conv=notrunc 2>/dev/null
says $BONAFIDE weights verify w.iv3
head -c 1000000 w.iv3 >cut.iv3
says $BONAFIDE weights info cut.iv3
