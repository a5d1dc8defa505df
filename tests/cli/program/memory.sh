# --memory: what is asked for and what cannot be had, in words; and the plan in the JSON.
. "$LIB"
need_features
cp "$SHARED/a.npy" "$SHARED/b.npy" .
for size in 512 1T -1M 0 100k ''; do
    says $BONAFIDE pr a.npy b.npy --memory "$size"
done
says $BONAFIDE pr a.npy b.npy --memory 2M
says $BONAFIDE eval a.npy b.npy --memory 1G --report page
says $BONAFIDE sanity a.npy -o x --memory 1G
$BONAFIDE pr a.npy b.npy --threads 1 >free.txt 2>/dev/null || die "pr failed"
$BONAFIDE pr a.npy b.npy --threads 1 --memory 0.5G --json bound.json >bound.txt 2>said.txt || die "pr --memory failed"
cmp free.txt bound.txt || die "--memory changed the result"
cat said.txt
grep -A 4 '"memory"' bound.json
json_valid bound.json || die "the JSON is not valid"
$BONAFIDE pr a.npy b.npy --memory 1G --quiet 2>&1 >/dev/null | cmp - /dev/null || die "--quiet said something"
