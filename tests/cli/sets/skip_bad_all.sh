. "$LIB"
mkdir set
echo "P6 broken" >set/a.ppm
$BONAFIDE features set -o out.npy --weights synth:1 --skip-bad
