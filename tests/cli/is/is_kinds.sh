# Features are no logits, probabilities are none either but give the same score, and what a file says goes first.
. "$LIB"
images set 1 4
for tap in 2048 64 logits logits_unbiased; do
    $BONAFIDE features set -o $tap.npz --tap $tap --weights synth:1 -q >/dev/null || die "$tap.npz failed"
done
for tap in 2048 spatial logits_unbiased; do
    $BONAFIDE features set -o $tap.npy --tap $tap --weights synth:1 -q >/dev/null || die "$tap.npy failed"
done
for file in 2048.npz 64.npz 2048.npy spatial.npy; do says $BONAFIDE is $file --splits 2; done
says $BONAFIDE is logits_unbiased.npz --splits 2
says $BONAFIDE is logits.npz --splits 2
# Probabilities, by the rows themselves: one-hot of six classes, and with a damaged row.
data=${LIB%/cli/lib.sh}/data/sets
says $BONAFIDE is "$data/probabilities.npy" --splits 1
says $BONAFIDE is "$data/probabilities_bad.npy" --splits 1
says $BONAFIDE is "$data/f4.npy" --splits 1
for file in probabilities f4; do
    $BONAFIDE is "$data/$file.npy" --splits 1 --json -q | grep '"inception_score_\(input\|mean\)"'
done
# eval takes them where nothing is compared.
says $BONAFIDE eval 2048.npz logits_unbiased.npz --metrics is --splits 2
says $BONAFIDE eval set "$data/probabilities.npy" --metrics is --splits 1 --weights synth:1
says $BONAFIDE eval 2048.npz 2048.npz --metrics is --splits 2
says $BONAFIDE eval set logits_unbiased.npy --weights synth:1
