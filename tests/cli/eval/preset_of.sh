# --preset-of: the metrics of a family of papers, each with its network and preset, said in text and JSON. Of small
# networks of the families, of which it is warned.
. "$LIB"
images a 1 7
images b 11 17
$BONAFIDE weights synth 1 dino.iv3 --network dinov2-vits14 -q >/dev/null || die "no weights of DINOv2"
$BONAFIDE weights synth 1 clip.iv3 --network clip-vit-b-32 -q >/dev/null || die "no weights of CLIP"
same()
{
    [ -n "$(number "$1" "$2")" ] && [ "$(number "$1" "$2")" = "$(number "$3" "$4")" ] || die "$2 of $1 is not $4 of $3"
}
says $BONAFIDE eval a b --preset-of edm2 --weights synth:1,dino.iv3 --json=edm2.json --manifest run.json
json_valid edm2.json || die "JSON is not valid"
grep '"preset_of\|"preset"' edm2.json
$BONAFIDE eval a b --metrics fid --weights synth:1 -q --json=fid.json >/dev/null || die "no FID"
$BONAFIDE eval a b --metrics fd-dinov2 --preset edm2 --weights dino.iv3 -q --json=fd.json >/dev/null || die "no FD-DINOv2"
same edm2.json frechet_inception_distance fid.json frechet_inception_distance
same edm2.json frechet_distance_dinov2 fd.json frechet_distance_dinov2
$BONAFIDE eval a b --metrics fid,fd-dinov2 --weights synth:1,dino.iv3 -q --json=usual.json >/dev/null || die "eval failed"
[ "$(number usual.json frechet_distance_dinov2)" != "$(number fd.json frechet_distance_dinov2)" ] || die "of either preset"
# Done again: from parts, and for an audit.
for part in 1 2; do
    $BONAFIDE eval a b --preset-of edm2 --weights synth:1,dino.iv3 --shard $part/2 -o $part.part -q >/dev/null || die "shard"
done
$BONAFIDE merge 1.part 2.part -q --json=merged.json >/dev/null || die "merge failed"
same edm2.json frechet_distance_dinov2 merged.json frechet_distance_dinov2
grep -q '"preset_of": "edm2"' merged.json || die "the merge does not say what it is of"
audited run.json || die "the audit failed"
# k is dgm-eval's, 5, in precision and recall too; precision to coverage are of DINOv2's features.
says $BONAFIDE eval a b --preset-of dgm --weights dino.iv3 --kid-size 3 --json=dgm.json
json_valid dgm.json || die "JSON is not valid"
grep '"preset_of\|"preset"\|"network"\|"k"\|"strict"\|density_k' dgm.json
$BONAFIDE eval a b --metrics pr,dc --network dinov2-vits14 --weights dino.iv3 -q --json=pr.json >/dev/null || die "no precision"
for key in precision recall density coverage; do same dgm.json $key pr.json $key; done
for name in clip-fid cmmd; do
    says $BONAFIDE eval a b --preset-of $name --weights clip.iv3 --json=$name.json
    grep '"preset_of\|"preset"' $name.json
done
# A network without weights: what remains is printed, and the rest named.
mkdir none
$BONAFIDE weights synth 1 w.iv3 -q >/dev/null || die "no weights of Inception-v3"
XDG_DATA_HOME=$PWD/none HOME=$PWD/none $BONAFIDE eval a b --preset-of edm2 --weights w.iv3 2>&1 >/dev/null |
    grep -q 'FD-DINOv2 left out: ' || die "FD-DINOv2 is left out unsaid"
for with in '--metrics fid' --all '--as all' '--preset tf1' '--network vgg16' '--variant fid'; do
    says $BONAFIDE eval a b --preset-of dgm $with
done
says $BONAFIDE eval a b --preset-of sid
says $BONAFIDE fid a b --preset-of dgm
