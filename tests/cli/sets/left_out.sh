# Files without an image's extension: images by their content are counted, others are named, and so are images that the
# preset's tool would not have found; in text, JSON and manifest, and the same of a merge. Older manifests stay readable.
. "$LIB"
images a 1 4
images a/sub 5 6
mv a/img2.ppm a/img2.jfif
mv a/img3.ppm a/img3
echo note >a/notes.txt
echo film >a/film.mp4
: >a/.hidden.png
mkdir a/.git a/.kept
images a/.git 7 7
images a/.kept 7 7
images b 11 12
net="--weights synth:1 --tap 64"
$BONAFIDE fid a b $net --preset pytorch-fid --manifest run.json --json=result.json >out.txt 2>err.txt || exit
grep -v -e synthetic -e 'N ' err.txt
grep '  real       a' out.txt
for file in result.json run.json; do
    json_valid $file || die "$file: not valid JSON"
    grep -A 40 '"path": "a"' $file | grep -B 40 -m 1 in_subfolders | grep -A 40 left_out
done
# The default preset is nobody's wish for a tool's number; nor does a tool that looks into folders leave any out.
$BONAFIDE fid a b $net >out.txt 2>err.txt || exit
grep subfolders err.txt
$BONAFIDE fid a b $net --preset clean >out.txt 2>err.txt || exit
grep subfolders err.txt
audited run.json
sed -e '/"left_out": /,/"in_subfolders": /d' run.json >older.json
cp run.json.leaves older.json.leaves
grep -q -e left_out -e in_subfolders older.json && die "the older manifest has new keys"
audited older.json
# A file made of the set keeps the numbers, statistics of that file too; one that does not say is not known.
: >a/bad.png
$BONAFIDE features a -o a.npz $net --skip-bad -q >/dev/null 2>&1 || die "features"
$BONAFIDE stats a.npz -o of.npz -q >/dev/null || die "statistics of features"
$BONAFIDE features a -o a.npy $net --skip-bad -q >/dev/null 2>&1 || die "features without origin"
rm a/bad.png
for set in a.npz of.npz a.npy; do
    $BONAFIDE fid $set b $net --manifest run.json --json=result.json >out.txt 2>err.txt || die "fid of $set: $(cat err.txt)"
    grep -e looking -e 'by their content' err.txt
    grep "  real       $set" out.txt
    for file in result.json run.json; do
        json_valid $file || die "$file: not valid JSON"
        grep -A 40 '"path": "'$set'"' $file | grep -m 7 -e skipped -e left_out -e by_content -e in_subfolders
    done
    audited run.json
done
# A merge says the same.
$BONAFIDE stats a -o s.npz $net --json=one.json -q >/dev/null
for i in 1 2; do
    $BONAFIDE stats a -o $i.part $net --shard $i/2 -q >/dev/null || exit
done
$BONAFIDE merge 1.part 2.part -o s.npz --json=two.json -q >/dev/null
cmp one.json two.json || die "a merge says something else than one run"
