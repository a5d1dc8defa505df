# The table on standard output, the JSON in its file.
. "$LIB"
images real 1 5
images gen 21 25
$BONAFIDE eval real gen --splits 2 --weights synth:1 --json result.json || exit
json_valid result.json || die "JSON is not valid"
for key in inception_score_mean inception_score_std frechet_inception_distance kernel_inception_distance kernel_inception_distance_standard_error \
    precision recall f_score; do
    [ -n "$(number result.json $key)" ] || die "no $key in the JSON"
done
for key in inception_score frechet_inception_distance corrected_frechet_inception_distance; do
    grep -q "\"${key}_error_unknown\": \"fewer than" result.json || die "not said why $key has no error"
done
grep -q '"precision_error_unknown": "40 images of each set needed"' result.json || die "no word of why there is no error"
rm -r real gen result.json
nothing_left_in .
