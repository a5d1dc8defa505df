# guided-diffusion's half precision: said in the settings, for that tool alone beside the others, never by default.
. "$LIB"
export BONAFIDE_WEIGHTS=synth:1
images real 1 5
images gen 21 25
$BONAFIDE pr real gen --adm-fp16 --json fp16.json -q >/dev/null || exit
grep -q '"adm_fp16": true' fp16.json || die "the settings do not say so"
$BONAFIDE features real -o real.npy -q >/dev/null || exit
$BONAFIDE features gen -o gen.npy -q >/dev/null || exit
$BONAFIDE pr real.npy gen.npy --adm-fp16 --json files.json -q >/dev/null || exit
$BONAFIDE pr real.npy gen.npy --json exact.json -q >/dev/null || exit
grep -q adm_fp16 exact.json && die "half precision without being asked"
for key in precision recall f_score; do
    [ "$(number fp16.json $key)" = "$(number files.json $key)" ] || die "$key: files and images differ"
done
$BONAFIDE eval real.npy gen.npy --as all --adm-fp16 -q | grep "guided-diffusion  "
