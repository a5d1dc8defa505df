# Subsets larger than a set are left out or, as some tools do, made smaller: KID of all pairs stands.
. "$LIB"
need_features
says $BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 6
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --kid-size 6 -q --json | grep 'distance_mean\|distance_std'
says $BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy"
says $BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" --preset clean
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics kid --kid-size 6
# No spread stands beside the reason why there is none.
$BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --as all -q --json | grep 'distance_std\|distance_mean_unk' | sort | uniq -c
$BONAFIDE stats "$SHARED/a.npy" -o s.npz --quiet >/dev/null
says $BONAFIDE kid s.npz "$SHARED/b.npy"
# The KID of all pairs stands: it is that of subsets which is left out, whoever chose their size.
says $BONAFIDE eval "$SHARED/a.npy" "$SHARED/b.npy" --metrics kid --kid-size 6 | sed -n '1,2p;/left out/p'
