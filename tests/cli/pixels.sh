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
mkdir sensor mixed flat
deep sensor/a.pgm 15
deep sensor/b.pgm 9
cp sensor/*.pgm mixed
deep mixed/c.pgm 255
for i in 1 2 3; do printf 'P6 2 1 255\n!%d#!%d#' "$i" "$i" >flat/$i.ppm; done
run sensor
run sensor --bits 12
cp out.npy first.npy
run sensor --bits 16
cmp -s out.npy first.npy && die "12 and 16 bits give the same"
run sensor --bits 12
cmp out.npy first.npy || die "other rows from the cache"
run mixed
run flat
says $BONAFIDE features sensor -o out.npy --weights synth:1 --bits 17
says $BONAFIDE features sensor -o 1.part --weights synth:1 --shard 1/2
says $BONAFIDE features sensor -o 2.part --weights synth:1 --shard 2/2
says $BONAFIDE merge 1.part 2.part -o out.npy
for i in 1 2; do
    $BONAFIDE features sensor -o $i.part --weights synth:1 --shard $i/2 --bits 12 --quiet >/dev/null || die "shard $i"
done
$BONAFIDE merge 1.part 2.part -o out.npy --quiet >/dev/null || die "merge"
cmp out.npy first.npy || die "other rows from shards"
$BONAFIDE fid sensor mixed --weights synth:1 --bits 12 --manifest run.json --quiet >/dev/null || die "manifest"
$BONAFIDE audit run.json --quiet >/dev/null || die "audit"
