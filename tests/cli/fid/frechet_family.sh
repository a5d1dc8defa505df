# Every metric that is made of a Frechet distance warns of few and of unequal numbers of images, once and with its own
# width, whatever else is asked for.
. "$LIB"
npy_rows a.npy 30 5
npy_rows b.npy 25 6
for metrics in fid mifid fid-inf fid,mifid,fid-inf; do
    echo "$metrics"
    warned 'small\|differs' $BONAFIDE eval a.npy b.npy --metrics $metrics
done
images a/cat 1 2
images a/dog 3 4
images b/cat 5 7
images b/dog 8 9
for metrics in sfid fid64 fid192 fid768 per-class sfid,fid,fid64; do
    echo "$metrics"
    warned 'small\|differs' $BONAFIDE eval a b --metrics $metrics --weights synth:1
done
