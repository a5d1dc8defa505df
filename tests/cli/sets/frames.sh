# Raw frames on standard input and CIFAR-10's binary files are the images that an .npy of the same pixels holds.
. "$LIB"

# frames N: N pictures of 2 x 2, eight different ones in turn; bytes only.
frames()
{
    awk -v n="$1" 'BEGIN {
        for (i = 0; i < n; i++)
            for (k = 0; k < 12; k++)
                printf "%c", 1 + (int(i * 7 / 5) % 8 * 31 + k * 17) % 120
    }'
}

# npy SHAPE: the header of an array of bytes.
npy()
{
    printf '\223NUMPY\001\000v\000'
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
}
run()
{
    $BONAFIDE "$@" --weights synth:1 --cache C --quiet >/dev/null
}
frames 16 | run features - --size 2x2 -o base-features.npy || exit
{ npy '10000, 2, 2, 3'; frames 10000; } >set.npy
frames 10000 | run features - --size 2x2 -o pipe.npy || die "10,000 frames failed"
run features set.npy -o array.npy || exit
cmp pipe.npy array.npy || die "features differ"
frames 300 | run stats - --size 2x2 -o pipe.npz || die "stats failed"
{ npy '300, 2, 2, 3'; frames 300; } >set.npy
run stats set.npy -o array.npz || exit
cmp pipe.npz array.npz || die "statistics differ"

# Two CIFAR-10 records: planes in the file, pixels in the array.
awk 'BEGIN {
    for (i = 0; i < 2; i++) {
        printf "%c", 3 + i
        for (c = 0; c < 3; c++)
            for (p = 0; p < 1024; p++)
                printf "%c", 1 + (i * 50 + c * 13 + p * 7) % 120
    }
}' >batch.bin
{
    npy '2, 32, 32, 3'
    awk 'BEGIN {
        for (i = 0; i < 2; i++)
            for (p = 0; p < 1024; p++)
                for (c = 0; c < 3; c++)
                    printf "%c", 1 + (i * 50 + c * 13 + p * 7) % 120
    }'
} >set.npy
run features batch.bin -o cifar.npy --tap 64 || die "CIFAR-10 failed"
run features set.npy -o array.npy --tap 64 || exit
cmp cifar.npy array.npy || die "features of CIFAR-10 differ"

refused()
{
    says $BONAFIDE features "$@" -o none.npy --weights synth:1
}
frames 3 | head -c 30 >cut.raw
refused - --size 2x2 <cut.raw
refused - --size 2x2 </dev/null
refused - </dev/null
for size in 2by2 2x 2 x2 x +2x2 ' 2x2' 2x2x 2x2x2 2x000002 18446744073709551618x2; do
    refused - --size "$size" </dev/null
done
refused - --size 0x4 </dev/null
says $BONAFIDE features - --size 2x2 --shard 1/2 -o none.part --weights synth:1 <cut.raw
frames 3 >three.raw
says $BONAFIDE fid - - --size 2x2 --weights synth:1 <three.raw
head -c 6000 batch.bin >cut.bin
refused cut.bin
[ ! -e none.npy ] && [ ! -e none.part ] || die "a file was written"
