# Labels of several data sets, in the columns they were published with: each on its own.
. "$LIB"
data=$(dirname "$LIB")/../data/judge/multigen_part.csv
$BONAFIDE judge agree "$data" --resamples 50 --json >all.json || exit
grep -E '"(dataset|alpha|loo_majority)":' all.json
$BONAFIDE judge agree "$data" --dataset ffhq --resamples 50 --json >one.json || exit
[ "$(grep -c '"dataset":' one.json)" = 1 ] || die "one data set expected"
[ "$(number one.json pair_label)" = 0.78481012658227844 ] || die "pair_label $(number one.json pair_label)"
says $BONAFIDE judge agree "$data" --dataset celeba
