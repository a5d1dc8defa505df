# The page of a report: all its parts are there, names cannot break out of it, the same run gives the same bytes.
. "$LIB"
for class in cat dog; do
    images real/$class 1 4
    images gen/$class 21 24
done
cp real/cat/img2.ppm gen/dog/copied.ppm
cp real/cat/img2.ppm real/dog/same.ppm
mv gen/cat/img21.ppm "gen/cat/<b onclick=x>\"&'.ppm"
cp gen/cat/img22.ppm "gen/cat/$(printf 'bad\377\033name').ppm"
run="$BONAFIDE eval real gen --splits 2 -k 2 --density-k 2 --kid-size 4 --weights synth:1 --quiet"
$run --report page --threads 2 --manifest run.json --json=result.json | grep report || exit
$run --report again --threads 1 --batch 3 >/dev/null || exit
cmp page/index.html again/index.html || die "two pages of one run differ"
diff -r page again || die "what lies beside two pages of one run differs"
# Beside the page is what it names, and nothing else; every figure and every number is there.
{
    grep -o 'href="[a-z-]*\.\(svg\|csv\)"' page/index.html | sed 's/.*"\(.*\)"/\1/'
    echo index.html
} | sort >named
ls -A page | sort | cmp - named || die "beside the page: $(ls -A page)"
[ "$(grep -c '<h3>.*</h3>' page/index.html)" -gt 12 ] || die "figures are missing"
for name in scores fid-of-n plane precision-recall-of-k distances influence realism spectra classes-seen entropy classes; do
    head -c 5 page/$name.svg | grep -q '<?xml' || die "no $name.svg"
    grep -q 'var(' page/$name.svg && die "$name.svg has colours by name"
    [ "$(wc -c <page/$name.svg)" -lt 60000 ] || die "$name.svg is large"
    [ "$(wc -l <page/$name.csv)" -gt 1 ] || die "no numbers in $name.csv"
done
value=$(number result.json frechet_inception_distance)
[ -n "$value" ] && grep -q "^frechet_inception_distance,$value" page/results.csv || die "results.csv has not the FID '$value'"
head -n 1 page/classes.csv
cut -d, -f1-3 page/classes.csv | tail -n 2
grep -q '"report": "page/index.html"' result.json || die "no report in the JSON"
for part in '<!DOCTYPE html>' '<html lang="en">' 'name="viewport"' 'prefers-color-scheme:dark' '@media print' \
    'id="results"' 'id="figures"' 'id="samples"' 'id="galleries"' 'id="classes"' 'class="px"' 'id="files"' 'id="run"' 'Suspected duplicates' \
    'FID against the number of images' 'Precision and recall, seen' 'nearest real image' 'What the network sees' \
    'What makes the Inception Score' 'They raise FID most' 'Least realistic' 'side by side' 'copied.ppm' \
    'Merkle root' 'Results to the last bit' 'data:image/jpeg;base64,' '</html>'; do
    grep -q -e "$part" page/index.html || die "the page has no $part"
