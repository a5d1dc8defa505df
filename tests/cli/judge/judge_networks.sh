# Several networks on the same images, folds and resamples: what each alone gives, and which predicts best.
. "$LIB"
images real 1 5
images gan 21 25
images ref 41 48
{
    echo image,n,k
    for i in 1 2 3 4 5; do echo "real/img$i.ppm,4,$((i % 5))" && echo "gan/img2$i.ppm,4,$(((i + 2) % 5))"; done
} >labels.csv
judge()
{
    command=$1
    shift
    $BONAFIDE judge "$command" "$@" --weights synth:1 --cache cache
}
evaluate()
{
    judge eval real gan --ref ref --labels labels.csv --cv kfold:2 --resamples 50 "$@"
}
both=inception-v3-fid,dinov2-vits14
evaluate --network $both -o both --threads 1 >both.txt || exit
sed -n '/^  networks/,/^$/p' both.txt
json_valid both/report.json || die "JSON is not valid"
evaluate --network $both -o again --threads 3 --quiet >/dev/null || exit
cmp both/report.json again/report.json || exit
for network in inception-v3-fid dinov2-vits14; do
    evaluate --network $network -o alone --quiet >alone.txt || exit
    cmp alone/predictions.csv both/predictions-$network.csv || exit
    sed '/^$/,$d' alone.txt >lines.txt
    sed -n "/^  network .*$network/,/^ *\$/p" both.txt | sed '1d;$d' | tr -s ' ' >found.txt
    tr -s ' ' <lines.txt | cmp - found.txt || exit
done
# The same rows beside each other, told apart by nothing but chance.
grep -E '"(verdict|most_accurate|highest_spearman|skilled|beaten)"' both/report.json
# A judge is of one network, and says which.
judge train real gan --ref ref --labels labels.csv --network dinov2-vits14 -o judge.npz --quiet >/dev/null || exit
judge predict judge.npz gan -o p.csv --quiet >/dev/null || exit
says judge predict judge.npz gan --network inception-v3-fid
says judge eval real gan --ref ref --labels labels.csv --network dinov2-vits14 --blocks ent
says $BONAFIDE judge predict judge.npz gan --weights synth:2
# What is refused before anything is run.
says evaluate --network dinov2-vits14,dinov2-vits14
says evaluate --network $both,vgg
says evaluate --network $both --tap 2048
says evaluate --network $both,vgg16,clip-vit-b-32,clip-vit-b-16
says judge train real gan --ref ref --labels labels.csv --network $both -o judge.npz
says $BONAFIDE judge eval real gan --ref ref --labels labels.csv --network $both --weights synth:1,nothing.iv3
$BONAFIDE features gan -o gan.npz --weights synth:1 --tap 64 -q >/dev/null || exit
says judge eval gan.npz --ref ref --labels labels.csv --network $both
evaluate --network $both --preset clean --json 2>&1 >/dev/null | grep preset
