# What the tools of DINOv2 and CLIP would print: of the run's own network, and beside Inception's where files are named.
. "$LIB"
images a 1 4
images b 5 8
$BONAFIDE weights synth 1 dino.iv3 --network dinov2-vits14 -q >/dev/null || die "no weights of DINOv2"
$BONAFIDE weights synth 1 clip.iv3 --network clip-vit-b-32 -q >/dev/null || die "no weights of CLIP"
$BONAFIDE weights synth 1 w.iv3 --dtype float16 -q >/dev/null || die "no weights"
how="--as all -k 2 --density-k 2 --kid-size 3 -q"
$BONAFIDE eval a b $how --network dinov2-vits14 --weights dino.iv3 --json=dino.json || die "eval of DINOv2 failed"
$BONAFIDE eval a b $how --network clip-vit-b-32 --weights clip.iv3 --json=clip.json || die "eval of CLIP failed"
# Without VGG-16, which would take most of the time.
export XDG_DATA_HOME="$PWD" HOME="$PWD"
$BONAFIDE eval a b $how --weights w.iv3,clip.iv3,dino.iv3 --json=all.json --manifest run.json >all.txt || die "eval of three failed"
sed 's/^  \(tool .*\)/\1/p; /:.*numerics/p; d' all.txt
grep -c 'dinov2-vits14:\|clip-vit-b-32:' all.txt
json_valid all.json || die "JSON is not valid"
[ "$(number all.json passes)" = 7 ] || die "not 7 passes"
# object FILE NAME: what a tool would print, without the words that only those of another network have
object()
{
    awk -v name="\"$2\": {" 'index($0, name) { on = 1; next } on && /}/ { exit } on' "$1" | grep -v '"network"\|"preset"'
}
same()
{
    object "$1" "$3" >one && [ -s one ] || die "no $3 in $1"
    object "$2" "$4" >two && cmp one two || die "$4 of $2 is not $3 of $1"
}
for preset in dgm dgm-clean edm2 tf1; do same dino.json all.json $preset "dinov2-vits14:$preset"; done
for preset in clip tf1 cmmd; do same clip.json all.json $preset "clip-vit-b-32:$preset"; done
object clip.json cmmd
object all.json dinov2-vits14:dgm | sed 's/: [-0-9.e]*,*$//'
# The same numbers as those of the metrics alone, and again.
$BONAFIDE eval a b --metrics fd-dinov2,kd --weights dino.iv3 --kid-size 3 -q --json=fd.json >/dev/null || die "fd-dinov2 failed"
$BONAFIDE eval a b --metrics cmmd --preset cmmd --network clip-vit-b-32 --weights clip.iv3 -q --json=cmmd.json >/dev/null ||
    die "cmmd failed"
object dino.json dgm | grep -q "$(number fd.json frechet_distance_dinov2)" || die "dgm has another FD-DINOv2"
object dino.json dgm | grep -q "$(number fd.json kernel_distance_dinov2_mean)" || die "dgm has another KD"
object clip.json cmmd | grep -q "$(number cmmd.json cmmd)" || die "another CMMD"
audited run.json
