# A file of one variant is not used where --variant asks for another.
. "$LIB"
images set 1 1
$BONAFIDE weights synth 1 w.iv3 --dtype float16 --variant torchvision --quiet >/dev/null || die "synth failed"
$BONAFIDE features set -o out.npy --weights w.iv3 --variant keras
