# Only what is asked for; wrong words are named.
. "$LIB"
need_features
$BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics kid,dc --density-k 3 --kid-size 5 -q >lines.txt || die "eval failed"
sed '/^$/,$d' lines.txt
rm lines.txt
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics kid,fdi
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics zzzzzzzz
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics kid --all
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --as all --preset clean
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --test "$SHARED/a.npy"
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" "$SHARED/a.npy" --test "$SHARED/a.npy" --metrics ct
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics ct
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics per-class
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --per-image x.csv -k 5
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --per-image nowhere/x.csv
nothing_left_in .
