# All pairs with an error bar, and subsets as published; the same from features as from images.
. "$LIB"
need_features
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 4 --kid-subsets 7
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 4 --kid-subsets 7 --json features.json >/dev/null
$BONAFIDE kid "$SHARED/a" "$SHARED/b" --weights synth:1 --kid-size 4 --kid-subsets 7 --json images.json >/dev/null 2>&1
json_valid features.json || die "JSON is not valid"
for key in kernel_inception_distance kernel_inception_distance_standard_error kernel_inception_distance_mean \
    kernel_inception_distance_std kid_subsets kid_subset_size kid_seed; do
    value=$(number features.json $key)
    [ -n "$value" ] || die "no $key in the JSON"
    [ "$value" = "$(number images.json $key)" ] || die "$key: $value from features, else from images"
done
