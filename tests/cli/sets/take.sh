# --take: which images, the same everywhere; in results, manifests, audits, shards; and where it cannot be.
. "$LIB"
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
images a 1 9
images b 11 19
fid() { # FILE OPTION...
    out=$1
    shift
    $BONAFIDE fid a b --tap 64 -q --json=$out.json "$@" >$out.txt || die "fid $*"
    number $out.json frechet_inception_distance
}
# The images are those of the algorithm, computed by hand: SplitMix64, seed 7, and for the second set 7 + the increment.
$BONAFIDE features a -o f.npz --tap 64 --take 4 --seed 7 -q --manifest f.json >out.txt || die "features"
sed -n 's/^[0-9]* .* //p' f.json.leaves
echo "--- fid"
one=$(fid one --take 5 --seed 3)
[ "$one" = "$(fid again --seed 3 --take 5 --threads 3 --batch 2)" ] || die "not the same again"
[ "$one" != "$(fid other --seed 4 --take 5)" ] || die "another seed, the same images"
[ "$(fid all)" = "$(fid nine --take 9)" ] || die "all of them are not all"
grep -o 'N = 5 drawn' one.txt
tr -d ' \n' <one.json | grep -o '"settings":{"take":5,"take_seed":3}'
# The features of the whole set, of which the same rows are taken.
$BONAFIDE features a -o a.npy --tap 64 -q >out.txt && $BONAFIDE features b -o b.npz --tap 64 -q >out.txt || die "features"
$BONAFIDE fid a.npy b.npz --take 5 --seed 3 -q --json=rows.json >out.txt || die "of rows"
[ "$(number rows.json frechet_inception_distance)" = "$one" ] || die "rows and images differ"
# A list is a set that knows its size too, and may name images in any order.
ls a/* | sort -r >list.txt
$BONAFIDE features @list.txt -o l.npz --tap 64 --take 4 --seed 7 -q --manifest l.json >out.txt || die "of a list"
sed -n 's/^[0-9]* .* //p' l.json.leaves
echo "--- audit"
fid told --take 5 --seed 3 --manifest run.json >out.txt
[ "$(grep -c ' [^ ]*img' run.json.leaves)" = 10 ] || die "$(cat run.json.leaves)"
$BONAFIDE audit run.json -q | grep -o 'identical  *run.json: [0-9]* images' || die "the audit"
$BONAFIDE audit run.json -q --quick 3 | grep -o 'identical' || die "the quick audit"
# An image that was not drawn may be another; one that was may not.
i=1
while grep -q "img$i.ppm" run.json.leaves; do
    i=$((i + 1))
done
cp -r a kept
image a/img$i.ppm 99 20 20
$BONAFIDE audit run.json -q | grep -o 'identical' || die "the audit looked at img$i.ppm"
first=$(sed -n 's/^0 .* //p' run.json.leaves | head -n 1)
image "a/$first" 98 20 20
$BONAFIDE audit run.json -q >out.txt 2>err.txt
echo "[$?]"
cp kept/* a/
echo "--- shards"
$BONAFIDE eval a b --metrics fid --take 6 -q --json=whole.json >out.txt || die "eval"
for i in 1 2 3; do
    $BONAFIDE eval a b --metrics fid --take 6 -q --shard $i/3 -o $i.part >out.txt || die "shard $i"
done
$BONAFIDE merge 1.part 2.part 3.part -q --json=merged.json >out.txt || die "merge"
cmp whole.json merged.json || die "the merge differs"
$BONAFIDE eval a b --metrics fid --take 6 --seed 1 -q --shard 3/3 -o 3.part >out.txt || die "shard 3"
says $BONAFIDE merge 1.part 2.part 3.part
echo "--- compare"
$BONAFIDE compare one.json again.json -q >out.txt || die "the same are not compared"
says $BONAFIDE compare one.json all.json
says $BONAFIDE compare one.json other.json
echo "--- where it cannot be"
says $BONAFIDE fid a b --take 10
says $BONAFIDE fid a b --take 0
says $BONAFIDE fid - b --size 8x8 --take 3
$BONAFIDE stats a -o a.npz --tap 64 -q >out.txt || die "stats"
warned 'stay whole' $BONAFIDE fid a.npz b --tap 64 --take 5
