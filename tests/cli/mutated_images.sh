# Pictures with flipped bits, cut short or grown, and bombs among good ones: the run goes through, names every one that it
# leaves out, and gives the rows of the good ones alone, byte for byte; with and without the sandbox. MUTANTS=500 for the
# long form.
. "$LIB"
data=${LIB%cli/lib.sh}data/images
mutants=${MUTANTS:-30}
mkdir set
# number, format and place of each mutation, from a generator of its own: file, what to do, where, byte.
ls "$data" | grep -v 'ref.ppm$' >names.txt
awk -v n="$mutants" '
    function random(below) { x = (x * 16807) % 2147483647; return x % below }
    { name[NR - 1] = $0 }
    END { x = 20261122; for (i = 0; i < n; i++) print i, name[random(NR)], random(4), random(1000000), random(256) }' \
    names.txt >plan.txt
while read -r i name what where byte; do
    file=set/m$i-$name
    size=$(wc -c <"$data/$name")
    at=$((where % size))
    octal=$(printf '%03o' "$byte")
    cp "$data/$name" "$file" || exit 99
    chmod u+w "$file"
    case $what in
    0) head -c "$at" "$data/$name" >"$file" ;;
    1) printf "\\$octal" | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null ;;
    2) printf "\\$octal\\377\\000" | dd of="$file" bs=1 seek="$((at % 40))" conv=notrunc 2>/dev/null ;;
    3) cat "$data/$name" >>"$file" ;;
    esac
done <plan.txt
# Bombs: pixels beyond counting; a file beyond reading, that is all hole; a GIF of a million frames, of which one is read.
printf 'P5 60000 60000 255\nx' >set/wide.pgm
printf 'BM\066\000\000\000\000\000\000\000\066\000\000\000\050\000\000\000\140\352\000\000\140\352\000\000\001\000\030\000' \
    >set/wide.bmp
truncate -s 3G set/hole.png 2>/dev/null || : >set/hole.png
printf ',\000\000\000\000\001\000\001\000\000\002\002\104\001\000' >frames
i=0
while [ "$i" -lt 20 ]; do
    cat frames frames >more && mv more frames
    i=$((i + 1))
done
{
    printf 'GIF89a\001\000\001\000\200\000\000\377\000\000\000\000\000'
    cat frames
    printf ';'
} >set/million.gif
cp "$data/rgb.png" set/last.png

for sandbox in auto off; do
    $BONAFIDE features set -o "all-$sandbox.npy" --weights synth:1 --skip-bad --sandbox "$sandbox" --quiet \
        --manifest "run-$sandbox.json" >/dev/null || die "the run did not go through"
done
cmp all-auto.npy all-off.npy || die "the sandbox changes rows"
cmp run-auto.json.leaves run-off.json.leaves || die "the sandbox changes which images are left out"

# The good ones alone. The manifest's leaves name every picture that was left out.
mkdir good
cp set/* good/
grep ' skipped ' run-off.json.leaves | sed 's/.* //' >bad.txt
while read -r name; do
    rm "good/$name" || die "'$name' is no picture of the set"
done <bad.txt
[ "$(wc -l <bad.txt)" -gt $((mutants / 4)) ] || die "only $(wc -l <bad.txt) of $mutants were left out"
for name in wide.pgm wide.bmp hole.png; do
    [ ! -e "good/$name" ] || die "$name was taken for a picture"
done
[ -e good/million.gif ] && [ -e good/last.png ] || die "a good picture was left out"
$BONAFIDE features good -o good.npy --weights synth:1 --quiet >/dev/null || die "the good ones do not go through"
cmp all-auto.npy good.npy || die "rows differ from those of the good ones alone"
