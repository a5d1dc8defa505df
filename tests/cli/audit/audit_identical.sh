# Done again with other threads and batches, after a move, in part, and for every command that is recorded.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
$BONAFIDE audit run.json --threads 1 || die "the same files: not identical"
mkdir moved && mv real gen moved/
gives 3 'bonafide: run.json: cannot check: real: no such file or folder*' $BONAFIDE audit run.json
$BONAFIDE audit run.json --root moved --quick 2 --seed 7 --json >quick.json || die "--root --quick: not identical"
json_valid quick.json || die "JSON is not valid"
[ "$(number quick.json images_checked)" = 4 ] || die "images_checked is not 4"
grep -q '^ *"identical": true' quick.json || die "identical is not true"

$BONAFIDE features moved/real -o f.npy --weights w.iv3 --manifest f.json --quiet >/dev/null || die "features failed"
$BONAFIDE stats moved/gen -o s.npz --weights w.iv3 --manifest s.json --quiet >/dev/null || die "stats failed"
cp f.npy before.npy
$BONAFIDE audit f.json --batch 3 || die "features: not identical"
$BONAFIDE audit s.json || die "stats: not identical"
cmp f.npy before.npy || die "the audit wrote to f.npy"
$BONAFIDE fid f.npy s.npz --manifest files.json --quiet >/dev/null || die "fid of files failed"
$BONAFIDE audit files.json || die "files: not identical"
printf 'x' | dd of=f.npy bs=1 seek=300 conv=notrunc 2>/dev/null
gives 4 "bonafide: files.json: inputs differ: A: image 0 'f.npy': SHA-256 of the file: * in the manifest, * now" \
    $BONAFIDE audit files.json
