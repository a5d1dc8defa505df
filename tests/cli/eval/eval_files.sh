# From files without images what can be computed is, and the rest is named.
. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a.npy" -o s.npz --quiet >/dev/null || die "stats failed"
$BONAFIDE eval s.npz "$SHARED/b.npy"
