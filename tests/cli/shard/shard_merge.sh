# Parts of any number, merged in any order, give byte for byte what the command gives: files, table, JSON, CSV and
# manifest.
. "$LIB"
images a 1 5
images b 11 16
echo "P6 broken" >b/img13a.ppm
images t 21 23
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
BONAFIDE_WEIGHTS=w.iv3
export BONAFIDE_WEIGHTS

# shards N COMMAND...: runs all N shards of it into parts/.
shards()
{
    n=$1
    shift
    rm -rf parts
    mkdir parts
    i=$n
    while [ "$i" -ge 1 ]; do
        $BONAFIDE "$@" --shard "$i/$n" -o "parts/$i.part" --quiet >/dev/null || die "shard $i of $n failed"
        i=$((i - 1))
    done
}

$BONAFIDE eval a b t --all --skip-bad --json=one.json --per-image one.csv --manifest one.man.json --quiet >one.txt || exit
shards 3 eval a b t --all --skip-bad --per-image none.csv
[ ! -e none.csv ] || die "a shard wrote the CSV"
mv b moved
mv w.iv3 moved.iv3
mv one.csv kept.csv
$BONAFIDE merge parts/3.part parts/1.part parts/2.part --json=many.json --per-image one.csv --manifest many.man.json \
    --quiet >many.txt || die "merge failed"
mv moved b
mv moved.iv3 w.iv3
cmp one.json many.json || die "JSON differs"
cmp one.txt many.txt || die "table differs"
cmp kept.csv one.csv || die "CSV differs"
cmp one.man.json.leaves many.man.json.leaves || die "leaves of the manifest differ"
grep -v -e '"seconds"' -e '"peak_memory_bytes"' one.man.json >one.flat
grep -v -e '"seconds"' -e '"peak_memory_bytes"' many.man.json | cmp - one.flat || die "manifest differs"

# Other numbers of shards, in other orders: every metric.
$BONAFIDE eval a b t --all --skip-bad --json=one.json --quiet >one.txt || exit
for order in 1 "2 1" "5 2 7 1 6 4 3"; do
    shards "$(echo "$order" | wc -w)" eval a b t --all --skip-bad --cache C
    set -- # in the order given
    for i in $order; do
        set -- "$@" "parts/$i.part"
    done
    $BONAFIDE merge "$@" --json=many.json --quiet >many.txt || die "merge of $# failed"
    cmp one.json many.json || die "JSON of $# shards differs"
    cmp one.txt many.txt || die "table of $# shards differs"
done

# More shards than some sets have images; a folder stands for its parts.
$BONAFIDE features b -o one.npy --skip-bad --json=one.json --quiet >/dev/null || exit
shards 9 features b --skip-bad
mv one.npy kept.npy
$BONAFIDE merge parts -o one.npy --json=many.json --quiet >/dev/null || die "merge of 9 failed"
cmp kept.npy one.npy || die "features differ"
cmp one.json many.json || die "JSON of features differs"
shards 1 stats a
$BONAFIDE stats a -o one.npz --quiet >/dev/null || exit
$BONAFIDE merge parts -o many.npz --quiet >/dev/null || die "merge of 1 failed"
cmp one.npz many.npz || die "statistics differ"
