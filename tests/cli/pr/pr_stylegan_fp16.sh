# StyleGAN's half precision: said in the settings and in words, not with ADM's, never by default; what it cannot hold.
. "$LIB"
npy_rows real.npy 60 17
npy_rows gen.npy 50 4711
$BONAFIDE pr real.npy gen.npy --stylegan-fp16 --json half.json -q >/dev/null || exit
grep -q '"stylegan_fp16": true' half.json || die "the settings do not say so"
$BONAFIDE eval real.npy gen.npy --metrics pr,dc --stylegan-fp16 --json eval.json -q >/dev/null || exit
for key in precision recall f_score; do
    [ "$(number half.json $key)" = "$(number eval.json $key)" ] || die "$key: pr and eval differ"
done
$BONAFIDE pr real.npy gen.npy --json exact.json -q >/dev/null || exit
grep -q fp16 exact.json && die "half precision without being asked"
$BONAFIDE pr real.npy gen.npy --stylegan-fp16 -q | grep distances
$BONAFIDE pr real.npy gen.npy --adm-fp16 -q | grep distances
says $BONAFIDE pr real.npy gen.npy --adm-fp16 --stylegan-fp16
$BONAFIDE eval real.npy gen.npy --as all --adm-fp16 --stylegan-fp16 -q >/dev/null || die "each tool has its own beside the others"
awk 'BEGIN { for (i = 0; i < 12; i++) printf "%c%c%cC", 1, 1, 200 }' >tail # floats of 400
npy_head large.npy 3
cat tail >>large.npy
says $BONAFIDE pr real.npy large.npy -k 1 --stylegan-fp16 -q
