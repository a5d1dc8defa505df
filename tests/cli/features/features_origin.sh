# A file of features says what they are, and is compared with others as statistics are; names come back with the rows.
. "$LIB"
images a 1 3
images b 11 13
mkdir a/deep
mv a/img2.ppm "a/deep/two, of them.ppm"
for n in 1 2; do
    $BONAFIDE features a -o a$n.npz --weights synth:$n -q >/dev/null || die "features of weights $n failed"
done
$BONAFIDE features b -o b.npz --weights synth:1 -q >/dev/null || die "features of b failed"
$BONAFIDE features b -o b.npy --weights synth:1 -q >/dev/null || die "features of b in an .npy failed"
$BONAFIDE features a -o clean.npz --weights synth:1 --preset clean -q >/dev/null || die "features of a preset failed"
$BONAFIDE features a -o small.npz --weights synth:1 --tap 64 -q >/dev/null || die "features of tap 64 failed"
$BONAFIDE features a -o biased.npz --weights synth:1 --tap logits -q >/dev/null || die "features of logits failed"
$BONAFIDE features a -o plain.npz --weights synth:1 --tap logits_unbiased -q >/dev/null || die "logits failed"
$BONAFIDE fid a1.npz b.npz -q || die "fid of two files failed"
$BONAFIDE fid a1.npz b.npy -q || die "fid with a file of numbers failed"
says $BONAFIDE fid a1.npz a2.npz
says $BONAFIDE fid a1.npz clean.npz
says $BONAFIDE fid biased.npz plain.npz
says $BONAFIDE fid small.npz a1.npz
says $BONAFIDE fid small.npz b --weights synth:1
says $BONAFIDE fid a2.npz b --weights synth:1
# What is made of them says the same, and statistics of the images themselves are the same bytes.
$BONAFIDE stats a1.npz -o rows.npz -q >/dev/null || die "stats of features failed"
$BONAFIDE stats a -o images.npz --weights synth:1 -q >/dev/null || die "stats of images failed"
cmp rows.npz images.npz || die "statistics of features are others than those of the images"
$BONAFIDE eval a1.npz b.npz --metrics fid -k 2 --per-image one.csv --json one.json -q >/dev/null || die "eval failed"
cut -d, -f1-3 one.csv | sed 's/,[^,]*$//'
grep -o '"two.*"\|deep/two, of them' one.csv | head -n 1
sed -n '/"inputs"/,/]/p' one.json | grep '"preset"\|"weights"\|"tap"\|"rounded"'
