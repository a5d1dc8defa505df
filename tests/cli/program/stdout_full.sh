# A result that cannot be printed is a failure. Where there is no /dev/full there is nothing to test.
. "$LIB"
[ -w /dev/full ] || exit 0
for command in '--version' 'help fid' 'cpu' 'cpu --json'; do
    $BONAFIDE $command >/dev/full 2>err.txt
    [ $? -eq 1 ] || die "$command: exit status is not 1"
    grep -q '^bonafide: cannot write to standard output' err.txt || die "$command: $(cat err.txt)"
done
