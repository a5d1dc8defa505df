# What classes are taken from: labels of dataset.json, else folders, but not shards; and it is said.
. "$LIB"
run="$BONAFIDE eval"
net="--weights synth:1 -k 1 --density-k 1 --kid-size 2 --splits 1 --metrics per-class,pr"
# shards SET FIRST: images of the number FIRST on in shards as StyleGAN's tool makes them
shards()
{
    i=0
    while [ $i -lt 6 ]; do
        mkdir -p $1/0000$((i / 4))
        image $1/0000$((i / 4))/img0000000$i.ppm $(($2 + i)) 20 20
        i=$((i + 1))
    done
}
labels()
{
    echo '{"labels": ['
    i=0
    while [ $i -lt 6 ]; do
        [ $i = 0 ] || echo ,
        echo "[\"0000$((i / 4))/img0000000$i.ppm\", $((i % 2))]"
        i=$((i + 1))
    done
    echo ']}'
}
shows()
{
    grep -e '^  classes' -e 'N = [0-9]* vs [0-9]*,' -e 'too few' out.txt
    grep -v synthetic err.txt
    sed -n 's/^ *\("classes_from": .*\)/\1/p' result.json
}
shards real 1
shards gen 11
echo shards
$run real gen $net --json=result.json --report page >out.txt 2>err.txt || exit
shows
grep -q 'id="classes"' page/index.html && die "shards are shown as classes"
echo labels
labels >real/dataset.json
labels >gen/dataset.json
$run real gen $net --json=result.json --manifest run.json --report page >out.txt 2>err.txt || exit
shows
grep -q 'id="classes"' page/index.html || die "classes are not shown"
grep -q 'labels of dataset.json' page/index.html || die "the page does not say what classes are"
grep -c labels_sha256 run.json
audited run.json
$run real gen $net --json=one.json -q >/dev/null
for i in 1 2; do
    $run real gen $net --shard $i/2 -o $i.part -q >/dev/null || exit
done
mv real/dataset.json kept.json
$BONAFIDE merge 1.part 2.part --json=two.json -q >/dev/null
cmp one.json two.json || die "a merge has other classes"
sed 's/, 1\]/, 2]/' kept.json >real/dataset.json
says $BONAFIDE audit run.json
echo null
echo '{"labels": null}' >real/dataset.json
$run real gen $net --json=result.json >out.txt 2>err.txt || exit
shows
echo broken
echo '{"labels": [["00000/img00000000.ppm", [0.5]]]}' >real/dataset.json
$run real gen $net --json=result.json --report page >out.txt 2>err.txt || exit
shows
grep -q 'id="classes"' page/index.html && die "broken labels are shown as classes"
says $BONAFIDE eval real gen $net --metrics per-class -q
echo report
$run real gen --weights synth:1 -k 1 --density-k 1 --kid-size 2 --splits 1 --metrics pr --report page \
    >out.txt 2>err.txt || exit
grep -v synthetic err.txt
