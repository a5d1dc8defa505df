# A statistics file of another preset is refused.
. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a" -o s.npz --weights synth:1 --quiet >/dev/null || die "stats failed"
$BONAFIDE fid s.npz "$SHARED/b" --weights synth:1 --preset clean
