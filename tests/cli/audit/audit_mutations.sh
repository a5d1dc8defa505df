# One thing is changed, and the audit names it. First the inputs, then the manifest.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
hex='[0-9a-f]*'

cp real/img2.ppm keep
printf '\001' | dd of=real/img2.ppm bs=1 seek=100 conv=notrunc 2>/dev/null # one value of one pixel
gives 4 "bonafide: run.json: inputs differ: real: image 1 'img2.ppm': SHA-256 of the file: $hex in the manifest, $hex now" \
    $BONAFIDE audit run.json
gives 4 "bonafide: run.json: inputs differ: real: image 1 'img2.ppm': SHA-256 of the file: *" \
    $BONAFIDE audit run.json --quick 3
mv keep real/img2.ppm

mv gen/img4.ppm x && mv gen/img6.ppm gen/img4.ppm && mv x gen/img6.ppm # two names change places
gives 4 "bonafide: run.json: inputs differ: generated: image 0 'img4.ppm': SHA-256 of the file: *" $BONAFIDE audit run.json
mv gen/img4.ppm x && mv gen/img6.ppm gen/img4.ppm && mv x gen/img6.ppm

mv real gen-later && mv gen real && mv gen-later gen # the sets change places
gives 3 "bonafide: run.json: cannot check: inputs differ: real: image 0 'img1.ppm': it is missing; *" \
    $BONAFIDE audit run.json
mv real gen-later && mv gen real && mv gen-later gen

mv real/img3.ppm x
gives 3 "bonafide: run.json: cannot check: inputs differ: real: image 2 'img3.ppm': it is missing; items in the set: 3 in the manifest, 2 now" \
    $BONAFIDE audit run.json
mv x real/img3.ppm
cp real/img3.ppm real/img9.ppm
gives 4 "bonafide: run.json: inputs differ: real: image 3 'img9.ppm': it is new; items in the set: 3 in the manifest, 4 now" \
    $BONAFIDE audit run.json
rm real/img9.ppm

gives 4 "bonafide: run.json: weights differ: content SHA-256: $hex in the manifest, $hex now" \
    $BONAFIDE audit run.json --weights synth:2
gives 3 'bonafide: run.json: cannot check: none.iv3: *' $BONAFIDE audit run.json --weights none.iv3
rm w.iv3 && cp "$SHARED/w.iv3" w.iv3 && printf 'x' | dd of=w.iv3 bs=1 seek=1000000 conv=notrunc 2>/dev/null
gives 4 "bonafide: run.json: weights differ: w.iv3: tensor 'Mixed_5c.branch5x5_2.conv.weight' is damaged: *" \
    $BONAFIDE audit run.json
cp "$SHARED/w.iv3" w.iv3

# change FROM TO PATTERN: an edit of the manifest that is found without running the network, or by it.
change()
{
    edited "$1" "$2"
    gives 4 "bonafide: bad.json: $3" $BONAFIDE audit bad.json
}
change '"value": "tf1"' '"value": "clean"' "settings differ: option 'preset' (now 'clean'): *"
change '"value": "2"' '"value": "3"' "settings differ: option 'splits' (now '3'): *"
change '"value": "2020"' '"value": "2021"' "settings differ: option 'seed' (now '2021'): *"
change '"value": "1"' '"value": "2"' "settings differ: option 'k' (now '2'): *"
change '"name": "eval"' '"name": "fid"' "settings differ: command 'fid' *"
change '"variant": "fid"' '"variant": "keras"' "weights differ: variant: keras in the manifest, fid now"
change '"kind": "images"' '"kind": "features"' "inputs differ: real: what it holds: *"
change '"n": 3' '"n": 4' "inputs differ: real: N: 4 in the manifest, 3 now"
change '"items": 3' '"items": 2' "inputs differ: real: items: 2 in the manifest, 3 now"
change '"skipped": 0' '"skipped": 1' "inputs differ: real: images skipped: 1 in the manifest, 0 now"
change '"merkle_root": "......' '"merkle_root": "abcdef' "inputs differ: real: Merkle root: abcdef*"
change '"width": 17' '"width": 18' "pixels differ: real: decoded sizes: 18x13 1 times in the manifest, 17x13 1 times now"
change '"features_sha256": "......' '"features_sha256": "abcdef' \
    "features differ: real: SHA-256 over the features of all images: abcdef*"
change '"sigma_sha256": "......' '"sigma_sha256": "abcdef' "statistics differ: real: SHA-256 of the covariance: abcdef*"
change '"decimal": ' '"decimal": 1' "results differ: inception_score_mean: decimal and hexadecimal are not one number: *"
