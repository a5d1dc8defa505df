# No option, no variable, nothing installed under the (empty) home folder.
. "$LIB"
[ ! -e /usr/share/bonafide/inception.iv3 ] && [ ! -e /usr/local/share/bonafide/inception.iv3 ] || {
    echo "bonafide: no weights: an installed file would be used; get them with 'make weights'; --weights synth:1" >&2
    exit 1
}
images set 1 2
$BONAFIDE features set -o out.npy
