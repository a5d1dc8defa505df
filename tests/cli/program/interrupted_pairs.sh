# A signal ends precision and recall or KID in the midst of their pairs, and leaves earlier results alone. Rows that are
# equal make both slow.
. "$LIB"
{
    printf '\223NUMPY\001\000v\000'
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (20000, 64), }"
    yes '00000?00000?000' | head -c $((20000 * 256))
} >rows.npy
for command in pr kid; do
    echo earlier >out.json
    $BONAFIDE $command rows.npy rows.npy --threads 1 --quiet --json=out.json >out.txt 2>said &
    pid=$!
    sleep 1
    kill -TERM $pid 2>/dev/null || die "$command was done already"
    ended=$(date +%s)
    wait $pid
    [ $? -eq 143 ] || die "$command was not ended by the signal: $(cat said)"
    [ "$(($(date +%s) - ended))" -le 20 ] || die "$command went on for $(($(date +%s) - ended)) s"
    [ "$(cat said)" = "bonafide: interrupted; out.json is not written" ] || die "$command says: $(cat said)"
    [ "$(cat out.json)" = earlier ] || die "an earlier result was lost"
    [ ! -s out.txt ] || die "$command printed: $(cat out.txt)"
done
