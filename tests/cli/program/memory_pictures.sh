# --memory bounds all processes together while pictures are decoded, and one that is too large for it costs itself.
. "$LIB"
if [ ! -r "/proc/$$/smaps_rollup" ] || [ ! -r "/proc/$$/task/$$/children" ]; then
    echo "skipped: this system does not tell what processes share"
    exit 0
fi

# tga FILE WIDTH HEIGHT: white, packed; the width is a multiple of 128.
tga()
{
    {
        printf '\0\0\12\0\0\0\0\0\0\0\0\0'
        for n in "$2" "$3"; do
            printf "\\$(printf %o $((n % 256)))\\$(printf %o $((n / 256)))"
        done
        printf '\30\40'
        head -c $(($2 / 128 * $3 * 4)) /dev/zero | tr '\0' '\377'
    } >"$1"
}

tree()
{
    for p in "$@"; do
        echo "/proc/$p/smaps_rollup"
        tree $(cat "/proc/$p/task/"*/children 2>/dev/null)
    done
}

# peak COMMAND...: runs it; the most that it and its children had in memory at once is in $most, in MiB.
peak()
{
    most=0
    "$@" >out.txt 2>err.txt &
    while kill -0 $! 2>/dev/null; do
        now=$(awk '$1 == "Pss:" { n += $2 } END { print int(n / 1024) }' $(tree $!) 2>/dev/null)
        [ "${now:-0}" -le "$most" ] || most=$now
    done
    wait $!
}

mkdir pictures
tga pictures/a.tga 1920 2000
tga pictures/b.tga 1920 2080
tga pictures/c.tga 1920 1900
tga pictures/large.tga 8960 8960
for threads in 1 4; do
    $BONAFIDE features pictures -o x.npy --weights synth:1 --threads "$threads" --memory 20M 2>err.txt
    least=$(sed -n 's/.* is not enough: at least \([0-9]*\)M is needed.*/\1/p' err.txt)
    [ -n "$least" ] || die "no word of what would be enough"
    peak $BONAFIDE features pictures -o x.npy --weights synth:1 --threads "$threads" --memory "${least}M" --skip-bad ||
        die "--memory ${least}M, which was said to be enough, is not: $(cat err.txt)"
    [ "$most" -gt 50 ] && [ "$most" -le "$least" ] || die "$most MiB were taken where $least were promised"
    grep -o 'large.tga: decoding .*' err.txt
    more=$(sed -n 's/.*large.tga: decoding .* --memory \([0-9]*\)M .*/\1/p' err.txt)
    peak $BONAFIDE features pictures -o y.npy --weights synth:1 --threads "$threads" --memory "${more}M" ||
        die "--memory ${more}M was said to have room: $(cat err.txt)"
    [ "$most" -le "$more" ] || die "$most MiB were taken where $more were promised"
    $BONAFIDE features pictures -o z.npy --weights synth:1 --threads "$threads" --memory "${least}M" >/dev/null 2>&1
    echo "without --skip-bad: $?"
    mv y.npy "y$threads.npy"
done
$BONAFIDE features pictures -o free.npy --weights synth:1 --quiet >/dev/null || die "features failed"
cmp y1.npy free.npy && cmp y4.npy free.npy && echo "the same features"
