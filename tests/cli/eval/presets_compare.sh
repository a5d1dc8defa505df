# Presets of the same pixels and divisor agree; others are an error, or with --allow preset a warning.
. "$LIB"
images set 1 4
for preset in tf1 adm stylegan; do
    $BONAFIDE stats set -o $preset.npz --preset $preset --weights synth:1 -q >/dev/null || die "$preset: stats failed"
done
$BONAFIDE fid tf1.npz adm.npz -q >/dev/null || die "tf1 and adm do not agree"
says $BONAFIDE fid tf1.npz stylegan.npz
says $BONAFIDE fid tf1.npz stylegan.npz --allow preset -q
says $BONAFIDE fid tf1.npz stylegan.npz --allow weights
# Another N is a warning, however the sides are given.
rm set/img4.ppm
$BONAFIDE stats set -o three.npz --weights synth:1 -q >/dev/null || die "stats failed"
says $BONAFIDE fid tf1.npz three.npz
$BONAFIDE features set -o three.npy --weights synth:1 -q >/dev/null || die "features failed"
$BONAFIDE fid tf1.npz three.npz 2>&1 >/dev/null | grep "N differs" >stats
$BONAFIDE fid tf1.npz three.npy 2>&1 >/dev/null | grep "N differs" | cmp stats - || die "rows are warned of otherwise"
$BONAFIDE fid tf1.npz set --weights synth:1 2>&1 >/dev/null | grep "N differs" | cmp stats - || die "so are images"
