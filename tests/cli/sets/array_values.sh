# Arrays of floats by --range and channels first by --layout: the same images as the bytes that torchvision would save, also
# in a record that is audited, in shards and from the cache; both are said; a value outside is refused, and so are shards
# that differ.
. "$LIB"
# numbers KIND N SEED: n numbers as octal escapes; KIND f: 0, 1/4 ... 1 of float32, b: the bytes they become, s: 2 x - 1.
numbers()
{
    awk -v kind="$1" -v n="$2" -v x="$3" 'BEGIN {
        split("\\000\\000\\000\\000 \\000\\000\\200\\076 \\000\\000\\000\\077 \\000\\000\\100\\077 \\000\\000\\200\\077", f, " ")
        split("\\000\\000\\200\\277 \\000\\000\\000\\277 \\000\\000\\000\\000 \\000\\000\\000\\077 \\000\\000\\200\\077", s, " ")
        split("\\000 \\100 \\200 \\277 \\377", b, " ")
        for (i = 0; i < n; i++) {
            x = (x * 16807) % 2147483647
            k = 1 + int(x / 1000) % 5
            printf "%s", kind == "f" ? f[k] : kind == "s" ? s[k] : b[k]
        }
    }'
}
# array FILE DESCR SHAPE KIND SEED
array()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '$2', 'fortran_order': False, 'shape': $3, }" >>"$1"
    printf "$(numbers "$4" 768 "$5")" >>"$1"
}
array f.npy '<f4' '(4, 3, 8, 8)' f 1
array s.npy '<f4' '(4, 3, 8, 8)' s 1
array b.npy '|u1' '(4, 3, 8, 8)' b 1
array g.npy '|u1' '(4, 3, 8, 8)' b 2
array last.npy '<f4' '(4, 8, 8, 3)' f 3
net="--weights synth:1 --tap 64"
$BONAFIDE fid f.npy b.npy $net --range 0,1 --layout nchw --manifest m.json --json=r.json 2>/dev/null | grep '^  real  \|^  generated  '
$BONAFIDE fid s.npy b.npy $net --range -1,1 --layout nchw --json -q | grep '"same_sets"\|"low"\|"high"\|"layout"'
for file in r.json m.json; do
    json_valid $file || die "$file: not valid JSON"
    grep -A 40 '"path": "f.npy"' $file | grep -A 7 -m 1 '"array"'
    grep '"range"\|"layout"' $file
done
grep -A 1 '"range"' m.json | head -2
audited m.json
mkdir elsewhere
cp f.npy b.npy elsewhere
$BONAFIDE audit m.json --root elsewhere --quick 2 | grep -c identical
$BONAFIDE fid last.npy g.npy $net --range 0,1 --layout nchw 2>&1 | grep '^  real  \|^  generated  '
# What says nothing of them is refused, with both lines to type.
says $BONAFIDE fid f.npy b.npy $net
says $BONAFIDE fid b.npy f.npy $net
says $BONAFIDE fid s.npy s.npy $net --range 0,1 --layout nchw
says $BONAFIDE fid f.npy b.npy $net --range 1,0
# Shards give the same bytes, and are not merged where they differ.
$BONAFIDE stats f.npy -o one.npz $net --range 0,1 --layout nchw --json=one.json -q >/dev/null || die "stats"
for i in 1 2; do
    $BONAFIDE stats f.npy -o $i.part $net --range 0,1 --layout nchw --shard $i/2 -q >/dev/null || die "shard $i"
done
$BONAFIDE merge 1.part 2.part -o one.npz --json=two.json -q >/dev/null || die "merge"
cmp one.json two.json || die "a merge says something else than one run"
$BONAFIDE stats f.npy -o 2.part $net --range 0,2 --layout nchw --shard 2/2 -q >/dev/null || die "shard of another range"
says $BONAFIDE merge 1.part 2.part -o one.npz
# The cache tells ranges apart.
$BONAFIDE features f.npy -o 1.npy $net --range 0,1 --layout nchw --cache c -q >/dev/null || die "first"
$BONAFIDE features f.npy -o 2.npy $net --range 0,2 --layout nchw --cache c -q >/dev/null || die "second"
$BONAFIDE features f.npy -o 3.npy $net --range 0,2 --layout nchw -q >/dev/null || die "third"
cmp -s 1.npy 2.npy && die "the cache does not look at the range"
cmp 2.npy 3.npy || die "the cache gives other features"
$BONAFIDE plan f.npy --range 0,1 --layout nchw --shards 2 -o x.npz | grep -c -e '--range.*0,1.*--layout.*nchw'
