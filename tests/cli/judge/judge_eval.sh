# The stored set from its files: figures, and that neither the order of labels nor the number of threads matters.
. "$LIB"
data=$(dirname "$LIB")/../data/judge
evaluate()
{
    $BONAFIDE judge eval "$data/feat.npy" --ref "$data/ref.npy" --resamples 100 --quiet "$@"
}
evaluate --labels "$data/labels.csv" -o one --threads 1 || exit
json_valid one/report.json || die "JSON is not valid"
head -n 2 one/predictions.csv
{ head -n 1 "$data/labels.csv" && sed 1d "$data/labels.csv" | sort -t, -k3,3 -k2,2; } >sorted.csv
evaluate --labels sorted.csv -o two --threads 3 >text || exit
cmp one/predictions.csv two/predictions.csv || exit
cmp one/report.json two/report.json || exit
# In count form there are no raters to compare or to resample; everything else is the same.
awk -F, '{ sub(/\r$/, "") } NR > 1 { n[$1]++; k[$1] += $3; g[$1] = $4; t[$1] = $5 }
    END { print "truth,group,k,n,image"; for (i in n) print t[i] "," g[i] "," k[i] "," n[i] "," i }' "$data/labels.csv" >counts.csv
evaluate --labels counts.csv -o three >text || exit
cmp one/predictions.csv three/predictions.csv || exit
for cv in kfold:5 block:3 cross; do
    evaluate --labels "$data/labels.csv" --cv $cv --model ridge --json >report.json || exit
    sed -n -e '/"overall"/,/}/s/^ *"acc_label"/'$cv'/p' report.json
done
[ "$(grep -c '"train_mask"' report.json)" = 28 ] || die "the grid has $(grep -c '"train_mask"' report.json) cells"
says evaluate --labels "$data/labels.csv" --cv none
says evaluate --labels "$data/labels.csv" --cv kfold:1
says evaluate --labels "$data/labels.csv" --lambda -1
says evaluate --labels "$data/labels.csv" --lambda 0x10
says evaluate --labels "$data/labels.csv" --blocks stats,row
says evaluate --labels "$data/labels.csv" --blocks ent
says evaluate --labels "$data/labels.csv" --model svm
echo 'image,n,k' >few.csv
echo '5000,1,1' >>few.csv
says evaluate --labels few.csv
says evaluate --labels few.csv --ignore-missing
says evaluate --labels counts.csv --ids few.csv
