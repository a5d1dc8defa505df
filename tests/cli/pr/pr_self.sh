. "$LIB"
need_features
$BONAFIDE pr "$SHARED/a.npy" "$SHARED/a.npy"
