# A run that was ended and had a cache says so, and the next one takes from there what was done.
. "$LIB"
i=1
while [ $i -le 40 ]; do
    image img$i.ppm $i 16 16
    echo img$i.ppm
    i=$((i + 1))
done >list.txt
$BONAFIDE features @list.txt -o f.npy --weights synth:1 --cache kept 2>said &
pid=$!
i=0
while [ -z "$(find kept -type f -size +1k 2>/dev/null)" ] && [ $i -lt 600 ]; do # until an image is through
    sleep 0.1
    i=$((i + 1))
done
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || die "the run was not ended by the signal"
case $(cat said) in
"bonafide: interrupted after "*" of 40 images (set); f.npy is not written; their features are in the cache, and the same command goes on from there") ;;
*) die "it says: $(cat said)" ;;
esac
[ ! -e f.npy ] || die "f.npy was written"
[ -n "$(find kept -type f -size +1k)" ] || die "nothing is in the cache"
