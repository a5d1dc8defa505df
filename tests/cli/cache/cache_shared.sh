# Two processes at once on one folder; then one that is killed: what it had finished is found.
. "$LIB"
images set 1 12
go()
{
    $BONAFIDE features set -o "$1.npy" --weights synth:1 --cache cache --manifest "$1.json" --threads 1 --quiet >/dev/null
}
$BONAFIDE features set -o plain.npy --weights synth:1 --quiet >/dev/null || die "plain run failed"
go one &
first=$!
go two || die "second of two failed"
wait $first || die "first of two failed"
cmp plain.npy one.npy && cmp plain.npy two.npy || die "rows differ"
go three || die "third run failed"
cmp plain.npy three.npy || die "rows from the cache differ"
[ "$(number three.json images_from_cache)" = 12 ] || die "not all are in the cache"

rm -r cache
# exec, so that the signal reaches the program and no shell around it
sh -c "exec $BONAFIDE features set -o killed.npy --weights synth:1 --cache cache --threads 1 --quiet >/dev/null" &
victim=$!
tries=0
while [ "$tries" -lt 600 ] && [ "$(cat cache/*.pack 2>/dev/null | wc -c)" -lt 24000 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -9 $victim 2>/dev/null
wait $victim 2>/dev/null
[ ! -e killed.npy ] || die "the run was over before it was killed"
go after || die "run after the kill failed"
cmp plain.npy after.npy || die "rows after the kill differ"
[ "$(number after.json images_from_cache)" -ge 2 ] || die "what was finished is lost"
