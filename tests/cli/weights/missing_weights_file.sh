. "$LIB"
images set 1 2
BONAFIDE_WEIGHTS=nowhere.iv3 $BONAFIDE features set -o out.npy
