# The table on standard output, the JSON in its file.
. "$LIB"
images real 1 5
images gen 21 25
$BONAFIDE eval real gen --splits 2 --weights synth:1 --json result.json || exit
json_valid result.json || die "JSON is not valid"
for key in inception_score_mean inception_score_std inception_score_standard_error frechet_inception_distance \
    frechet_inception_distance_standard_error kernel_inception_distance kernel_inception_distance_standard_error \
    precision precision_standard_error recall f_score; do
    [ -n "$(number result.json $key)" ] || die "no $key in the JSON"
done
rm -r real gen result.json
nothing_left_in .
