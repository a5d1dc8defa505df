# Every metric, scores of class folders, one line for each image, and a planted copy found.
. "$LIB"
images real/cat 1 4
images real/dog 5 8
images gen/cat 21 24
images gen/dog 25 28
{ head -c -1 real/cat/img2.ppm; printf x; } >gen/dog/copied.ppm
images test 31 36
$BONAFIDE eval real gen --all --test test --splits 2 -k 2 --density-k 2 --kid-size 4 --per-image images.csv \
    --weights synth:1 --json result.json --manifest run.json || exit
json_valid result.json || die "JSON is not valid"
for key in inception_score_mean frechet_inception_distance kernel_inception_distance kernel_inception_distance_mean \
    precision recall f_score density coverage per_class_frechet_inception_distance_mean \
    frechet_inception_distance_spatial frechet_inception_distance_64 frechet_inception_distance_192 \
    frechet_inception_distance_768 frechet_inception_distance_infinity frechet_inception_distance_infinity_slope \
    inception_score_infinity memorization_informed_frechet_inception_distance mifid_generated_to_real \
    mifid_real_to_generated monge_inception_distance vendi_score authpct near_duplicates; do
    [ -n "$(number result.json $key)" ] || die "no $key in the JSON"
done
[ "$(number result.json near_duplicates)" = 1 ] || die "not 1 near duplicate"
[ "$(wc -l <images.csv)" -eq 10 ] || die "not 10 lines in the CSV"
head -n 1 images.csv
grep copied images.csv
# What each image contributes to FID sums to nothing.
awk -F, 'NR > 1 { sum += $3; if ($3 < 0) all -= $3; else all += $3 } END { exit !(sum < 1e-6 * all && -sum < 1e-6 * all) }' images.csv ||
    die "the contributions do not sum to 0"
audited run.json