done
grep -q '<b onclick' page/index.html && die "a file name became markup"
grep -q '<script' page/index.html && die "the page has a script"
LC_ALL=C grep -q "$(printf '\033')" page/index.html && die "a control character came through"
grep -o -E '(src|href)="[^"#][^"]*"' page/index.html | cut -c 1-80 | grep -v -E '"(data:.*|[a-z-]*\.(svg|csv)")$' && die "the page asks for something outside itself"
# Every picture is drawn once and every reference to one is answered.
grep -o '<image id="t[0-9]*"' page/index.html | sort | uniq -d | grep . && die "a picture is drawn twice"
grep -o 'href="#t[0-9]*"' page/index.html | sed 's/.*#\(.*\)"/\1/' | sort -u >shown
grep -o '<image id="t[0-9]*"' page/index.html | sed 's/.*"\(.*\)"/\1/' | sort -u >drawn
cmp shown drawn || die "pictures shown and drawn differ"
audited run.json
# A page is sent around: of absolute paths it has the last part, in names, warnings and the line to paste. What it is
# headed with is the reader's.
mkdir -p "sub folder/gen"
cp gen/dog/*.ppm "sub folder/gen"
$BONAFIDE eval "$PWD/real" "$PWD/sub folder/gen" --splits 2 -k 2 --kid-size 4 --weights synth:1 -q --metrics pr,fid,kid \
    --limits pixels=1M --report "$PWD/sent" --title 'Ours <v2> & "theirs"' >/dev/null || exit
grep -n -F "$PWD" sent/index.html && die "the page has an absolute path"
grep -q '<title>Ours &#60;v2&#62; &#38; &#34;theirs&#34;</title>' sent/index.html || die "no title"
grep -q '<h1>Ours &#60;v2&#62; &#38; &#34;theirs&#34;</h1>' sent/index.html || die "no heading"
grep -q 'bonafide eval real gen .*--title &#39;Ours &#60;v2&#62; &#38; &#34;theirs&#34;&#39;' sent/index.html ||
    die "no command line to paste"
grep -o '<li><span class="what">[^<]*' sent/index.html
grep -o '<summary>.* warnings*:' sent/index.html
grep -q '<h1>Generated images <bdi>gen</bdi> against real images <bdi>real</bdi></h1>' page/index.html || die "no names"
# Sets of one name are told apart by the folders before it.
mkdir -p one/set two/set
cp real/cat/*.ppm one/set
cp gen/dog/*.ppm two/set
$BONAFIDE eval "$PWD/one/set" "$PWD/two/set/" -k 2 --weights synth:1 -q --metrics pr --report same >/dev/null || exit
grep -o '<h1>.*</h1>' same/index.html
says $BONAFIDE eval real gen --title words
# Without images, what can be shown is.
need_features
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" -q -k 2 --density-k 2 --report rows --metrics fid,pr
grep -q 'id="galleries"' rows/index.html && die "images of a feature file"
grep -q 'Precision and recall, seen' rows/index.html || die "no figures of a feature file"
grep -q 'Spectra of the features' rows/index.html || die "no spectra of a feature file"
# Of many rows figures that take time with the square of them are of some, and say so; --per-image has looked at all.
rows()
{
    printf '\223NUMPY\001\000v\000'
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1, 8), }"
    LC_ALL=C awk -v n=$((8 * $1)) -v s="$2" 'BEGIN {
        for (i = 0; i < n; i++) { # numbers from a half to one: three bytes at random and a fixed one
            s = (s * 1103515245 + 12345) % 2147483648
            printf "%c%c%c?", 1 + int(s / 65536) % 126, 1 + int(s / 1024) % 126, 1 + int(s / 8192) % 126
        }
    }'
}
rows 4100 1 >many.npy
rows 4200 7 >more.npy
spread='Of 3000 of the 4100 real and 3000 of the 4200 generated images'
shown() # PAGE: how many images the histogram of distances is of
{
    grep -o 'Two histograms of the distance to the nearest real image, of [0-9]* generated and of [0-9]* real' "$1/index.html"
}
$BONAFIDE eval many.npy more.npy -q --metrics fid,pr --report some >/dev/null || exit
[ "$(grep -c "$spread" some/index.html)" -ge 3 ] || die "figures of some rows do not say so"
shown some
$BONAFIDE eval many.npy more.npy -q --metrics fid,pr --report all --per-image all.csv >/dev/null || exit
grep -q "$spread" all/index.html && die "figures of some rows where all were looked at"
shown all
# FID against N is the metric's own where FID-infinity is asked for.
$BONAFIDE eval many.npy more.npy -q --metrics fid,fid-inf --report fitted >/dev/null || exit
wc -l <some/fid-of-n.csv
wc -l <fitted/fid-of-n.csv
# What cannot be written is said before the work.
: >file
says $BONAFIDE eval real gen --report file --weights missing.iv3
mkdir -p taken/index.html
says $BONAFIDE eval real gen --report taken --weights missing.iv3
says $BONAFIDE eval real gen --report page --as all
