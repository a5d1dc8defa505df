# Images, their features and their statistics are the same set to fid, in any mix.
. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a" -o images.npz --weights synth:1 --quiet >/dev/null || die "stats of images failed"
$BONAFIDE stats "$SHARED/a.npy" -o features.npz --quiet >/dev/null || die "stats of features failed"
for pair in "images.npz $SHARED/a" "$SHARED/a.npy images.npz" "features.npz images.npz" "$SHARED/a $SHARED/a.npy"; do
    $BONAFIDE fid $pair --weights synth:1 --json --quiet >out.json || die "fid $pair failed"
    json_valid out.json || die "JSON is not valid"
    small "$(number out.json frechet_inception_distance)" || die "fid $pair: $(cat out.json)"
done
$BONAFIDE fid images.npz "$SHARED/b.npy" --json --quiet >one.json || die "fid of files failed"
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/b" --weights synth:1 --json --quiet >two.json || die "fid failed"
one=$(number one.json frechet_inception_distance)
[ "$one" = "$(number two.json frechet_inception_distance)" ] || die "the same pair gives two values"
small "$one" && die "two different sets give $one"
exit 0
