. "$LIB"
need_features
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/a.npy" --json >out.json || die "fid failed"
small "$(number out.json frechet_inception_distance)" || die "not zero: $(cat out.json)"
