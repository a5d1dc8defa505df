# What each tool would print: one pass for each way of resizing, the tools' own conventions in the JSON.
. "$LIB"
images real 1 4
images gen 3 6
$BONAFIDE eval real gen --as all -k 2 --density-k 2 --weights synth:1 --json result.json || exit
json_valid result.json || die "JSON is not valid"
[ "$(number result.json passes)" = 7 ] || die "not 7 passes"
[ "$(grep -c '"tool": "' result.json)" -eq 9 ] || die "not 9 tools"
need_features
$BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --as all -k 2 --density-k 2 -q --json rows.json >/dev/null || exit
[ "$(grep -c '"precision_and_recall_of": "as given"' rows.json)" -eq 4 ] || die "stored features are taken for Inception's"
$BONAFIDE eval real gen --preset stylegan --metrics fid --weights synth:1 --json one.json >/dev/null 2>&1
# A tool of VGG16 features gets no precision of Inception's: of VGG-16's, or none where its weights are not there.
$BONAFIDE eval real gen --metrics pr-vgg -k 2 --weights synth:1 --json vgg.json >/dev/null 2>&1 || die "pr-vgg failed"
recall=$(number vgg.json recall_vgg16)
$BONAFIDE weights synth 1 w.iv3 --dtype float16 -q >/dev/null || die "no weights"
XDG_DATA_HOME=$PWD HOME=$PWD $BONAFIDE eval real gen --as all -k 2 --density-k 2 --weights w.iv3 -q --json missing.json \
    >missing.txt || die "no --as all without VGG-16"
grep 'VGG16' missing.txt
[ "$(grep -c '"precision_and_recall_of": "vgg16, not computed"' missing.json)" -eq 2 ] || die "not said of two tools"
for preset in tf1 stylegan; do
    awk -v p="\"$preset\": {" 'index($0, p) { on = 1 } on && /}/ { on = 0 } on && /"precision"/ { bad = 1 } END { exit bad }' \
        missing.json || die "$preset has a precision of Inception features"
    awk -v p="\"$preset\": {" -v v="\"recall\": $recall" \
        'index($0, p) { on = 1 } on && /}/ { on = 0 } on && index($0, v) { good = 1 } END { exit !good }' \
        result.json || die "$preset has not the recall of VGG-16's features"
done
[ "$(grep -c '"precision_and_recall_of": "vgg16"' result.json)" -eq 2 ] || die "not said of two tools"
[ "$(grep -c '"precision_and_recall_of": "inception"' result.json)" -eq 4 ] || die "not said of four tools"
value=$(number one.json frechet_inception_distance)
grep -q "\"frechet_inception_distance\": $value,\{0,1\}\$" result.json || die "FID as StyleGAN is not $value"
