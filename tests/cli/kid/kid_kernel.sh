# KID with the RBF kernel: NumPy's figures, what is said of it, and what is refused. NumPy, in float64 of the same rows:
# k = lambda x, y: exp(-((x[:, None] - y[None]) ** 2).sum(-1) / (2 * sigma ** 2)), and with 5 rows a side
# (k(a, a).sum() - 5) / 20 + (k(b, b).sum() - 5) / 20 - 2 * k(a, b).mean()
. "$LIB"
need_features
a=$SHARED/a.npy
b=$SHARED/b.npy
figure() # FILE KEY EXPECTED
{
    small "$(awk -v x="$(number "$1" "$2")" -v y="$3" 'BEGIN { printf "%.17g", x - y }')" ||
        die "$2 is $(number "$1" "$2"), not $3"
}
$BONAFIDE kid "$a" "$b" --kid-kernel rbf --kid-size 4 --kid-subsets 7 --json=ten.json || die "no KID of the RBF kernel"
json_valid ten.json || die "JSON is not valid"
figure ten.json kernel_inception_distance 1.08604619718646
grep kid_ ten.json
for sigma in 2:0.2802139538752688 5:1.3244588000662356; do
    $BONAFIDE eval "$a" "$b" --metrics kid --kid-kernel rbf --kid-sigma ${sigma%:*} --kid-size 4 -q --json=x.json >/dev/null ||
        die "eval failed"
    figure x.json kernel_inception_distance ${sigma#*:}
    figure x.json kid_sigma ${sigma%:*}
done
# Its standard error is that of any kernel.
[ -n "$(number x.json kernel_inception_distance_standard_error)" ] || die "no standard error"
$BONAFIDE kid "$a" "$b" --kid-kernel polynomial --kid-size 4 -q --json=cubic.json >/dev/null || die "no KID"
$BONAFIDE kid "$a" "$b" --kid-size 4 -q --json=usual.json >/dev/null || die "no KID"
cmp cubic.json usual.json || die "the polynomial kernel is not the usual one"
grep kid_kernel usual.json
grep -q kid_sigma usual.json && die "a sigma of the polynomial kernel"
# Of different kernels nothing is ranked.
$BONAFIDE kid "$a" "$b" --kid-kernel rbf --kid-size 4 -q --json=rbf.json >/dev/null || die "no KID"
$BONAFIDE kid "$a" "$b" --kid-kernel rbf --kid-sigma 9.5 --kid-size 4 -q --json=sigma.json >/dev/null || die "no KID"
says $BONAFIDE compare rbf.json usual.json --by kid
says $BONAFIDE compare rbf.json sigma.json --by kid
$BONAFIDE kid "$a" "$b" --kid-kernel rbf --kid-sigma 2.5 --kid-size 4 -q --manifest run.json >/dev/null ||
    die "no manifest"
audited run.json || die "the audit failed"
for sigma in 0 -1 1e400 0x10 nan inf 2x; do says $BONAFIDE kid "$a" "$b" --kid-kernel rbf --kid-sigma $sigma; done
says $BONAFIDE kid "$a" "$b" --kid-sigma 3
says $BONAFIDE kid "$a" "$b" --kid-kernel polynomial --kid-sigma 3
says $BONAFIDE eval "$a" "$b" --as all --kid-kernel rbf
says $BONAFIDE fid "$a" "$b" --kid-kernel rbf
