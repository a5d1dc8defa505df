. "$LIB"
mkdir set
{ printf 'P6\n2 2\n65535\n'; printf 'abcdefghijklmnopqrstuvwx'; } >set/deep.ppm
$BONAFIDE features set -o out.npy --weights synth:1
