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
for part in 'id="verdicts"' 'id="levels"' 'id="curves"' 'lang="en"' 'contamination' '<figcaption>contamination'; do
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
