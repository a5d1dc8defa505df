# What decoding took or left is said, and 16-bit pictures that use fewer bits stop the run with the option that decides.
. "$LIB"
# deep FILE HIGH: a PGM of 16 bits whose samples go up to 256 HIGH.
deep()
{
    printf 'P5 4 4 65535\n' >"$1"
    for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 "$2"; do
        # shellcheck disable=SC2059
        printf "\\$(printf %03o "$i")\\000" >>"$1"
    done
}
run()
{
    says $BONAFIDE features "$@" -o out.npy --weights synth:1 --cache cache
}
mkdir sensor mixed flat half black
deep sensor/a.pgm 15
deep sensor/b.pgm 9
cp sensor/*.pgm mixed
deep mixed/c.pgm 255
deep half/a.pgm 15
deep half/c.pgm 255
cp half/c.pgm black
for i in 1 2; do awk 'BEGIN { printf "P5 1 1 65535\n" }' >black/$i.pgm && printf '\000\000' >>black/$i.pgm; done
for i in 1 2 3; do printf 'P6 2 1 255\n!%d#!%d#' "$i" "$i" >flat/$i.ppm; done
run sensor
run sensor --bits 12
cp out.npy first.npy
run sensor --bits 16
cmp -s out.npy first.npy && die "12 and 16 bits give the same"
run sensor --bits 12
cmp out.npy first.npy || die "other rows from the cache"
# One bright picture among dark ones hides them no more; half of them is a choice, and what is black says nothing.
run mixed
run half
run black
# Too few bits: larger samples are white.
run mixed --bits 12
run sensor --bits 10
run flat
says $BONAFIDE features sensor -o out.npy --weights synth:1 --bits 17
says $BONAFIDE features sensor -o 1.part --weights synth:1 --shard 1/2
says $BONAFIDE features sensor -o 2.part --weights synth:1 --shard 2/2
says $BONAFIDE merge 1.part 2.part -o out.npy
# What people are shown is checked alike.
says $BONAFIDE judge sheet sensor flat -n 4 -o sheet
test -e sheet && die "a sheet of black pictures was written"
says $BONAFIDE judge sheet flat sensor -n 4 -o sheet --bits 12
says $BONAFIDE judge sheet flat mixed -n 6 -o sheet
for i in 1 2; do
    $BONAFIDE features mixed -o $i.part --weights synth:1 --shard $i/2 >out.txt 2>$i.txt || die "shard $i"
    grep samples $i.txt
done
warned 'fit 12' $BONAFIDE merge 1.part 2.part -o out.npy
for i in 1 2; do
    $BONAFIDE features sensor -o $i.part --weights synth:1 --shard $i/2 --bits 12 --quiet >/dev/null || die "shard $i"
done
$BONAFIDE merge 1.part 2.part -o out.npy --quiet >/dev/null || die "merge"
cmp out.npy first.npy || die "other rows from shards"
$BONAFIDE fid sensor mixed --weights synth:1 --bits 12 --manifest run.json --quiet >/dev/null || die "manifest"
$BONAFIDE audit run.json --quiet >/dev/null || die "audit"
