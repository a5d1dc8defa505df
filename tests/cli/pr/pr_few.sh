. "$LIB"
need_features
$BONAFIDE pr "$SHARED/a.npy" "$SHARED/b.npy" -k 5
