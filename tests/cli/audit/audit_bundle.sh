# One file of what another needs to check a run beside its images: made, carried elsewhere, checked, and refused where it
# is not whole.
. "$LIB"
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
images real 1 4
images gen 5 8
$BONAFIDE stats real -o real.npz --tap 64 -q >out.txt || die "no statistics"
$BONAFIDE fid real.npz gen --tap 64 -q --manifest run.json >out.txt || die "no run"
says $BONAFIDE audit run.json --bundle run.tar
tar -tf run.tar
$BONAFIDE audit run.json --bundle again.tar --json=again.json -q >out.txt || die "not again"
cmp run.tar again.tar || die "two bundles of one run"
json_valid again.json && grep -q '"output": "again.tar"' again.json || die "$(cat again.json)"
mkdir else && cp -r run.tar gen else/ || die "cannot copy"
mkdir tmp
TMPDIR=$PWD/tmp
export TMPDIR
cd else
echo "--- elsewhere"
$BONAFIDE audit run.tar -q | grep -o ' identical' || die "not identical"
cd ..
$BONAFIDE audit else/run.tar --root else -q | grep -o ' identical' || die "not identical below a folder"
cd else
image gen/img6.ppm 99 22 18
says $BONAFIDE audit run.tar
rm gen/img6.ppm
says $BONAFIDE audit run.tar
cd ..
nothing_left_in tmp
echo "--- refused"
says $BONAFIDE audit run.tar --bundle twice.tar
says $BONAFIDE audit run.json --bundle run.zip
says $BONAFIDE audit run.json --bundle nowhere/run.tar
tar -xf run.tar
tar -cf less.tar run.json
says $BONAFIDE audit less.tar
sed 's/"hex": "0x1/"hex": "0x2/' run.json >other && mv other run.json
tar -cf forged.tar run.json run.json.leaves statistics
says $BONAFIDE audit forged.tar
printf x >>real.npz
says $BONAFIDE audit run.json --bundle late.tar
[ ! -e late.tar ] || die "a bundle of another file"
