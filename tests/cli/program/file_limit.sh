# A limit on file sizes (ulimit -f): what does not fit is refused by name with exit status 1, and no part of it is left.
. "$LIB"
mkdir set && image set/a.ppm 1 8 8 && image set/b.ppm 2 8 8
run="--weights synth:1 --tap 64 --quiet"
$BONAFIDE features set -o good.npy $run >text 2>&1 || die "does not run at all"
# under FILE MESSAGE COMMAND...: 1 or 2 KB, as the shell counts
under() {
    file=$1 message=$2
    shift 2
    (ulimit -f 2 && "$@") >out.txt 2>err.txt
    code=$?
    [ $code -eq 1 ] || die "$file: exit status $code, not 1: $(cat err.txt)"
    grep -q "$message" err.txt || die "$file: $(cat err.txt)"
    [ "$file" = out.txt ] || [ ! -e "$file" ] || die "$file was left"
}
for sandbox in auto off; do
    under x.npz "^bonafide: x.npz: cannot write: File too large" \
        $BONAFIDE stats set -o x.npz $run --sandbox $sandbox
    under out.txt "^bonafide: cannot write to standard output" $BONAFIDE help eval
done
under x.npz "memory shared with a decoder (the limit on file sizes, ulimit -f, is too low)" \
    $BONAFIDE stats set -o x.npz --weights synth:1 --tap 64
(ulimit -f 2 && $BONAFIDE features set -o on.npy $run --sandbox on) 2>err.txt
[ $? -eq 3 ] || die "--sandbox on: not exit status 3"
grep -q "^bonafide: --sandbox on: this system refuses memory shared with a decoder (the limit" err.txt || die "$(cat err.txt)"
(ulimit -f 2 && $BONAFIDE features set -o small.npy $run) || die "what fits is not written"
cmp small.npy good.npy || die "another result"
