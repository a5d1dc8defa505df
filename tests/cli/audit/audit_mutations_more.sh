# More single changes, each named: files, options, digests of one image in the sidecar, results.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
hex='[0-9a-f]*'
n=0
# named PATTERN [MANIFEST]: the audit ends with 4 and says this.
named()
{
    gives 4 "bonafide: ${2:-run.json}: $1" $BONAFIDE audit "${2:-run.json}"
    n=$((n + 1))
}

# One bit of a file. The weights: lowest bit of one of the last bytes, and of one in the middle.
flip() # FILE OFFSET
{
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
rm w.iv3 && cp "$SHARED/w.iv3" w.iv3
size=$(wc -c <w.iv3)
flip w.iv3 $((size / 2))
named "weights differ: w.iv3: tensor '*' is damaged: *"
flip w.iv3 $((size / 2))
flip gen/img5.ppm 40
named "inputs differ: generated: image 1 'img5.ppm': SHA-256 of the file: $hex in the manifest, $hex now"
flip gen/img5.ppm 40
printf 'x' >>real/img1.ppm # bytes after the pixels
named "inputs differ: real: image 0 'img1.ppm': SHA-256 of the file: $hex in the manifest, $hex now"
cp "$SHARED/audit/real/img1.ppm" real/img1.ppm
mkdir real/deeper && cp real/img1.ppm real/deeper/
named "inputs differ: real: image 0 'deeper/img1.ppm': it is new; items in the set: 3 in the manifest, 4 now"
rm -r real/deeper
mv real/img1.ppm x && mv real/img3.ppm real/img1.ppm && mv x real/img3.ppm # first and last name change places
named "inputs differ: real: image 0 'img1.ppm': SHA-256 of the file: *"
mv real/img1.ppm x && mv real/img3.ppm real/img1.ppm && mv x real/img3.ppm
$BONAFIDE audit run.json >/dev/null || die "not identical once all is as it was"

# Options of the manifest.
option() # NAME VALUE: the recorded value of an option becomes this
{
    awk -v name="$1" -v to="$2" '
        done == 1 { sub(/"value": .*,/, "\"value\": " to ","); done = 2 }
        $0 ~ "\"name\": \"" name "\"" { done = done ? done : 1 }
        { print } END { exit done != 2 }' run.json >bad.json || die "no option $1"
    cp run.json.leaves bad.json.leaves
    shown=${2#\"}
    [ "$2" = null ] && shown='*' || shown="now '${shown%\"}'"
    named "settings differ: option '$1' ($shown): *" bad.json
}
option no-shuffle '"yes"'
option density-k '"2"'
option knn-cmp '"lt"'
option kid-subsets '"7"'
option kid-size '"2"'
option kid-kernel '"rbf"'
option metrics '"fid"'
option preset-of '"dgm"'
option all '"yes"'
option skip-bad '"yes"'
option allow '"preset"'
option variant '"fid"'

# A digest of one image in the sidecar, whose own digest is put right.
leaf() # IMAGE FIELD PATTERN
{
    awk -v image="$1" -v field="$2" '$NF == image { $field = "0123456789abcdef" substr($field, 17); done = 1 } { print }
        END { exit !done }' run.json.leaves >bad.json.leaves || die "no leaf $1"
    digest=$(sha256sum bad.json.leaves | cut -d ' ' -f 1)
    awk -v digest="$digest" '/"leaves": / { at = 1 }
        at && /"sha256"/ { sub(/: ".*"/, ": \"" digest "\""); at = 0 } { print }' run.json >bad.json
    named "$3" bad.json
}
leaf img2.ppm 2 "inputs differ: real: image 1 'img2.ppm': SHA-256 of the file: 0123456789abcdef$hex in the manifest, $hex now"
leaf img6.ppm 3 "pixels differ: generated: image 2 'img6.ppm': SHA-256 of the decoded pixels: 0123456789abcdef$hex in the manifest, *"
leaf img4.ppm 4 "features differ: generated: image 0 'img4.ppm': SHA-256 of the features: 0123456789abcdef$hex in the *"

# Results: as far as possible unseen until then.
result() # FROM TO PATTERN
{
    edited "$1" "$2"
    named "$3" bad.json
}
result '"sha256": "296d' '"sha256": "396d' "weights differ: content SHA-256: 396d$hex in the manifest, 296d$hex now"
result '"mu_sha256": "......' '"mu_sha256": "abcdef' "statistics differ: real: SHA-256 of the mean: abcdef*"
result '"key": "recall"' '"key": "remembrance"' "results differ: *remembrance*"
awk '/"key": "precision"/ { at = NR } at && NR == at + 1 { sub(/0\.6[0-9]*/, "0.33333333333333331") }
    at && NR == at + 2 { sub(/0x1[^"]*/, "0x1.5555555555555p-2") } { print }' run.json >bad.json
cp run.json.leaves bad.json.leaves
named "results differ: precision: *0.33333333333333331 in the manifest, 0.66666666666666663 now*" bad.json
echo "$n"
[ "$n" -ge 22 ] || die "only $n changes"
