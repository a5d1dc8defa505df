# Sets whose images lie in an order that shows, and sets with as many images of each class: FID is not corrected, and why.
. "$LIB"
# rows FILE SEED ORDER: 200 rows of 32 columns about five centres, sorted or not.
rows()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (200, 32), }" >>"$1"
    awk -v x="$2" -v order="$3" 'BEGIN {
        for (i = 0; i < 200; i++) {
            x = (x * 16807) % 2147483647
            class = order == "sorted" ? int(i / 40) : int(x / 1000) % 5
            for (k = 0; k < 32; k++) {
                x = (x * 16807) % 2147483647
                printf "%c%c%cA", 1 + x % 120, 1 + int(x / 7) % 120, (k % 5 == class ? 60 : 1) + int(x / 1000) % 60
            }
        }
    }' >>"$1"
}
rows sorted.npy 11 sorted
rows mixed.npy 12 mixed
rows other.npy 13 mixed
for pair in 'mixed.npy other.npy' 'mixed.npy sorted.npy' 'sorted.npy mixed.npy'; do
    echo "$pair"
    # shellcheck disable=SC2086
    warned 'follow each other' $BONAFIDE fid $pair --json=out.json
    sed -n 's/^ *\("corrected_frechet_inception_distance_error_unknown".*\)/\1/p' out.json
    sed -n 's|^ *\("frechet_inception_distance_error_unknown".*\)|\1|p' out.json
done
# Dark and bright pictures, in folders of a class each: balanced, and one short of it.
first=0
for set in a b; do
    first=$((first + 1000))
    i=0
    while [ $i -lt 20 ]; do
        for class in dark bright; do
            mkdir -p $set/$class
            level=$([ $class = dark ] && echo 3 || echo 77)
            { printf 'P6\n4 4\n255\n'; awk -v x=$((i + first + level)) 'BEGIN {
                for (k = 0; k < 48; k++) { x = (x * 16807 + 11) % 2147483647; printf "%c", (x % 20) + 1 + '$level' } }'
            } >$set/$class/$i.ppm
        done
        i=$((i + 1))
    done
done
balance()
{
    warned 'follow each other' $BONAFIDE fid a b --weights synth:1 --tap 64 --json=out.json
    sed -n 's/^ *\("corrected_frechet_inception_distance_error_unknown".*\)/\1/p' out.json
}
balance
rm a/dark/0.ppm a/dark/1.ppm b/bright/0.ppm b/bright/1.ppm
balance
