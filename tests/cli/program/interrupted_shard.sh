# A shard that was ended says which one it was, how many are done, and how to go on; those that are done stay.
. "$LIB"
images set 1 60
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
BONAFIDE_WEIGHTS=w.iv3
export BONAFIDE_WEIGHTS
mkdir parts
image one.ppm 1 9 9
echo one.ppm >list.txt
$BONAFIDE features @list.txt --tap 64 --shard 1/2 -o parts/1.part --quiet >/dev/null || exit
kept=$(ls -l --time-style=full-iso parts/1.part)
$BONAFIDE features set --shard 2/3 -o parts/2.part --threads 1 2>said &
pid=$!
i=0
while [ -z "$(ls -A parts | grep bonafide)" ] && [ "$i" -lt 600 ]; do # until the part is begun
    sleep 0.1
    i=$((i + 1))
done
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || die "the run was not ended by the signal"
case $(cat said) in
*"; parts/2.part is not written; it was shard 2 of 3 (parts finished beside it: 1), and the same command does it \
again (with --cache DIR it would go on from here)") ;;
*) die "it says: $(cat said)" ;;
esac
[ "$(ls -A parts)" = 1.part ] || die "left behind: $(ls -A parts)"
[ "$kept" = "$(ls -l --time-style=full-iso parts/1.part)" ] || die "the other part was touched"
