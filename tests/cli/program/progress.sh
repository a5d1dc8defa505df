# --progress: lines for a log, one for each tenth; none with --quiet, nor of itself in a run of a few seconds.
. "$LIB"
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
images set 1 12
$BONAFIDE features set -o f.npz --tap 64 --progress >out.txt 2>lines || die "features"
sed 's/[0-9.]* images\/s, [0-9:-]* left/R images\/s, T left/' lines | grep '^bonafide: set: ' >said
grep -q '^bonafide: set: 12 of 12 images (100 %), R images/s, T left$' said || die "$(cat lines)"
n=$(wc -l <said)
[ "$n" -ge 2 ] && [ "$n" -le 10 ] || die "$n lines: $(cat lines)"
[ "$(sort -u said | wc -l)" = "$n" ] || die "a line twice: $(cat lines)"
! grep -q "$(printf '\r')" lines || die "a line is drawn again"
for option in --quiet '--progress --quiet'; do
    $BONAFIDE features set -o f.npz --tap 64 $option >out.txt 2>lines || die "features"
    [ ! -s lines ] || die "$option: $(cat lines)"
done
$BONAFIDE features set -o f.npz --tap 64 --progress --quiet --json >a.json && $BONAFIDE features set -o f.npz --tap 64 --json -q >b.json
cmp a.json b.json || die "progress is in the result"
