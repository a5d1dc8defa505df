# drift: exact and split numerics on the same images, the same for every number of threads.
. "$LIB"
images set 1 25
echo "P6 broken" >set/img25.ppm
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
$BONAFIDE drift set --tap 64 --skip-bad --threads 1 --json one.json --quiet >/dev/null 2>&1 || echo "drift failed"
$BONAFIDE drift set --tap 64 --skip-bad --threads 3 --batch 2 --json three.json >three.txt 2>three.err || echo "drift failed"
cmp one.json three.json
# Not zero, and within the bound; every metric is there, and none moves by a hundredth of its standard error.
awk -F'[:,]' '
    /"features_relative_rms"/ { rms = $2 }
    /"largest_change_in_standard_errors"/ { change = $2 }
    /_exact"/ { n++ }
    END { if (!(rms > 1e-7 && rms < 8e-6 && change < 0.01 && n == 6)) print "rms", rms, "change", change, "metrics", n }' one.json
# What has no error is not measured, and not counted.
errors=$(grep -c '_standard_error"\|_at_least"\|_at_most"' one.json)
[ "$errors" -eq "$(number one.json metrics_judged)" ] || die "$errors errors, $(number one.json metrics_judged) judged"
grep -c ' of its standard error\| of an error (' three.txt
grep -c 'not measured' three.txt
grep 'metrics .*N = ' three.txt
grep 'N = ' three.err
rm set/img24.ppm
says $BONAFIDE drift set --tap 64 --skip-bad
says $BONAFIDE drift set --tap 64
says $BONAFIDE drift set --numerics split
