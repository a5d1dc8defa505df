# Manifests that are not: one line, exit status 3, at once.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
refused()
{
    gives 3 "$1" $BONAFIDE audit bad.json
}
gives 3 'bonafide: nowhere.json: cannot open: *' $BONAFIDE audit nowhere.json
gives 3 'bonafide: real: a regular file expected, *' $BONAFIDE audit real
edited '"bonafide_manifest": 1' '"bonafide_manifest": 2'
refused 'bonafide: bad.json: manifest version 2, this program reads version 1: use a newer bonafide'
edited '"version": 1,' '"version": 9,'
refused 'bonafide: bad.json: cannot check: its images were decoded to pixels of version 9, this program has version *'
awk '/"numerics"/ { seen = 1 } seen && sub(/"version": 1,/, "\"version\": 9,") { seen = 0 } { print }' run.json >bad.json
refused 'bonafide: bad.json: cannot check: made with numerics version 9, this program has version *'
edited '"mode": "exact"' '"mode": "exact", "mode": "exact"'
refused 'bonafide: bad.json: numerics.mode: the key is there twice'
edited '"mode": "exact"' '"mode": "fast"'
refused 'bonafide: bad.json: numerics: mode "exact" or "split" expected, "fast" found'
edited '"n": 3' '"n": "3"'
refused 'bonafide: bad.json: sets\[0\].n: expected a whole number, found a string'
edited '"weights": {' '"weights": [], "x": {'
refused 'bonafide: bad.json: weights: expected an object, found an array'
head -c 900 run.json >bad.json
refused 'bonafide: bad.json: line *: not valid JSON: *'
awk 'BEGIN { printf "{\"a\": "; for (i = 0; i < 100000; i++) printf "["; print "" }' >bad.json
refused 'bonafide: bad.json: line 1: not valid JSON: nested too deep (at most 32 levels)'
: >bad.json
refused 'bonafide: bad.json: line 1: not valid JSON: the text ends too early (truncated?)'
printf '\001\002\003' >bad.json
refused 'bonafide: bad.json: line 1: not valid JSON: a value expected'
dd if=/dev/zero of=bad.json bs=1 count=1 seek=67108864 2>/dev/null
refused 'bonafide: bad.json: 67108865 bytes are too many (at most 67108864)'

cp run.json bad.json
rm bad.json.leaves
refused 'bonafide: bad.json.leaves: is not there: *belongs to it'
head -c 500 run.json.leaves >bad.json.leaves
refused 'bonafide: bad.json.leaves: truncated: * bytes expected, 500 found'
sed 's/img1/img7/' run.json.leaves >bad.json.leaves
refused 'bonafide: bad.json.leaves: changed since it was written: SHA-256 * expected, * found'
echo more >>bad.json.leaves
refused 'bonafide: bad.json.leaves: not of this manifest: * bytes expected, * found'
