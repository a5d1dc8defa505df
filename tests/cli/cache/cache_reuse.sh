# A second run computes nothing, gives the same bytes, and a changed image is computed again.
. "$LIB"
images set 1 4
run()
{
    $BONAFIDE "$@" --weights synth:1 --cache cache/deep --manifest run.json --quiet >/dev/null || die "$* failed"
    from_cache=$(number run.json images_from_cache)
}
run features set -o 1.npy
[ "$from_cache" = 0 ] || die "first run: $from_cache from the cache"
run features set -o 2.npy --threads 1 --batch 2
[ "$from_cache" = 4 ] || die "second run: $from_cache from the cache"
cmp 1.npy 2.npy || die "rows differ"
mv set/img2.ppm set/renamed.ppm # content counts, not names
image set/img3.ppm 77 20 20
echo "P6 broken" >set/img0.ppm
run features set -o 3.npy --skip-bad
[ "$from_cache" = 3 ] || die "third run: $from_cache from the cache"
BONAFIDE_CACHE=cache/deep $BONAFIDE features set -o 4.npy --skip-bad --weights synth:1 --no-cache --manifest run.json \
    --quiet >/dev/null || die "without the cache: failed"
[ "$(number run.json images_from_cache)" = 0 ] || die "--no-cache used the cache"
cmp 3.npy 4.npy || die "rows with and without the cache differ"
audited run.json || die "not identical"
BONAFIDE_CACHE=cache/deep $BONAFIDE features set -o 5.npy --skip-bad --weights synth:1 --tap 64 --manifest run.json \
    --quiet >/dev/null || die "another tap: failed"
[ "$(number run.json images_from_cache)" = 0 ] || die "rows of another tap were taken"
BONAFIDE_CACHE=cache/deep $BONAFIDE features set -o 5.npy --skip-bad --weights synth:1 --preset clean \
    --manifest run.json --quiet >/dev/null || die "another preset: failed"
[ "$(number run.json images_from_cache)" = 0 ] || die "rows of another preset were taken"
