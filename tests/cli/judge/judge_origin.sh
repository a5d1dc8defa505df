# A judge keeps where the features of its training are from, files of features too, and refuses others.
. "$LIB"
images set 1 12
for n in 1 2; do
    $BONAFIDE features set -o $n.npz --weights synth:$n --tap 64 -q >/dev/null || die "features of weights $n failed"
done
{
    echo "image,n,k"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "img$i.ppm,4,$((i % 5))"; done
} >labels.csv
says $BONAFIDE judge train 1.npz --ref 2.npz --labels labels.csv -o judge.npz -k 3
$BONAFIDE judge train 1.npz --ref 1.npz --labels labels.csv -o judge.npz -k 3 --pca 4 -q >/dev/null || die "train failed"
$BONAFIDE judge predict judge.npz 1.npz -o p.csv -q >/dev/null || die "predict failed"
head -n 2 p.csv | cut -d, -f1
says $BONAFIDE judge predict judge.npz 2.npz
