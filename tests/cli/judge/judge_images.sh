# Straight from images: names, groups from sets, images that are in the reference, another preset.
. "$LIB"
images real 1 8
images gan 21 28
images ref 41 50
cp real/img1.ppm real/img2.ppm ref
judge()
{
    command=$1
    shift
    $BONAFIDE judge "$command" "$@" --weights synth:1 --cache cache
}
judge features real gan --ref ref -o stats.csv 2>warnings.txt || exit
cat warnings.txt
[ "$(wc -l <stats.csv)" = 17 ] || die "rows: $(wc -l <stats.csv)"
sed -n 1p stats.csv
sed -n 's/^\(gan.img21.ppm\),.*/\1/p' stats.csv
judge features real gan --ref ref -o clean.csv --exclude-self 2>warnings.txt >text || exit
cat warnings.txt
rm ref/img1.ppm ref/img2.ppm
judge features real gan --ref ref -o without.csv >text || exit
cmp clean.csv without.csv || exit
echo image,n,k >labels.csv
for set in real gan; do
    for i in 1 2 3 4 5 6 7 8; do
        [ $set = real ] && echo "real/img$i.ppm,4,3" || echo "gan/img2$i.ppm,4,$((i % 3))"
    done
done >>labels.csv
judge train real gan --ref ref --labels labels.csv -o judge.npz --json --quiet >trained.json || exit
[ "$(number trained.json labels)" = 64 ] || die "labels $(number trained.json labels)"
judge predict judge.npz real gan -o p.csv >predicted.txt || exit
sed -n 1,4p predicted.txt | sed 's/0\.[0-9]*/P/g'
says $BONAFIDE judge predict judge.npz real --weights synth:1 --preset clean
says $BONAFIDE judge predict judge.npz real --weights synth:2
judge eval real gan --ref ref --labels labels.csv --cv kfold:2 --resamples 50 --json >report.json || exit
grep -c '"group": "\(real\|gan\)",' report.json
says judge eval real gan --ref ref --labels labels.csv
# A column and a line of eval: the same probabilities; real images that the judge was trained against are told.
$BONAFIDE eval ref gan --metrics fid --judge judge.npz --per-image each.csv --json --weights synth:1 --cache cache \
    >both.json 2>warnings.txt || exit
grep reference warnings.txt
judge predict judge.npz gan -o p.csv >text || exit
sed 1d p.csv | cut -d, -f2 >p.txt
sed 1d each.csv | cut -d, -f13 | cmp - p.txt || exit
judge predict judge.npz gan --json --quiet >p.json || exit
[ "$(number both.json judged_real)" = "$(number p.json mean_p)" ] || die "$(number both.json judged_real)"
judge predict judge.npz real gan --json --quiet >sets.json || exit
json_valid sets.json || die "JSON is not valid"
grep -E '"(command|set)"' sets.json
number sets.json mean_p | grep -qxF "$(number p.json mean_p)" || die "no mean of gan: $(number sets.json mean_p)"
says $BONAFIDE eval ref gan --metrics fid --judge judge.npz --weights synth:1 --preset clean --quiet
