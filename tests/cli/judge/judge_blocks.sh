# Scenes that every generator drew: what shares a block with a tested image does not train, and it is said how much.
. "$LIB"
data=$(dirname "$LIB")/../data/judge
blocks()
{
    awk -F, -v OFS=, -v of="$1" '{ sub(/\r$/, "") } NR == 1 { print $0, "block"; next } { print $0, of == 0 ? 0 : $1 % of }' \
        "$data/labels.csv" >labels.csv
}
evaluate()
{
    $BONAFIDE judge eval "$data/feat.npy" --ref "$data/ref.npy" --labels labels.csv --resamples 20 "$@"
}
# 300 scenes of five images: each generator is cut in five.
blocks 300
evaluate --json=told.json >told.txt || exit
grep -E '^  (judge|left out) ' told.txt
json_valid told.json || die "JSON is not valid"
for key in trained left_out; do
    sed -n "/\"$key\": \[/,/\]/p" told.json | tr -d ' \n'
    echo
done
# A few large ones: up to half of the training.
blocks 2
evaluate >told.txt 2>warnings.txt || exit
grep -E '^  (judge|left out) ' told.txt
cat warnings.txt
# Under kfold a block is in one fold, so that nothing need be left out.
evaluate --cv block:2 >told.txt || exit
grep -E '^  (judge|left out) ' told.txt
blocks 0
says evaluate
says evaluate --cv kfold:2
