# Presets of the same pixels and divisor agree; others are an error, or with --force a warning.
. "$LIB"
images set 1 4
for preset in tf1 adm stylegan; do
    $BONAFIDE stats set -o $preset.npz --preset $preset --weights synth:1 -q >/dev/null || die "$preset: stats failed"
done
$BONAFIDE fid tf1.npz adm.npz -q >/dev/null || die "tf1 and adm do not agree"
says $BONAFIDE fid tf1.npz stylegan.npz
says $BONAFIDE fid tf1.npz stylegan.npz --force -q
# Another N likewise, when both are statistics.
rm set/img4.ppm
$BONAFIDE stats set -o three.npz --weights synth:1 -q >/dev/null || die "stats failed"
says $BONAFIDE fid tf1.npz three.npz
says $BONAFIDE fid tf1.npz three.npz --force
