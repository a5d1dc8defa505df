# A plain run says nothing on standard error when that is no terminal.
. "$LIB"
images set 1 2
$BONAFIDE features set -o out.npy --weights synth:1 || exit
rm -r set out.npy
nothing_left_in .
