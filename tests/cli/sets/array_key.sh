# FILE.npz:KEY is a set for every command, and what float32 does not hold is said.
. "$LIB"
sets=${LIB%/cli/lib.sh}/data/sets
$BONAFIDE fid "$sets/f8.npy" "$sets/real_feats.npz:real_feats" --json r.json --manifest m.json -q >/dev/null || die "fid failed"
small "$(number r.json frechet_inception_distance)" || die "real_feats is not what f8.npy is"
$BONAFIDE kid "$sets/f8.npy" "$sets/reps.npz:reps" --kid-size 3 -q >/dev/null || die "kid failed"
$BONAFIDE pr "$sets/f8.npy" "$sets/reps.npz:reps" -q >/dev/null || die "pr failed"
$BONAFIDE eval "$sets/f8.npy" "$sets/features.npz:feats" --metrics fid -q >/dev/null || die "eval failed"
$BONAFIDE stats "$sets/features.npz:feats" -o s.npz -q >/dev/null || die "stats failed"
$BONAFIDE fid "$sets/stats.npz:sigma" "$sets/f8.npy" -q >/dev/null || die "a matrix of any name is refused"
says $BONAFIDE fid "$sets/reps.npz:none" "$sets/f8.npy"
says $BONAFIDE fid "$sets/reps.npz:hparams" "$sets/f8.npy"
says $BONAFIDE fid nowhere.npz:feats "$sets/f8.npy"
says $BONAFIDE fid "$sets/nothing.npz" "$sets/f8.npy"
# The record of such a set can be checked, also elsewhere.
$BONAFIDE audit m.json -q >/dev/null || die "the audit failed"
mkdir elsewhere
cp "$sets/f8.npy" "$sets/real_feats.npz" elsewhere
$BONAFIDE audit m.json --root elsewhere -q >/dev/null || die "the audit elsewhere failed"
# N is not in statistics of other programs.
$BONAFIDE fid "$sets/stats.npz" "$sets/adm_stats.npz" 2>&1 | grep "unknown"
$BONAFIDE fid "$sets/stats.npz" "$sets/adm_stats.npz" --json -q | grep '"n"\|N unknown'
# A third of float64 is another number in float32.
dat='\223NUMPY\001\000v\000'
{
    printf "$dat"
    printf '%-117s\n' "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 1), }"
    printf '\125\125\125\125\125\125\325\077\000\000\000\000\000\000\340\077\000\000\000\000\000\000\360\077'
} >third.npy
$BONAFIDE fid third.npy third.npy 2>&1 | grep "rounded"
$BONAFIDE fid third.npy third.npy --json -q | grep '"rounded"\|rounded to'
