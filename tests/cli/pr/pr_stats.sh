. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a.npy" -o s.npz --quiet >/dev/null || die "stats failed"
$BONAFIDE pr s.npz "$SHARED/b.npy"
