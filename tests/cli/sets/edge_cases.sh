# Single images, equal sets, images without any difference, classes of one image, features that are no numbers: a value
# that is defined or a reason, and never NaN.
. "$LIB"
export BONAFIDE_WEIGHTS=synth:1
images one 1 1
images same 1 6
mkdir -p flat k1/a k1/b k2/a k2/b
for i in 1 2 3 4 5 6; do cp same/img1.ppm flat/$i.ppm; done
cp same/img1.ppm k1/a
cp same/img2.ppm same/img3.ppm k1/b
cp same/img4.ppm k2/a
cp same/img5.ppm same/img6.ppm k2/b
echo "one image"
says $BONAFIDE eval one one --all
for set in same flat; do
    echo "$set"
    $BONAFIDE eval $set $set --all --splits 3 --kid-size 6 --json $set.json --per-image $set.csv -q || exit
    json_valid $set.json || die "$set: JSON is not valid"
    grep -in "nan\|null" $set.csv
    grep -n ": nan\|NaN" $set.json
    for key in frechet_inception_distance frechet_inception_distance_spatial; do
        small "$(number $set.json $key)" || die "$set: $key is not 0"
    done
done
echo "classes"
$BONAFIDE eval k1 k2 --metrics per-class -q | head -n 5
echo "not a number"
sets=${LIB%/cli/lib.sh}/data/sets
says $BONAFIDE eval "$sets/f4_nan.npy" "$sets/f8.npy"
