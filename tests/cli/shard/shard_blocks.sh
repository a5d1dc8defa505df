# Shards of more than a block of the moments keep sums, and give the statistics of a single run to the last bit. The
# network sees 8 pictures only; the others are found in the cache.
. "$LIB"

# cycle FILE N: an array of N pictures of 2 x 2, eight different ones in turn.
cycle()
{
    {
        printf '\223NUMPY\001\000v\000'
        printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($2, 2, 2, 3), }"
        awk -v n="$2" 'BEGIN {
            for (i = 0; i < n; i++)
                for (k = 0; k < 12; k++)
                    printf "%c", 1 + (int(i * 7 / 5) % 8 * 31 + k * 17) % 120
        }'
    } >"$1"
}

cycle base.npy 16
cycle set.npy 6500
$BONAFIDE features base.npy -o base-features.npy --weights synth:1 --cache C --quiet >/dev/null || exit
run()
{
    $BONAFIDE "$@" --weights synth:1 --cache C --quiet >/dev/null
}
run stats set.npy -o one.npz || exit
for n in 2 3; do
    i=$n
    list=
    while [ "$i" -ge 1 ]; do
        run stats set.npy -o "$n-$i.part" --shard "$i/$n" || die "shard $i of $n failed"
        [ "$i" != 1 ] || grep -a -q '"sums": true' "$n-$i.part" || die "shard $i of $n holds no sums"
        list="$list $n-$i.part"
        i=$((i - 1))
    done
    $BONAFIDE merge $list -o "$n.npz" --quiet >/dev/null || die "merge of $n failed"
    cmp one.npz "$n.npz" || die "statistics of $n shards differ"
done
