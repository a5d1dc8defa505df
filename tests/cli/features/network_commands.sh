# VGG-16 by the other commands: a manifest and its audit, shards of eval, --memory, a judge's features; its name in text,
# JSON and manifests; and weights of another network refused.
. "$LIB"
images a 1 7
images b 11 13
$BONAFIDE weights synth 1 w.iv3 --network vgg16 --dtype float16 --json >info.json || die "synth failed"
grep '"network"' info.json
vgg="--network vgg16 --weights w.iv3"
how="--metrics fid,pr,kid -k 1 $vgg"
$BONAFIDE eval a b $how --manifest run.json --json=whole.json >text.txt 2>warned.txt || die "eval failed"
grep -h '"network"' whole.json run.json
grep 'network vgg16' text.txt
grep 'no FID or KID as published' warned.txt
audited run.json
for part in 1 2; do
    $BONAFIDE eval a b $how --shard $part/2 -o $part.part -q >/dev/null || die "shard $part failed"
done
$BONAFIDE merge 1.part 2.part --json=merged.json -q >/dev/null 2>&1 || die "merge failed"
cmp whole.json merged.json || die "shards give another result"
$BONAFIDE eval a b $how --memory 2G --json=less.json -q >/dev/null 2>&1 || die "eval --memory failed"
for key in frechet_inception_distance kernel_inception_distance precision recall; do
    [ "$(number whole.json $key)" = "$(number less.json $key)" ] || die "$key is another with --memory"
done
$BONAFIDE judge features b --ref a -o judged.npz -k 1 --pca 2 $vgg -q >judged.txt || die "judge features failed"
grep -c 'network vgg16' judged.txt
says $BONAFIDE fid a b --weights w.iv3 --network inception-v3-fid
