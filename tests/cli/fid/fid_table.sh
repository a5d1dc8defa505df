# What fid prints when nothing else is asked: the whole table, and the warning of few images.
. "$LIB"
need_features
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/b.npy"
