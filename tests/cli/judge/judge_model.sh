# Train, keep, predict; a model that was changed in any way is refused.
. "$LIB"
data=$(dirname "$LIB")/../data/judge
for model in logistic ridge krr const; do
    $BONAFIDE judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" --model $model \
        -o $model.npz --json --quiet >$model.json || exit
    $BONAFIDE judge predict $model.npz "$data/feat.npy" -o $model.csv --json --quiet >p.json || exit
    # The accuracy that training reports is that of what the file predicts: 7500 labels are one set of integers.
    awk -F, 'NR == FNR { if (FNR > 1) p[$1] = $2; next } FNR > 1 { right += (p[$1] >= 0.5) == $3; n++ }
        END { printf "%.6f\n", right / n }' $model.csv "$data/labels.csv" >right.txt
    printf '%.6f\n' "$(number $model.json training_acc_label)" | cmp - right.txt || die "$model: another accuracy"
    echo "$model $(cat right.txt) $(number p.json n)"
done
$BONAFIDE judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" -o again.npz --quiet >text || exit
cmp logistic.npz again.npz || exit
[ "$(head -n 1 logistic.csv)" = image,p,score_logit ] || die "header"
# Bytes all over the file.
bytes=$(wc -c <logistic.npz)
for part in 3 40 200 400 600 800 950 995 999; do
    at=$((bytes * part / 1000))
    cp logistic.npz bad.npz
    old=$(od -An -tu1 -j $at -N 1 bad.npz | tr -d ' ')
    printf "\\$(printf %o $((old ^ 16)))" | dd of=bad.npz bs=1 seek=$at conv=notrunc 2>/dev/null
    $BONAFIDE judge predict bad.npz "$data/feat.npy" --quiet >out.txt 2>err.txt
    [ $? = 3 ] || die "byte $at changed: $(cat out.txt err.txt)"
    [ "$(wc -l <err.txt)" = 1 ] || die "byte $at changed: $(cat err.txt)"
done
for part in 0 1 10 500 999; do
    head -c $((bytes * part / 1000)) logistic.npz >bad.npz
    $BONAFIDE judge predict bad.npz "$data/feat.npy" --quiet >out.txt 2>err.txt
    [ $? = 3 ] || die "cut at $part/1000: $(cat out.txt err.txt)"
done
says $BONAFIDE judge predict "$data/feat.npy" "$data/feat.npy"
says $BONAFIDE judge predict logistic.npz "$data/stats.npy"
says $BONAFIDE judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" -o x.npz --model truth
says $BONAFIDE judge train "$data/feat.npy" --ref "$data/stats.npy" --labels "$data/labels.csv" -o x.npz
