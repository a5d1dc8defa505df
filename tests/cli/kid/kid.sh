# All pairs with an error bar, and subsets as published; the same from features as from images.
. "$LIB"
need_features
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 4 --kid-subsets 7
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 4 --kid-subsets 7 --json features.json >/dev/null
$BONAFIDE kid "$SHARED/a" "$SHARED/b" --weights synth:1 --kid-size 4 --kid-subsets 7 --json images.json >/dev/null 2>&1
json_valid features.json || die "JSON is not valid"
for key in kernel_inception_distance kernel_inception_distance_standard_error kernel_inception_distance_mean \
    kid_subsets kid_subset_size kid_seed; do
    value=$(number features.json $key)
    [ -n "$value" ] || die "no $key in the JSON"
    [ "$value" = "$(number images.json $key)" ] || die "$key: $value from features, else from images"
done
# The sets have five images.
grep -q '"kernel_inception_distance_std_unknown": "a subset is more than half of a set"' features.json || die "no reason"
grep -q '"kernel_inception_distance_std"' features.json && die "a spread beside the reason why there is none"
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 2 --kid-subsets 7 --json=small.json >text || die "$(cat text)"
[ -n "$(number small.json kernel_inception_distance_std)" ] || die "no spread"
