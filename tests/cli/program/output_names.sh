# A file is written under the name of its kind or not at all, and that is said before any work is done: the sets and
# weights named here do not even exist.
. "$LIB"
for name in f.csv f.pt f.NPZ f; do says $BONAFIDE features nowhere -o $name; done
for name in s.npy s.pkl s s.NPZ; do says $BONAFIDE stats nowhere -o $name; done
says $BONAFIDE features nowhere -o 1.npy --shard 1/2
says $BONAFIDE fid a b --json=r.csv
says $BONAFIDE fid a b --manifest r.npz
says $BONAFIDE eval a b --per-image r.json
says $BONAFIDE plan a --shards 2 -o s.json
says $BONAFIDE plan a b --shards 2 -o r.npz
says $BONAFIDE weights synth 1 w.pth
says $BONAFIDE judge train a --ref b --labels l.csv -o j.pkl
says $BONAFIDE judge predict j.npz a -o p.json
says $BONAFIDE judge features a --ref b -o f.json
nothing_left_in .
# What the parts make is named by whoever merges them.
images set 1 2
$BONAFIDE stats set -o 1.part --shard 1/1 --weights synth:1 --tap 64 -q >/dev/null || die "the part failed"
says $BONAFIDE merge 1.part -o s.csv
$BONAFIDE merge 1.part -o s.npz -q >/dev/null || die "merge failed"
# One rule for all: neither another ending nor none.
for name in r.txt r r.JSON; do
    says $BONAFIDE fid a b --json=$name
    says $BONAFIDE judge agree l.csv --json=$name
    says $BONAFIDE eval a b --manifest $name
    says $BONAFIDE eval a b --per-image $name
    says $BONAFIDE eval a b --shard 1/2 -o $name
    says $BONAFIDE judge train a --ref b --labels l.csv -o $name
    says $BONAFIDE judge predict j.npz a -o $name
    says $BONAFIDE weights synth 1 $name
done 2>&1 | grep err: | sort
$BONAFIDE fid s.npz s.npz -q --json=r.json --manifest m.json >/dev/null || die "right names are refused"
[ -s r.json ] && [ -s m.json ] || die "nothing was written"
