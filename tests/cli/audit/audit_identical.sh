# Done again with other threads and batches, after a move, in part, and for every command that is recorded.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
$BONAFIDE audit run.json --threads 1 || die "the same files: not identical"
# What was checked is told: the table of the run, and its values to programs.
$BONAFIDE eval real gen --weights w.iv3 --preset tf1 --splits 2 -k 1 -q --digits all | grep 'is better' | tr -s ' ' >table
$BONAFIDE audit run.json -q | grep 'is better' | tr -s ' ' | cmp - table || die "the numbers of the audit are not the run's"
$BONAFIDE audit run.json -q --json >all.json || die "--json: not identical"
grep -q "$(number all.json frechet_inception_distance)" run.json || die "the FID in the JSON is not the manifest's"
mkdir moved && mv real gen moved/
gives 3 "bonafide: run.json: cannot check: the run's set 'real' is neither in this folder nor beside the manifest; --root *" \
    $BONAFIDE audit run.json
gives 3 'bonafide: run.json: cannot check: moved/real: there is no real in it' $BONAFIDE audit run.json --root moved/real
# Sets that lie beside a manifest in another folder are found there, all or none; weights that are not where they were
# are those that are installed, if they are the same.
cp run.json run.json.leaves moved
$BONAFIDE audit moved/run.json -q >beside || die "beside the manifest: not identical"
grep -q 'sets  *not in this folder, but beside the manifest' beside || die "not said where the sets were: $(cat beside)"
mv w.iv3 v.iv3
lost="bonafide: moved/run.json: cannot check: the run's weights are not where they were (w.iv3); --weights FILE says where *"
gives 3 "$lost" $BONAFIDE audit moved/run.json
gives 3 "$lost" env BONAFIDE_WEIGHTS=synth:2 $BONAFIDE audit moved/run.json
BONAFIDE_WEIGHTS=v.iv3 $BONAFIDE audit moved/run.json -q >/dev/null || die "weights of the environment: not identical"
mv v.iv3 w.iv3
mv moved/gen gen
gives 3 "bonafide: moved/run.json: cannot check: the run's set 'real' is neither *" $BONAFIDE audit moved/run.json
mv gen moved/
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
