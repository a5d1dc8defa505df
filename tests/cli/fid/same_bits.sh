# Threads, batch size and instruction set do not change a byte.
. "$LIB"
need_features
for options in '--threads 1' '--threads 3 --batch 2' '--threads 8' '--batch 5 --threads 2'; do
    $BONAFIDE features "$SHARED/a" -o f.npy --weights synth:1 --quiet $options >/dev/null || die "$options failed"
    cmp f.npy "$SHARED/a.npy" || die "$options gives other bytes"
done
