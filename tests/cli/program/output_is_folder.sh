. "$LIB"
images set 1 1
mkdir out.npz
$BONAFIDE stats set -o out.npz --weights synth:1
