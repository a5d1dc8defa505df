# One line for each generated image; contributions sum to 0; a copy of a real image is the first near-duplicate.
. "$LIB"
export BONAFIDE_WEIGHTS=synth:1
images real 1 6
images gen 11 14
cp real/img3.ppm gen/zz.ppm
$BONAFIDE eval real gen --metrics fid --per-image out.csv --json r.json -q >/dev/null || exit
json_valid r.json || die "JSON is not valid"
awk -F, 'NR > 1 { sum += $3; size += $3 < 0 ? -$3 : $3 }
    END { exit !(NR == 6 && size > 0 && sum < 1e-9 * size && sum > -1e-9 * size) }' out.csv || die "contributions"
awk -F, '$2 == "zz.ppm" { exit !($7 == "img3.ppm" && $8 == 0 && $9 == 1 && $10 == 1) }' out.csv || die "the copy's line"
awk '/"near_duplicate_pairs"/ { inside = 1 }
    inside && /"generated"/ { print; exit }' r.json
