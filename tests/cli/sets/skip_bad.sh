# Unreadable images are left out, counted and named; the others give the same rows as without them.
. "$LIB"
images set 1 3
$BONAFIDE features set -o good.npy --weights synth:1 --quiet >/dev/null || die "plain run failed"
echo "P6 broken" >set/img1a.ppm
: >set/img2a.png
$BONAFIDE features set -o skipped.npy --weights synth:1 --skip-bad --json >out.json || exit
cmp good.npy skipped.npy || die "rows differ"
json_valid out.json || die "JSON is not valid"
[ "$(number out.json skipped)" = 2 ] || die "skipped is not 2"
[ "$(number out.json n | head -n 1)" = 3 ] || die "n is not 3"
grep -q '^ *"img1a.ppm",$' out.json || die "img1a.ppm is not named"
grep -q '^ *"img2a.png"$' out.json || die "img2a.png is not named"
