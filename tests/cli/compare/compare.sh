# Ranking of earlier results and manifests, what is noise, and runs that do not go together.
. "$LIB"
cat >head.txt <<'END'
{ "schema": 1, "tool": {"name": "bonafide", "version": "0.1.0"}, "command": "eval",
  "preset": "tf1", "tap": "2048", "weights": {"name": "w", "sha256": "aa"}, "numerics": {"version": 1, "mode": "exact"},
  "settings": {"k": 3, "strict": false},
  "inputs": [ {"role": "real", "path": "r", "n": 5000}, {"role": "generated", "path": "g", "n": 5000} ],
END
# result NAME FID ERROR KID: a result file with an Inception Score of equal error in all.
result()
{
    { cat head.txt
      echo "\"frechet_inception_distance\": $2, \"frechet_inception_distance_standard_error\": $3,"
      echo "\"kernel_inception_distance\": $4, \"inception_score_mean\": 8, \"inception_score_standard_error\": 0.1 }"
    } >"$1"
}
mkdir one two
result one/far.json 20 0.5 0.02
result one/best.json 10 0.3 0.01
result one/near.json 10.5 0.2 null
$BONAFIDE compare one/far.json one/best.json one/near.json || exit
$BONAFIDE compare one/far.json one/best.json --by kid --json=kid.json >/dev/null || exit
json_valid kid.json || die "JSON is not valid"
result two/far.json 21 0.5 0.03
says $BONAFIDE compare one/far.json two/far.json
says $BONAFIDE compare one/near.json one/best.json --by kid
says $BONAFIDE compare one/near.json one/best.json --by kidd
# Limits count, what is no error of the value or not there does not.
limit()
{
    sed "s/\"inception_score_mean\".*/\"precision\": $2, $3, \"recall\": 0.5, $4, \"monge_inception_distance\": $5,\
        \"monge_inception_distance_standard_error\": 0.001 }/" one/best.json >"$1"
}
limit x.json 0 '"precision_at_most": 0.01' '"recall_standard_error": 0' 3
limit y.json 0.006 '"precision_standard_error": 0.003' '"recall_error_unknown": "of one image"' 4
limit z.json 0.5 '"precision_standard_error": 0.02' '"recall_standard_error": 0.1' 9
for by in precision recall mind; do
    says $BONAFIDE compare x.json y.json z.json --by $by | grep -v 'FID\|KID'
done
$BONAFIDE compare x.json y.json --by mind --json | grep -A 1 inside_noise
$BONAFIDE compare x.json z.json --by precision --json >limits.json || exit
grep 'precision_at_most\|inside_noise' limits.json
json_valid limits.json || die "JSON with limits is not valid"
# Intervals of the file are used and printed; values are rounded to their errors, those without one to six digits.
limit u.json 0.98 '"precision_standard_error": 0.015, "precision_low": 0.926, "precision_high": 0.995' '"a": 0' 1.23456789
limit v.json 0.92 '"precision_standard_error": 0.02, "precision_low": 0.87, "precision_high": 0.945' '"a": 0' 5.6789e-17
says $BONAFIDE compare u.json v.json --by precision | grep -v 'FID\|KID'
says $BONAFIDE compare u.json v.json --by mind | sed -n '3,4p'
$BONAFIDE compare u.json v.json --by precision --json >uneven.json || exit
grep 'precision_\|inside_noise\|standard_error": 0.0[^0]' uneven.json
json_valid uneven.json || die "JSON with intervals is not valid"
sed 's/"frechet_inception_distance": 10.*/"frechet_inception_distance": 5.79012e-17,/; s/^.*distance_standard_error": 0.3,//' one/best.json |
    sed 's/"inception_score_mean"/"frechet_inception_distance_standard_error": 6.3e-18, &/' >tiny.json
says $BONAFIDE compare tiny.json tiny.json --by fid | sed -n '3,4p'
# What is left out is so for a reason that the file has, under its key or among the warnings.
sed 's/"inception_score_mean"/"corrected_frechet_inception_distance_error_unknown": "the sets share 3 images",\
    "warnings": ["N = 5", "FID-infinity left out: no draws", "precision and recall left out: few", "KID of subsets left out: x"], &/' \
    one/best.json >why.json
for by in fid-corrected fid-inf f-score kid-subsets mifid; do says $BONAFIDE compare why.json one/best.json --by $by; done
sed 's/"k": 3/"k": 5/' one/best.json >k5.json
sed 's/5000/4000/' one/best.json >n.json
sed 's/"tf1"/"clean"/' one/best.json >clean.json
sed 's/"aa"/"bb"/' one/best.json >weights.json
sed 's/"schema": 1/"schema": 9/' one/best.json >newer.json
sed 's/"path": "r"/"path": "s"/' one/best.json >elsewhere.json
echo '{ "a": 1 }' >other.json
for other in k5 n clean weights newer other elsewhere missing; do
    says $BONAFIDE compare one/near.json $other.json --json=out.json | grep -v '^out: '
done
says $BONAFIDE compare one/near.json k5.json --allow settings --json=out.json | grep -v '^out: '
# So do settings of metrics that are of a network of their own; one that a run did not have is no difference.
for key in kid_subsets_dinov2 kid_subset_size_dinov2 kid_seed_dinov2 k_vgg16; do
    sed "s/\"k\": 3/&, \"$key\": 100/" one/near.json >100.json
    sed "s/\"k\": 3/&, \"$key\": 50/" one/best.json >50.json
    says $BONAFIDE compare 100.json 50.json --json=out.json | grep -v '^out: '
    $BONAFIDE compare 100.json one/best.json >/dev/null || die "$key is missed"
done
sed 's/"k": 3/&, "strict_vgg16": true/' one/near.json >lt.json
sed 's/"k": 3/&, "strict_vgg16": false/' one/best.json >le.json
says $BONAFIDE compare lt.json le.json | grep -v '^out: '
# Each word lets its own difference pass and no other.
for other in n clean weights; do
    says $BONAFIDE compare one/near.json $other.json --allow settings --json=out.json | grep -v '^out: '
done
says $BONAFIDE compare one/near.json n.json --allow n --json=out.json | grep -v '^out: '
says $BONAFIDE compare one/near.json n.json --force
# The first of several is missing: the others have no names yet.
says $BONAFIDE compare missing.json one/near.json one/best.json
# A manifest says the same as the result of its run, but for why a value has no error.
need_features
$BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" -q -k 2 --density-k 2 --json=run.json --manifest m.json >/dev/null || exit
numbers()
{
    $BONAFIDE compare "$1" "$1" --json | sed '/"file"/d; /"first"/d; /"second"/d; /_error_unknown/d; /not_measured/d; s/,$//'
}
numbers run.json >from_results
numbers m.json >from_manifests
cmp from_results from_manifests
# The same as a table for a paper: a line for each run, a column for each metric; texts of files stay texts.
cp one/near.json '=a_b.json'
for kind in markdown latex csv; do
    $BONAFIDE compare one/far.json ./=a_b.json x.json --allow settings -q --table $kind || exit
done
$BONAFIDE compare one/far.json one/best.json -q --digits 3 | sed -n 2,3p
says $BONAFIDE compare one/far.json one/best.json --table csv --json
# All of it on one page, with intervals of every metric and each against each.
cp one/far.json "one/<i>.json"
$BONAFIDE compare one/far.json one/best.json one/near.json "one/<i>.json" --report "$PWD/page" >/dev/null || exit
$BONAFIDE compare one/far.json one/best.json one/near.json "one/<i>.json" --report again >/dev/null || exit
diff -r page again || die "two pages of one comparison differ"
{
    grep -o 'href="[a-z-]*\.\(svg\|csv\)"' page/index.html | sed 's/.*"\(.*\)"/\1/'
    echo index.html
} | sort >named
ls -A page | sort | cmp - named || die "beside the page: $(ls -A page)"
grep -q -F "$PWD" page/index.html && die "the page has an absolute path"
grep -q '<i>\.json' page/index.html && die "a name became markup"
# A preset that was mended between two runs is another one.
for version in 1 2; do
    sed "s/\"preset\": \"tf1\"/&, \"preset_version\": $version/" one/best.json >"version$version.json"
done
says $BONAFIDE compare version1.json version2.json
# Every text of a file that a page shows is text there.
sed 's/"role": "real"/"role": "<i>A"/; s/"name": "w"/"name": "<i>w"/; s/"sha256": "aa"/"sha256": "<i>aa"/; s/tf1/<i>tf1/' \
    one/best.json >markup.json
$BONAFIDE compare markup.json markup.json --report markup >/dev/null || exit
grep -q '<i>\(A\|w\|aa\|tf1\)' markup/index.html && die "a text of a file became markup"
grep -q 'Preset &#60;i&#62;tf1, weights &#60;i&#62;w (&#60;i&#62;aa), 5000 &#60;i&#62;A images, 5000 generated images' markup/index.html ||
    die "the page says: $(grep -o 'Preset [^/]*' markup/index.html)"
cat page/pairs.csv
sed -n 's/.*<p>\(By FID.*\)<\/p>.*/\1/p' page/index.html
head -n 2 page/fid.csv
says $BONAFIDE compare one/far.json one/best.json --title words
# Folders of images are no results yet.
says $BONAFIDE compare one page
