# refs add and list, and ref:NAME in the place of a set: in results, manifests, audits and shards.
. "$LIB"
mkdir home
HOME=$PWD/home
export HOME
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
refs=home/.local/share/bonafide/refs
images real 1 6
images gen 11 16
$BONAFIDE stats real -o real.npz --tap 64 -q >out.txt || die "no statistics"
says $BONAFIDE refs list
echo "--- add"
says $BONAFIDE refs add real.npz
says $BONAFIDE refs add real.npz --name photos
says $BONAFIDE refs add real.npz --name photos -q
for name in imagenet256-jit ../photos photos.npz '' "$(printf 'a b')"; do
    says $BONAFIDE refs add real.npz --name "$name"
done
says $BONAFIDE refs add gen/img11.ppm --name pictures
$BONAFIDE features gen -o gen.npy --tap 64 -q >out.txt || die "no features"
says $BONAFIDE refs add gen.npy --name rows
says $BONAFIDE refs add nowhere.npz --name photos
$BONAFIDE stats gen -o gen.npz --tap 64 -q >out.txt || die "no statistics"
says $BONAFIDE refs add gen.npz --name photos
cmp real.npz $refs/own/photos.npz || die "the reference changed"
[ "$(ls $refs/own)" = photos.npz ] || die "left behind: $(ls $refs/own)"
echo "--- used"
says $BONAFIDE fid ref:photos gen --tap 64 --isa scalar -q
$BONAFIDE fid ref:photos gen --tap 64 -q --manifest run.json --json=named.json >out.txt || die "no result"
$BONAFIDE fid real.npz gen --tap 64 -q --json=plain.json >out.txt || die "no result"
[ "$(number named.json frechet_inception_distance)" = "$(number plain.json frechet_inception_distance)" ] || die "another FID"
sum=$(sha256sum real.npz | cut -d' ' -f1)
tr -d '\n' <named.json | grep -q '"named": {  *"name": "ref:photos",  *"own": true,  *"sha256": "'"$sum" || die "$(cat named.json)"
json_valid named.json || die "named.json is no JSON"
grep -q '"path": "ref:photos"' run.json && grep -q "$sum" run.json.leaves || die "the manifest lacks name or SHA-256"
$BONAFIDE audit run.json -q | grep -o ' identical' || die "the audit"
$BONAFIDE audit run.json --root . -q | grep -o ' identical' || die "the audit below a folder"
# A preset that differs from that of the reference is refused, as of any file of statistics.
says $BONAFIDE fid ref:photos gen --tap 64 --preset clean
# Other content under the name is another input.
cp gen.npz $refs/own/photos.npz
says $BONAFIDE audit run.json
rm $refs/own/photos.npz
says $BONAFIDE audit run.json
echo "--- not here"
says $BONAFIDE fid ref:imagenet256-jit gen
says $BONAFIDE fid ref:imagenet256-jt gen
says $BONAFIDE fid ref:cifar10-train gen
$BONAFIDE refs add gen.npz --name cifar -q >out.txt || die "not added"
says $BONAFIDE fid ref:cifra gen
# What lies in the place of a published one must be that.
cp gen.npz $refs/imagenet256-jit.npz
says $BONAFIDE fid ref:imagenet256-jit gen
rm $refs/imagenet256-jit.npz
echo "--- list"
says $BONAFIDE refs list
$BONAFIDE refs list --json >list.json || die "no list"
json_valid list.json || die "list.json is no JSON"
[ "$(grep -c '"sha256": "' list.json)" = 6 ] || die "not six SHA-256"
# Shards and their merge open the name for themselves.
$BONAFIDE features gen -o rows.npy --tap 64 -q >out.txt || die "no features"
for i in 1 2; do
    $BONAFIDE eval ref:cifar rows.npy --metrics fid -q --shard $i/2 -o $i.part >out.txt 2>&1 || die "$(cat out.txt)"
done
$BONAFIDE eval ref:cifar rows.npy --metrics fid -q --json=whole.json >out.txt || die "no result"
$BONAFIDE merge 1.part 2.part -q --json=merged.json >out.txt || die "no merge"
cmp whole.json merged.json || die "the merge differs"
