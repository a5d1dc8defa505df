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
# le NUMBER BYTES, be NUMBER BYTES: a number, its least significant byte first, or last.
le()
{
    v=$1
    for _ in $(seq "$2"); do
        printf "\\$(printf %03o $((v & 255)))"
        v=$((v >> 8))
    done
}
be()
{
    for k in $(seq "$2"); do
        printf "\\$(printf %03o $(($1 >> 8 * ($2 - k) & 255)))"
    done
}
# crc FILE: its CRC-32, which gzip puts at the end.
crc()
{
    gzip -c <"$1" | tail -c 8 | head -c 4 | od -An -tu1 | awk '{ printf "%.0f", $1 + 256 * ($2 + 256 * ($3 + 256 * $4)) }'
}
{ printf IHDR; be 60000 4; be 60000 4; printf '\010\002\000\000\000'; } >head.bin
{
    printf '\211PNG\r\n\032\n'
    be 13 4
    cat head.bin
    be "$(crc head.bin)" 4
    printf '\000\000\000\000IDAT\065\257\006\036'
} >set/wide.png
{ printf '\377\330\377\300\000\021\010'; be 60000 2; be 60000 2; printf '\003\001\042\000\002\021\000\003\021\000'; } >set/wide.jpg
{ printf 'GIF89a'; le 60000 2; le 60000 2; printf '\200\000\000\377\000\000\000\000\000,'; le 0 4; le 60000 2; le 60000 2; printf '\000\002\002\104\001\000;'; } >set/wide.gif
{ printf '\000\000\002\000\000\000\000\000\000\000\000\000'; le 60000 2; le 60000 2; printf '\030\000'; } >set/wide.tga
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
for name in wide.pgm wide.bmp wide.png wide.jpg wide.gif wide.tga hole.png; do
    [ ! -e "good/$name" ] || die "$name was taken for a picture"
done
[ -e good/million.gif ] && [ -e good/last.png ] || die "a good picture was left out"
$BONAFIDE features good -o good.npy --weights synth:1 --quiet >/dev/null || die "the good ones do not go through"
cmp all-auto.npy good.npy || die "rows differ from those of the good ones alone"

# Archives: a member that says it is 2 GB, one that is 20 MB of zeros in 20 kB, one that says it is 50 bytes and is 20 MB,
# one of another size than the file in it. One that lies outside of the archive makes it no archive.
head -c 20000000 /dev/zero | gzip -9 >zeros.gz
tail -c +11 zeros.gz | head -c $(($(wc -c <zeros.gz) - 18)) >zeros.deflated
crc_of_zeros=$(tail -c 8 zeros.gz | head -c 4 | od -An -tu1 | awk '{ printf "%.0f", $1 + 256 * ($2 + 256 * ($3 + 256 * $4)) }')
n_members=0
: >body
: >directory
# member NAME METHOD CRC PACKED_SIZE SIZE FILE
member()
{
    at=$(wc -c <body)
    { le 20 2; le 0 2; le "$2" 2; le 0 4; le "$3" 4; le "$4" 4; le "$5" 4; le ${#1} 2; le 0 2; } >entry
    { printf 'PK\003\004'; cat entry; printf %s "$1"; cat "$6"; } >>body
    { printf 'PK\001\002'; le 20 2; cat entry; le 0 2; le 0 4; le 0 4; le "$at" 4; printf %s "$1"; } >>directory
    n_members=$((n_members + 1))
}
archive()
{
    cat body directory
    printf 'PK\005\006\000\000\000\000'
    le $n_members 2
    le $n_members 2
    le "$(wc -c <directory)" 4
    le "$(wc -c <body)" 4
    le 0 2
}
size=$(wc -c <"$data/rgb.png")
packed=$(wc -c <zeros.deflated)
member a.png 0 "$(crc "$data/rgb.png")" "$size" "$size" "$data/rgb.png"
member z.jpg 0 "$(crc "$data/rgb.jpg")" "$(wc -c <"$data/rgb.jpg")" "$(wc -c <"$data/rgb.jpg")" "$data/rgb.jpg"
archive >good.zip
member huge.png 8 "$crc_of_zeros" "$packed" 2000000000 zeros.deflated
member bomb.png 8 "$crc_of_zeros" "$packed" 20000000 zeros.deflated
member liar.png 8 "$crc_of_zeros" "$packed" 50 zeros.deflated
member short.png 0 "$(crc "$data/rgb.png")" $((size - 7)) $((size - 7)) "$data/rgb.png"
archive >bombs.zip
member long.png 0 "$(crc "$data/rgb.png")" 2000000 2000000 "$data/rgb.png"
archive >torn.zip
for sandbox in on off; do
    $BONAFIDE features bombs.zip -o bombs.npy --weights synth:1 --skip-bad --sandbox $sandbox --limits ratio=500 --quiet \
        --manifest bombs.json >/dev/null || die "the archive did not go through"
    [ "$(grep ' skipped ' bombs.json.leaves | sed 's/.* //' | tr '\n' ' ')" = "bomb.png huge.png liar.png short.png " ] ||
        die "left out: $(grep ' skipped ' bombs.json.leaves)"
    $BONAFIDE features good.zip -o good.npy --weights synth:1 --sandbox $sandbox --quiet >/dev/null || die "the good archive"
    cmp bombs.npy good.npy || die "rows differ from those of the good members alone"
done
$BONAFIDE features torn.zip -o bombs.npy --weights synth:1 --skip-bad --quiet >/dev/null 2>err.txt
[ $? -eq 3 ] || die "a member outside of the archive: exit status is not 3"
grep -q 'torn.zip: long.png: its data are outside the archive' err.txt || die "torn.zip: $(cat err.txt)"
