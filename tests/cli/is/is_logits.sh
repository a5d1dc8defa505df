# Logits in a file give the score of the images they came from.
. "$LIB"
images set 1 4
$BONAFIDE features set -o f.npy --tap logits_unbiased --weights synth:1 --quiet >/dev/null || die "features failed"
$BONAFIDE is set --splits 2 --weights synth:1 --quiet --json >images.json || die "is of images failed"
$BONAFIDE is f.npy --splits 2 --json >logits.json || die "is of logits failed"
for key in inception_score_mean inception_score_std; do
    value=$(number images.json $key)
    [ -n "$value" ] && [ "$value" = "$(number logits.json $key)" ] || die "$key differs"
done
