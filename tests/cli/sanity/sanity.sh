# The disturbance test: three files, the same for any number of threads and from the cache, and what it refuses.
. "$LIB"
images set 1 24
run="$BONAFIDE sanity set --weights synth:1 --quiet -k 2 --density-k 2"
$run -o one --disturb contamination --cache kept --threads 2 --json=result.json >table || exit
$run -o two --disturb contamination --cache kept >/dev/null || exit
$run -o three --disturb mode-dropping,contamination --threads 1 --batch 3 >/dev/null || exit
for file in index.html sanity.csv sanity.json; do
    cmp one/$file two/$file || die "$file differs when features come from the cache"
done
grep -v mode-dropping three/sanity.csv | cmp - one/sanity.csv || die "threads, batch or cache change the numbers"
# The page is sent around: no absolute path in it, warnings that unfold, headed with the set.
$BONAFIDE sanity "$PWD/set" --weights synth:1 --quiet -k 2 --density-k 2 -o four --disturb contamination --cache kept >/dev/null || exit
grep -n -F "$PWD" four/index.html && die "the page has an absolute path"
grep -q '<h1>Which metrics can be trusted on <bdi>set</bdi>?</h1>' four/index.html || grep '<h1>' four/index.html
grep -q '<summary>[0-9]* warnings*: read before' four/index.html || die "no warnings that unfold"
json_valid one/sanity.json || die "sanity.json is not valid"
json_valid result.json || die "the result is not valid"
[ "$(ls one | tr '\n' ' ')" = "index.html sanity.csv sanity.json " ] || die "in the folder: $(ls one)"
# 2 disturbances x 7 metrics x 4 levels and the head.
[ "$(wc -l <three/sanity.csv)" -eq 57 ] || die "$(wc -l <three/sanity.csv) lines in the CSV"
head -n 1 one/sanity.csv
cut -d, -f1-4 three/sanity.csv | grep frechet
# More foreign pictures are farther away.
awk -F, '$1 == "contamination" && $4 == "frechet_inception_distance" { if ($2 > 0 && $5 <= last) bad = 1; last = $5 }
    END { exit bad }' one/sanity.csv || die "FID does not rise with contamination"
# Without an error to judge by nothing is noticed, whatever the change: as with eval FID's takes 20 images, a share's 40.
for metric in FID Precision; do
    grep -q "^  $metric *N = 12 vs 12: not measured (no error to judge by)$" table ||
        die "$metric is judged: $(grep $metric table)"
done
grep -q '^  KID *N = 12 vs 12: notices' table || die "KID is not judged: $(grep KID table)"
awk -F, 'NR > 1 && $2 == 0 && ($6 == "") != ($8 == "not measured") { print "judged by no error:", $0 }
    NR > 1 && $6 != "" && $6 <= 0 { print "an error of 0:", $0 }' one/sanity.csv
grep -q '"standard_error": null' one/sanity.json || die "no null"
$BONAFIDE sanity set --weights synth:1 -k 2 --density-k 2 -o four --disturb contamination --cache kept 2>&1 >/dev/null |
    grep -q 'warning: N = 12 vs 12 is small' || die "no word about few images"
grep -q 'is small' four/index.html || die "no word about few images on the page"
for part in 'Of 12 images against 12' 'not measured: there is' 'id="verdicts"' 'id="levels"' 'id="curves"' 'lang="en"' 'contamination' '<figcaption>contamination'; do
    grep -q -e "$part" one/index.html || die "the page has no $part"
done
grep -o -E '(src|href)="[^"#d][^"]*"' one/index.html && die "the page asks for something outside itself"
says $run -o no --disturb blurr
says $run -o no --disturb fog
images few 1 5
says $BONAFIDE sanity few -o no --weights synth:1 -q
need_features
says $BONAFIDE sanity "$SHARED/a.npy" -o no --weights synth:1 -q
says $BONAFIDE sanity set --weights synth:1 -q
