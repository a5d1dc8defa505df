# --numerics: what was computed is said, recorded, kept apart in the cache and in merges, and audited as what it is.
. "$LIB"
images a 1 3
images b 4 6
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
fail()
{
    echo "$*"
    exit 1
}
no_unit=all
$BONAFIDE cpu | grep -q avx2 && no_unit=avx512,avx2,fma,scalar

# Not to be seen: which table it was, and whether there is a tile unit.
for n in exact split; do
    $BONAFIDE features a --tap 64 --numerics $n --cache c -o $n.npy --quiet --json $n.json >/dev/null 2>$n.err || fail "$n"
    grep -q "\"mode\": \"$n\"" $n.json || fail "$n is not in the result"
done
cmp -s exact.npy split.npy && fail "split gave the bits of exact: it came from the cache, or nothing was split"
[ ! -s exact.err ] || fail "exact warns"
$BONAFIDE features a --tap 64 --numerics split --cache c --threads 3 --batch 2 -o again.npy --quiet >/dev/null 2>&1
cmp split.npy again.npy || fail "the cache mixes them up"

# Without a unit fast is exact and says so; with one it is split.
$BONAFIDE features a --tap 64 --numerics fast --isa "$no_unit" -o fast.npy --json fast.json >fast.txt 2>fast.err ||
    fail "fast"
cmp exact.npy fast.npy || fail "fast without a tile unit is not exact"
grep -q '"mode": "exact"' fast.json || fail "fast claims to be split"
grep -q 'numerics fast: no tile unit' fast.err || fail "fast does not say what it did"
grep -q 'numerics fast: no tile unit' fast.json || fail "nor in the result"

# An audit computes what was computed, with or without a tile unit.
$BONAFIDE fid a b --tap 64 --numerics split --manifest run.json --quiet >/dev/null 2>&1 || fail "manifest"
$BONAFIDE audit run.json --threads 1 --isa "$no_unit" --quiet >audit.txt 2>&1 || fail "audit: $(cat audit.txt)"

# Shards of split numerics merge to the same file; with one of exact they do not.
for n in split exact; do
    for i in 1 2; do
        $BONAFIDE features a --tap 64 --numerics $n --shard $i/2 -o $n.$i.part --quiet >/dev/null 2>&1 || fail "shard $i of $n"
    done
done
mv split.npy kept.npy
$BONAFIDE merge split.1.part split.2.part -o split.npy --quiet --json merged.json >/dev/null || fail "merge"
cmp split.npy kept.npy || fail "merged features differ"
grep -q '"mode": "split"' merged.json || fail "the merged result does not say split"
says $BONAFIDE merge split.1.part exact.2.part -o mixed.npy
