# Metrics of DINOv2's and CLIP's features: beside Inception's, of the run's own network, of files, again, and refused.
. "$LIB"
images a 1 5
images b 6 9
$BONAFIDE weights synth 1 dino.iv3 --network dinov2-vits14 -q >/dev/null || die "no weights of DINOv2"
$BONAFIDE weights synth 1 clip.iv3 --network clip-vit-b-32 -q >/dev/null || die "no weights of CLIP"
# The files that are named decide which network of a family it is; one file of CLIP is for both of its metrics.
metrics="fid,fd-dinov2,kd,clip-fid,cmmd"
$BONAFIDE eval a b --metrics $metrics --weights synth:1,dino.iv3,clip.iv3 --kid-size 3 --json=all.json --manifest run.json \
    -q || die "eval of three networks failed"
json_valid all.json || die "JSON is not valid"
grep '_dinov2"\|_dinov2_mean"\|_clip"\|cmmd' all.json | sed 's/: .*//'
# As of each network alone: the same functions on the same features.
$BONAFIDE eval a b --metrics fid,kid --network dinov2-vits14 --weights dino.iv3 --kid-size 3 -q --json=dino.json >/dev/null ||
    die "eval of DINOv2 failed"
$BONAFIDE eval a b --metrics fid,cmmd,clip-fid --network clip-vit-b-32 --weights clip.iv3 -q --json=clip.json >/dev/null ||
    die "eval of CLIP failed"
same()
{
    [ -n "$(number "$1" "$2")" ] && [ "$(number "$1" "$2")" = "$(number "$3" "$4")" ] || die "$2 is not $4 of $3"
}
same all.json frechet_distance_dinov2 dino.json frechet_inception_distance
same all.json kernel_distance_dinov2 dino.json kernel_inception_distance
same all.json kernel_distance_dinov2_mean dino.json kernel_inception_distance_mean
same all.json frechet_distance_clip clip.json frechet_inception_distance
same all.json frechet_distance_clip clip.json frechet_distance_clip
same all.json cmmd clip.json cmmd
same all.json cmmd_unbiased clip.json cmmd_unbiased
# Of files of features, which say whose they are.
for set in a b; do
    $BONAFIDE features $set -o $set.npz --network clip-vit-b-32 --weights clip.iv3 -q >/dev/null || die "features failed"
done
$BONAFIDE eval a.npz b.npz --metrics cmmd --network clip-vit-b-32 -q --json=files.json >/dev/null || die "eval of files failed"
same all.json cmmd files.json cmmd
for part in 1 2; do
    $BONAFIDE eval a b --metrics fid,cmmd --weights synth:1,clip.iv3 --shard $part/2 -o $part.part -q >/dev/null || die "shard"
done
$BONAFIDE merge 1.part 2.part -q --json=merged.json >/dev/null || die "merge failed"
same all.json cmmd merged.json cmmd
audited run.json || die "the audit failed"
mkdir none
says env XDG_DATA_HOME="$PWD/none" HOME="$PWD/none" "$BONAFIDE" eval a.npz b.npz --metrics cmmd,fd-dinov2,kid
says $BONAFIDE eval a b --metrics cmmd --weights clip.iv3
# Each metric has weights, and each file of a list is there and of use: said before images are read.
echo junk >junk.iv3
for weights in clip.iv3 missing.iv3 synth:1,missing.iv3 dino.iv3,junk.iv3; do
    says env XDG_DATA_HOME="$PWD/none" HOME="$PWD/none" "$BONAFIDE" eval a b --metrics cmmd,fd-dinov2 --weights $weights
done
says $BONAFIDE eval a b --metrics cmmd --weights dino.iv3,clip.iv3 | grep 'used\|CMMD'
