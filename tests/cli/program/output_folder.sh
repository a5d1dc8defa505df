# Found out before the work is done.
. "$LIB"
images set 1 1
$BONAFIDE features set -o nowhere/out.npy --weights synth:1
