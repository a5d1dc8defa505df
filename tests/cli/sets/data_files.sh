# The same pictures as CIFAR-100's records, MNIST's file packed by gzip, a tar, and several files of each as one set; such
# sets are audited, also elsewhere, and dealt to shards; labels and captions of a tar are counted.
. "$LIB"
# Pictures of CIFAR's size, as records of two labels and three planes: grey ones, so that a plane is the picture.
picture()
{
    image plane.ppm "$1" 32 11
    tail -c 1056 plane.ppm | head -c 1024
}
: >data_batch_1.bin
: >data_batch_2.bin
mkdir folder cifar
for i in 1 2 3 4; do
    picture $i >plane
    { printf '\003\143'; cat plane plane plane; } >>data_batch_$((1 + i / 4)).bin
    { printf 'P5 32 32 255\n'; cat plane; } >folder/$i.pgm
    cat plane >>planes
done
mv data_batch_?.bin cifar
{ printf '\000\000\010\003\000\000\000\004\000\000\000\040\000\000\000\040'; cat planes; } >t10k-images-idx3-ubyte
gzip -n -c t10k-images-idx3-ubyte >t10k-images-idx3-ubyte.gz || die "gzip"
# A header of tar is made by hand, as no tar need be here.
member()
{
    n=$(wc -c <"$2")
    size=$(printf '%011o' "$n")
    sum=256
    for c in $(printf '%s0000644%s0ustar00' "$1" "$size" | od -An -v -tu1); do
        sum=$((sum + c))
    done
    printf '%s' "$1"
    head -c $((100 - ${#1})) /dev/zero
    printf '0000644\000'
    head -c 16 /dev/zero
    printf '%s\000' "$size"
    head -c 12 /dev/zero
    printf '%06o\000 0' "$sum"
    head -c 100 /dev/zero
    printf 'ustar\00000'
    head -c 247 /dev/zero
    cat "$2"
    head -c $(((512 - n % 512) % 512)) /dev/zero
}
echo 3 >label
mkdir shards
{ member 1.pgm folder/1.pgm; member 1.cls label; member 2.pgm folder/2.pgm; head -c 1024 /dev/zero; } >shards/0000.tar
{ member 3.pgm folder/3.pgm; member 4.pgm folder/4.pgm; member 4.cls label; head -c 1024 /dev/zero; } >shards/0001.tar
net="--weights synth:1 --tap 64"
for set in cifar 'cifar/data_batch_*.bin' t10k-images-idx3-ubyte t10k-images-idx3-ubyte.gz shards 'shards/*.tar'; do
    $BONAFIDE fid folder "$set" $net --manifest m.json --json=r.json >out.txt 2>err.txt || die "$set: $(cat err.txt)"
    grep '  generated  ' out.txt
    grep '"same_sets"' r.json
    grep 'not looked at' err.txt
    $BONAFIDE audit m.json -q >/dev/null || die "$set: the audit failed"
    mkdir elsewhere
    cp -r folder cifar shards t10k* elsewhere
    mv cifar cifar.away
    mv shards shards.away
    $BONAFIDE audit m.json --root elsewhere -q >/dev/null || die "$set: the audit elsewhere failed"
    mv cifar.away cifar
    mv shards.away shards
    rm -rf elsewhere
done
grep -A 3 '"left_out": 2' r.json
$BONAFIDE features 'shards/*.tar' -o one.npz $net -q >/dev/null || die "features"
for i in 1 2; do
    $BONAFIDE features 'shards/*.tar' -o $i.part $net --shard $i/2 -q >/dev/null || die "shard $i"
done
$BONAFIDE merge 1.part 2.part -o two.npz -q >/dev/null || die "merge"
cmp one.npz two.npz || die "a merge gives another file than one run"
cp cifar/data_batch_1.bin cifar/test_batch.bin
says $BONAFIDE fid folder cifar $net
# Files beside images are left out of the set, and counted in the line of it.
cp shards/0000.tar folder
: >folder/other.doc
$BONAFIDE fid folder 'cifar/data*' $net 2>&1 | grep '  real       \|not looked'
