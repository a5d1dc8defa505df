# Every command has a help text with usage, options and examples, by --help and by the command help.
. "$LIB"
$BONAFIDE help >list.txt || die "help failed"
$BONAFIDE --help | cmp - list.txt || die "--help differs from help"
$BONAFIDE -h | cmp - list.txt || die "-h differs from help"
for name in fid is pr eval features stats 'weights convert' 'weights info' 'weights verify' 'weights synth' cpu manual \
    completion help; do
    grep -q "^  $name" list.txt || die "help does not list $name"
    $BONAFIDE help $name >help.txt || die "help $name failed"
    $BONAFIDE $name --help | cmp - help.txt || die "$name --help differs"
    for word in "Usage: bonafide $name" Options Examples:; do
        grep -q "^$word" help.txt || die "help $name has no '$word'"
    done
    [ "$(grep -c "^  bonafide $name" help.txt)" -ge 2 ] || die "help $name has no two examples"
done
