# No option, no variable, nothing installed under the (empty) home folder.
. "$LIB"
if [ -e /usr/share/bonafide/inception.iv3 ] || [ -e /usr/local/share/bonafide/inception.iv3 ]; then
    # This machine has some, and the test cannot hide them.
    sed 's|\*||' "$(dirname "$LIB")/weights/missing_weights.stderr" >&2
    exit 1
fi
images set 1 2
$BONAFIDE features set -o out.npy
