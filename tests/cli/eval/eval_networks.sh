# Metrics of two networks from one pass: as each network alone, in shards, from a cache that had one network, again.
. "$LIB"
images a 1 5
images b 4 8
how="--weights synth:1 -k 2 -q"
metrics="--metrics fid,pr,pr-vgg"
$BONAFIDE eval a b $metrics $how --json=both.json --manifest run.json >both.txt || die "eval failed"
grep 'recision\|vgg16' both.txt
$BONAFIDE pr a b --network vgg16 $how --json=vgg.json >/dev/null || die "pr of VGG-16 failed"
$BONAFIDE eval a b --metrics fid,pr $how --json=inception.json >/dev/null || die "eval of Inception failed"
for key in precision recall f_score; do
    [ "$(number both.json ${key}_vgg16)" = "$(number vgg.json $key)" ] || die "$key is not VGG-16's"
    [ "$(number both.json $key)" = "$(number inception.json $key)" ] || die "$key is not Inception's"
done
[ "$(number both.json frechet_inception_distance)" = "$(number inception.json frechet_inception_distance)" ] || die "other FID"
$BONAFIDE eval a b --metrics pr-vgg $how --json=alone.json >/dev/null || die "pr-vgg alone failed"
grep '"variant"\|"tap"' alone.json
[ "$(number alone.json precision_vgg16)" = "$(number vgg.json precision)" ] || die "pr-vgg alone is another number"
for part in 1 2; do
    $BONAFIDE eval a b $metrics $how --shard $part/2 -o $part.part >/dev/null || die "shard $part failed"
done
$BONAFIDE merge 1.part 2.part -q --json=merged.json >/dev/null || die "merge failed"
cmp both.json merged.json || die "shards give another result"
$BONAFIDE eval a b --metrics fid $how --cache cache >/dev/null || die "eval into the cache failed"
$BONAFIDE eval a b $metrics $how --cache cache --json=first.json >/dev/null || die "eval with one network cached failed"
cmp both.json first.json || die "rows of one network from the cache give another result"
$BONAFIDE eval a b $metrics $how --cache cache --json=second.json >/dev/null || die "eval from the cache failed"
cmp both.json second.json || die "the cache gives another result"
audited run.json || die "the audit failed"
audited run.json --quick 1 || die "the quick audit failed"
mkdir none
$BONAFIDE weights synth 1 w.iv3 --dtype float16 -q >/dev/null || die "no weights"
says env XDG_DATA_HOME="$PWD/none" HOME="$PWD/none" "$BONAFIDE" eval a b --metrics kid,pr-vgg --weights w.iv3
says env XDG_DATA_HOME="$PWD/none" "$BONAFIDE" eval a b --metrics pr,pr-vgg --weights "none/x.iv3,none/y.iv3"
$BONAFIDE features a -o a.npz -q --weights synth:1 >/dev/null && $BONAFIDE features b -o b.npz -q --weights synth:1 >/dev/null || die "features failed"
says $BONAFIDE eval a.npz b.npz $metrics -k 1
