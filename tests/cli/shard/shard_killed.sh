# A shard that is killed (kill -9) leaves no part but what it had computed: the next launch gives the same bytes, and what
# was lost is at most one image a thread.
. "$LIB"
images set 1 40
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
BONAFIDE_WEIGHTS=w.iv3
export BONAFIDE_WEIGHTS
threads=2

# kept: records in the cache's packs: 8192 bytes of features and a head of 100 or more each.
kept()
{
    cat C/*.pack 2>/dev/null | wc -c | awk '{ print int($1 / 8250) }'
}
$BONAFIDE features set --shard 1/2 -o 1.part --cache C --threads "$threads" --quiet >/dev/null 2>&1 &
pid=$!
i=0
while [ "$(kept)" -lt 5 ] && [ "$i" -lt 600 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
[ ! -e 1.part ] || die "it was done before it could be killed"
before=$(kept)
[ "$before" -ge 5 ] || die "nothing was kept"
rm -f .bonafide-*.tmp
$BONAFIDE features set --shard 1/2 -o 1.part --cache C --threads "$threads" --quiet >/dev/null || die "restart failed"
# Each of the 20 images has been put into the cache once: none that was there was computed again.
[ "$(kept)" -eq 20 ] || die "$(kept) images kept after the restart, $before before; 20 expected"
$BONAFIDE features set --shard 2/2 -o 2.part --quiet >/dev/null || exit
$BONAFIDE merge 1.part 2.part -o many.npy --quiet >/dev/null || die "merge failed"
$BONAFIDE features set -o one.npy --quiet >/dev/null || exit
cmp one.npy many.npy || die "features differ"
