. "$LIB"
need_features
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/b.npy"
