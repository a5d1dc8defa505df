. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a" -o s.npz --weights synth:1 --tap 64 --quiet >/dev/null || die "stats failed"
$BONAFIDE fid s.npz "$SHARED/b.npy"
