# The usual way: statistics of the real images once, five sample sets against them, and which of them is best.
. "$LIB"
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
images real 1 14
for g in 1 2 3 4 5; do
    images gen$g $((100 * g)) $((100 * g + 9))
done
$BONAFIDE stats real -o real.npz -q >/dev/null || exit
$BONAFIDE features real -o real.npy -q >/dev/null || exit
for g in 1 2 3 4 5; do
    $BONAFIDE features gen$g -o gen$g.npy -q >/dev/null || exit
    $BONAFIDE fid real.npz gen$g.npy --json fid$g.json -q >/dev/null || exit
    $BONAFIDE eval real.npy gen$g.npy -q -k 2 --density-k 2 --json eval$g.json >/dev/null || exit
done
# A difference in N between the sides is a warning, and the same one however they are given.
for side in real real.npy real.npz; do
    $BONAFIDE fid $side gen1.npy 2>&1 >/dev/null | grep 'N differs' >$(basename $side).said
    cmp $(basename $side).said real.said || die "$side is warned of otherwise"
done
says $BONAFIDE compare fid1.json fid2.json fid3.json fid4.json fid5.json
for by in fid kid precision density; do
    $BONAFIDE compare eval1.json eval2.json eval3.json eval4.json eval5.json --by $by --json by.json >by.txt || exit
    json_valid by.json || die "$by: JSON is not valid"
    # Nothing is decided without an error above 0, and whatever is decided follows from the errors.
    awk -v by=$by '/"difference":/ { d = $2 + 0 } /"standard_error": null/ { e = "" } /"standard_error": [0-9]/ { e = $2 + 0 }
        /"inside_noise":/ { n++; v = $2; sub(",", "", v); d = d < 0 ? -d : d
            want = e == "" ? "null" : d <= 1.96 * e ? "true" : "false"
            if (e != "" && e <= 0 || v != want) print by ": " d, e, v }
        END { if (n != 10) print by ": " n " pairs" }' by.json
    # A dash in the table for each null next to the best.
    nulls=$(awk '/"first":/ { f = $2 } /"inside_noise": null/ && (best == "" || f == best) { n++ } /"first":/ && best == "" { best = $2 }
        END { print n + 0 }' by.json)
    [ "$(grep -c 'not measured (' by.txt)" -eq "$nulls" ] || die "$by: $nulls nulls, in the table $(grep -c 'not measured (' by.txt)"
done
# More real images for one run: its FID has another bias.
rm real/img14.ppm
$BONAFIDE stats real -o fewer.npz -q >/dev/null || exit
$BONAFIDE fid fewer.npz gen1.npy --json fewer.json -q >/dev/null || exit
says $BONAFIDE compare fid2.json fewer.json
says $BONAFIDE compare fid2.json fewer.json --allow n | grep -v '^out: '
# Other pixels or weights for one side.
$BONAFIDE stats real -o clean.npz --preset clean -q >/dev/null || exit
says $BONAFIDE fid clean.npz gen1
says $BONAFIDE fid real.npz gen1 --weights synth:2 --allow preset
