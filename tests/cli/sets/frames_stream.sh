# Frames of a pipe pass block by block: what comes of them is that of an .npy of the same frames, memory does not grow with
# their number, a signal ends a run that waits for a generator, and what would need them twice is refused.
. "$LIB"
npy()
{
    printf '\223NUMPY\001\000v\000'
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
}

# words N BYTES: frames that repeat after nine, at the speed of the disk.
words()
{
    yes bonafide | head -c "$(($1 * $2))"
}
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
BONAFIDE_WEIGHTS=w.iv3
export BONAFIDE_WEIGHTS
run()
{
    $BONAFIDE "$@" --cache C --quiet
}
images a 1 12
words 30 243 >frames.raw
{ npy '30, 9, 9, 3'; cat frames.raw; } >set.npy
run eval a set.npy --metrics is,kid,pr,dc,fid64,fid192 --kid-size 5 --json=array.json --per-image each.csv >/dev/null || exit
mv each.csv array.csv
cat frames.raw | run eval a - --size 9x9 --metrics is,kid,pr,dc,fid64,fid192 --kid-size 5 --json=pipe.json --per-image each.csv >/dev/null ||
    die "eval failed"
sed -e 's/"set.npy"/"-"/' -e 's/"set.npy: /"-: /' array.json | cmp - pipe.json || die "JSON differs"
cmp array.csv each.csv || die "CSV differs"
cat frames.raw | run fid - a --tap 64 --size 9x9 --json=pipe.json >/dev/null || die "fid failed"
run fid set.npy a --tap 64 --json=array.json >/dev/null || exit
sed -e 's/"set.npy"/"-"/' -e 's/"set.npy: /"-: /' array.json | cmp - pipe.json || die "JSON of fid differs"

# 172 MiB of frames, of which 64 MiB are kept at a time.
peak()
{
    words "$1" 120000 | run features - --size 200x200 --tap 64 -o pipe.npy --manifest m.json >/dev/null || die "$1 failed"
    number m.json peak_memory_bytes
}
few=$(peak 600)
many=$(peak 1500)
[ "$((many - few))" -lt 20000000 ] || die "$few bytes for 600 frames, $many for 1,500"
{ npy '1500, 200, 200, 3'; words 1500 120000; } >set.npy
run features set.npy --tap 64 -o array.npy >/dev/null || exit
cmp pipe.npy array.npy || die "features differ"

# A generator that is silent.
mkfifo pipe
sleep 60 >pipe &
silent=$!
$BONAFIDE features - --size 9x9 --tap 64 -o none.npy <pipe 2>said &
pid=$!
i=0
while [ -z "$(ls .bonafide-*.tmp 2>/dev/null)" ] && [ "$i" -lt 600 ]; do # until the file is begun
    sleep 0.1
    i=$((i + 1))
done
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || die "the run was not ended by the signal"
kill $silent
cat said
says $BONAFIDE eval a - --size 9x9 --as all <frames.raw
says $BONAFIDE eval a - --size 9x9 --report R <frames.raw
says $BONAFIDE sanity - --size 9x9 -o R <frames.raw
