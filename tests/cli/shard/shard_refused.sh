# Parts that do not belong together, and disks that are full: one line that names what is wrong, exit 3 (1 for the
# disk), and what was there before stays.
. "$LIB"
images a 1 3
images b 4 6
part()
{
    out=$1
    shift
    $BONAFIDE features "$@" --tap 64 -o "$out" --quiet >/dev/null || die "$out could not be made"
}
part 1.part a --weights synth:1 --shard 1/3
part 2.part a --weights synth:1 --shard 2/3
part 3.part a --weights synth:1 --shard 3/3
part weights.part a --weights synth:2 --shard 2/3
part preset.part a --weights synth:1 --shard 2/3 --preset clean
part other.part b --weights synth:1 --shard 2/3
part four.part a --weights synth:1 --shard 2/4
image a/extra.ppm 9 20 20
part list.part a --weights synth:1 --shard 2/3
head -c 900 2.part >cut.part
head -c 40 2.part >stub.part
: >empty.part
{ head -c 200 2.part; printf X; tail -c +202 2.part; } >damaged.part
echo "precious" >out.npy
merge()
{
    echo "$*"
    says $BONAFIDE merge "$@" -o out.npy
}
merge 1.part 3.part
merge 1.part
merge 1.part 2.part 3.part 1.part
for bad in weights preset other four list cut stub empty damaged; do
    merge 1.part $bad.part 3.part
done
merge 1.part a/img1.ppm
merge nothing.part
merge a
echo "usage"
says $BONAFIDE merge
says $BONAFIDE merge 1.part 2.part 3.part
says $BONAFIDE features a --shard 4/3 -o x.part
says $BONAFIDE features a --shard 1of3 -o x.part
says $BONAFIDE eval a b --shard 1/2
says $BONAFIDE eval a b --shard 1/2 -o x.part --manifest m.json
says $BONAFIDE eval a b --shard 1/2 -o x.part --as all
says $BONAFIDE eval a b -o x.part
echo "full disk"
limited()
{
    (trap '' XFSZ && ulimit -f 1 && exec "$@")
}
cp 3.part kept.part
says limited $BONAFIDE merge 1.part 2.part 3.part -o out.npy --quiet
says limited $BONAFIDE features a --tap 64 --weights synth:1 --shard 3/3 -o 3.part --quiet
cmp kept.part 3.part || die "a part was lost"
grep -q precious out.npy || die "an earlier result was lost"
$BONAFIDE merge 1.part 2.part 3.part -o out.npy --quiet >/dev/null || die "good parts were refused"
ls
