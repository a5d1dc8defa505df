# Width of every tap, as the JSON says and as the file has it (128 bytes of header, one row of float32).
. "$LIB"
images set 1 1
for tap in 64 192 768 2048 spatial logits_unbiased logits; do
    $BONAFIDE features set -o "$tap.npy" --tap "$tap" --weights synth:1 --quiet --json >out.json || die "$tap failed"
    dim=$(number out.json dim)
    bytes=$(wc -c <"$tap.npy")
    [ $((bytes % 64)) -eq $((dim * 4 % 64)) ] && [ "$bytes" -gt $((dim * 4)) ] || die "$tap: $bytes bytes for $dim"
    echo "$tap $dim"
done
