# The first ten are named and all are counted; no output appears, and an older one stays.
. "$LIB"
images set 1 2
for i in 01 02 03 04 05 06 07 08 09 10 11 12; do echo "P6 broken" >set/bad$i.ppm; done
echo old >out.npy
$BONAFIDE features set -o out.npy --weights synth:1 --quiet
status=$?
[ "$(cat out.npy)" = old ] || die "the older output is gone"
rm -r set out.npy
nothing_left_in .
exit $status
