# eval --judge says of each set and image what judge predict says of it.
. "$LIB"
data=$(dirname "$LIB")/../data/judge
$BONAFIDE judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" -o judge.npz --quiet >text || exit
$BONAFIDE judge predict judge.npz "$data/feat.npy" -o p.csv --json --quiet >p.json || exit
$BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --judge judge.npz --per-image images.csv --json --quiet \
    >eval.json || exit
[ -n "$(number p.json mean_p)" ] || die "no mean"
awk -v a="$(number p.json mean_p)" -v b="$(number eval.json judged_real)" 'BEGIN { exit !(b != "" && a - b < 1e-6 && b - a < 1e-6) }' ||
    die "means: $(number p.json mean_p), $(number eval.json judged_real)"
[ "$(head -n 1 images.csv | sed 's/.*,//')" = judged_real ] || die "columns: $(head -n 1 images.csv)"
# Features of eval are float32, those of predict as they are in the file.
sed 's/.*,//' images.csv | paste -d, p.csv - | awk -F, 'NR > 1 { d = $2 - $4; if (d > 1e-5 || d < -1e-5) exit 1; n++ }
    END { exit n != 1500 }' || die "images differ"
$BONAFIDE stats "$data/feat.npy" -o stats.npz --quiet >text || exit
$BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --per-image plain.csv --quiet >text || exit
cut -d, -f1-12 images.csv | cmp - plain.csv || exit
# The line's error is that of a mean; real features are the judge's own reference here.
awk -F, 'NR > 1 { n++; s += $2; q += $2 * $2 } END { printf "%.5f\n", sqrt((q / n - s * s / n / n) / (n - 1)) }' p.csv >error.txt
printf '%.5f\n' "$(number eval.json judged_real_standard_error)" | cmp - error.txt || die "error: $(cat error.txt)"
# Part of the manifest: another judge under the same name is a difference.
evaluate()
{
    $BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --judge judge.npz "$@"
}
evaluate --manifest run.json >text 2>warnings.txt || exit
cat warnings.txt
grep -o '"value": "judge.npz"\|"key": "judged_real[a-z_]*"' run.json | sort
$BONAFIDE audit run.json --quiet >text || exit
$BONAFIDE judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" -o judge.npz --lambda 9 --quiet >text || exit
says $BONAFIDE audit run.json --quiet
mv judge.npz kept.npz
says $BONAFIDE audit run.json --quiet
says evaluate --quiet
mv kept.npz judge.npz
says $BONAFIDE eval "$data/feat.npy" stats.npz --judge judge.npz --quiet
says $BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --judge "$data/ref.npy" --quiet
says $BONAFIDE eval "$data/stats.npy" "$data/stats.npy" --metrics fid --judge judge.npz --quiet
