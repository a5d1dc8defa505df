# Another network by every way to its features: at once, in shards, from the cache, from a file; and what is refused.
. "$LIB"
images a 1 4
images b 11 14
vgg="--network vgg16 --weights synth:1 -q"
$BONAFIDE features a -o a.npz $vgg --cache cache >/dev/null || die "features failed"
$BONAFIDE features a -o again.npz $vgg --cache cache >/dev/null || die "features from the cache failed"
cmp a.npz again.npz || die "the cache gives other features"
for part in 1 2; do
    $BONAFIDE features a -o part$part.part $vgg --shard $part/2 >/dev/null || die "shard $part failed"
done
$BONAFIDE merge part1.part part2.part -o merged.npz -q >/dev/null || die "merge failed"
cmp a.npz merged.npz || die "shards give other features"
$BONAFIDE features b -o b.npz $vgg --threads 2 --batch 3 >/dev/null || die "features of b failed"
$BONAFIDE pr a.npz b.npz -k 1 --json=files.json -q >/dev/null || die "pr of files failed"
$BONAFIDE pr a b -k 1 --json=images.json $vgg >/dev/null || die "pr of images failed"
for key in precision recall; do
    [ "$(grep "\"$key\": " files.json)" = "$(grep "\"$key\": " images.json)" ] || die "$key of images is not that of their features"
done
grep '"features"\|"variant"\|"tap"' images.json
grep '"features": "' files.json
$BONAFIDE features a -o other.npz --weights synth:1 -q >/dev/null || die "features of Inception failed"
says $BONAFIDE pr a.npz other.npz -k 1
$BONAFIDE features a -o exact.npy $vgg --tap pool1 >/dev/null || die "features of pool1 failed"
$BONAFIDE features a -o split.npy $vgg --tap pool1 --numerics split --json=split.json >/dev/null 2>&1 || die "split failed"
grep -q '"mode": "split"' split.json || die "split is not in the result"
cmp -s exact.npy split.npy && die "split gave the bits of exact"
says $BONAFIDE features a -o x.npy $vgg --tap 2048
says $BONAFIDE features a -o x.npy $vgg --preset clean
says $BONAFIDE features a -o x.npy --weights synth:1 -q --preset edm2
says $BONAFIDE features a -o x.npy $vgg --variant keras
says $BONAFIDE features a -o x.npy --network vgg19 --weights synth:1
says $BONAFIDE is a $vgg --splits 1
