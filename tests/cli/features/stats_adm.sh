# mu_s and sigma_s: written, read, and the same sFID from them as from the images; features in an .npz.
. "$LIB"
need_features
$BONAFIDE stats "$SHARED/a" -o a.npz --adm --weights synth:1 -q >/dev/null || die "stats failed"
$BONAFIDE eval "$SHARED/a" "$SHARED/b" --metrics sfid,fid --weights synth:1 --json images.json -q >/dev/null || die "eval failed"
$BONAFIDE eval a.npz "$SHARED/b" --metrics sfid,fid --weights synth:1 --json stats.json -q >/dev/null || die "eval failed"
for key in frechet_inception_distance_spatial frechet_inception_distance; do
    [ "$(number images.json $key)" = "$(number stats.json $key)" ] || die "$key differs"
done
$BONAFIDE features "$SHARED/a" -o f.npz --weights synth:1 -q >/dev/null || die "features failed"
$BONAFIDE fid f.npz "$SHARED/a.npy" --json same.json -q >/dev/null || die "fid failed"
small "$(number same.json frechet_inception_distance)" || die "the features in the .npz are others"
says $BONAFIDE stats "$SHARED/a.npy" -o x.npz --adm
rm -f ./*.json a.npz f.npz
nothing_left_in .
