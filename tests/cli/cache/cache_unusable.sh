# A cache that cannot be had is an error at once.
. "$LIB"
images set 1 1
: >file
$BONAFIDE features set -o out.npy --weights synth:1 --cache file/cache
