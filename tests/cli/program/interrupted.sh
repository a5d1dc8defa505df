# A signal ends a run with 128 + its number and leaves nothing behind. (The shell has background jobs ignore SIGINT, so
# this sends SIGTERM.)
. "$LIB"
image img.ppm 1 16 16
i=0
while [ $i -lt 4000 ]; do
    echo img.ppm
    i=$((i + 1))
done >list.txt
mkdir out
$BONAFIDE features @list.txt -o out/f.npy --weights synth:1 &
pid=$!
i=0
while [ -z "$(ls -A out)" ] && [ $i -lt 60 ]; do # until the file is begun
    sleep 1
    i=$((i + 1))
done
kill -TERM $pid
wait $pid
status=$?
nothing_left_in out
exit $status
