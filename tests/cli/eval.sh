# The table on standard output, the JSON in its file.
. "$LIB"
images real 1 5
images gen 21 25
$BONAFIDE eval real gen --splits 2 --weights synth:1 --json result.json || exit
json_valid result.json || die "JSON is not valid"
for key in inception_score_mean inception_score_std frechet_inception_distance precision recall f_score; do
    [ -n "$(number result.json $key)" ] || die "no $key in the JSON"
done
rm -r real gen result.json
nothing_left_in .
