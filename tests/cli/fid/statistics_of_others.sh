# Statistics in other programs' files: which part and file it was, the geometry of the reference, and what does not fit.
. "$LIB"
data=$(dirname "$LIB")/../data/stats
cp "$data/parts_4.pkl" edm2.pkl
cp "$data/counted_sums_3.pkl" stylegan.pkl
cp "$data/good_tensors_zip.pth" basicsr.pth
cp "$data/good_mean_cov.npz" cars_clean_train_64.npz
cp "$data/bad_call.pkl" "$data/bad_nan.pkl" .

for file in edm2.pkl stylegan.pkl basicsr.pth cars_clean_train_64.npz; do
    $BONAFIDE fid "$file" "$data/reference.npz" 2>/dev/null | sed -n '1p;3p;5p'
done
$BONAFIDE fid edm2.pkl stylegan.pkl --json 2>/dev/null | grep '"part"\|"n"\|reference_'
$BONAFIDE fid cars_clean_train_64.npz stylegan.pkl --json 2>/dev/null | sed -n '/"reference"/,/}/p'

# Refused: a part of no network that is asked for, a name that is called, a number that is none.
for words in "edm2.pkl --network vgg16" bad_call.pkl bad_nan.pkl; do
    # shellcheck disable=SC2086
    $BONAFIDE fid "$data/reference.npz" $words 2>err
    echo "[$?] $(grep -v warning: err)"
done
test ! -e executed || echo "a pickle was executed"

# Images are measured by another preset, or another Inception, than what the file is of.
need_features
$BONAFIDE stats "$SHARED/a.npy" -o all_clean_train_na.npz >stats.txt 2>&1 || cat stats.txt
for words in "" "--preset clean" "--variant torchvision"; do
    # shellcheck disable=SC2086
    $BONAFIDE fid all_clean_train_na.npz "$SHARED/b" --weights synth:1 $words 2>err >out || cat err
    echo "[$?] $(grep 'all_clean_train_na.npz ' err | grep -v 'how many')"
done
