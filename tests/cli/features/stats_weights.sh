# A statistics file of other weights is refused, and with --allow weights compared with a warning.
. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a" -o s.npz --weights synth:1 --quiet >/dev/null || die "stats failed"
$BONAFIDE fid s.npz "$SHARED/b" --weights synth:2
[ $? -eq 3 ] || die "not refused"
$BONAFIDE fid s.npz "$SHARED/b" --weights synth:2 --allow preset 2>/dev/null
[ $? -eq 3 ] || die "--allow preset lets other weights pass"
$BONAFIDE fid s.npz "$SHARED/b" --weights synth:2 --allow weights
