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
$BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --per-image plain.csv --quiet >text || exit
cut -d, -f1-12 images.csv | cmp - plain.csv || exit
says $BONAFIDE eval "$data/ref.npy" "$data/feat.npy" --metrics fid --judge "$data/ref.npy" --quiet
says $BONAFIDE eval "$data/stats.npy" "$data/stats.npy" --metrics fid --judge judge.npz --quiet
