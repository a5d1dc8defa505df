# Files of other tools: StudioGAN's, dgm-eval's and clean-fid's features, float16, guided-diffusion's batches.
. "$LIB"
sets=${LIB%/cli/lib.sh}/data/sets
for file in f2.npy real_feats.npz reps.npz features.npz f4_fortran.npy; do
    $BONAFIDE fid "$sets/f8.npy" "$sets/$file" --json r.json -q >/dev/null || die "$file: fid failed"
    small "$(number r.json frechet_inception_distance)" || die "$file is not what f8.npy is"
done
# FID is of the statistics in a batch, not of its images; nothing has to be run.
$BONAFIDE fid "$sets/adm.npz" "$sets/stats.npz" --json r.json -q >/dev/null || die "adm.npz: fid failed"
small "$(number r.json frechet_inception_distance)" || die "adm.npz: not its statistics"
says $BONAFIDE fid "$sets/f4_big.npy" "$sets/f8.npy"
says $BONAFIDE fid "$sets/objects.npy" "$sets/f8.npy"
