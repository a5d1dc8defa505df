# Agreement from labels in both forms; what is wrong with a file is said with its line.
. "$LIB"
cat >counts.csv <<'EOF'
image,n,k
a,3,3
b,3,2
c,3,1
d,2,1
e,1,1
EOF
printf 'rater,label,image\r\nr1,real,a\r\nr2,1,a\r\n"r,3",1,a\r\nr1,1,b\r\nr2,fake,b\r\n"r,3",1,b\r\nr1,0,c\r\nr2,0,c\r\n' >votes.csv
printf '"r,3",1,c\r\nr1,1,d\r\nr2,0,d\r\nr1,1,e\r\nr1,0,e\r\n' >>votes.csv
$BONAFIDE judge agree counts.csv || exit
$BONAFIDE judge agree counts.csv --json=counts.json >text || exit
$BONAFIDE judge agree votes.csv --json=votes.json --quiet >text || exit
json_valid votes.json || die "JSON is not valid"
for key in images labels images2 labels2 pair_image pair_label pair_pooled alpha loo_majority loo_majority_notie; do
    [ -n "$(number counts.json $key)" ] || die "no $key"
    [ "$(number counts.json $key)" = "$(number votes.json $key)" ] || die "$key differs between the forms"
done
[ "$(number votes.json repeated_labels)" = 1 ] || die "the second label of r1 for e was not counted"
# What several people saved, joined by cat.
printf 'image,rater,label\na,A,1\nb,A,0\n' >A.csv
printf 'image,rater,label\nb,B,0\na,B,0\n' >B.csv
cat A.csv B.csv >joined.csv
$BONAFIDE judge agree joined.csv --json=joined.json --quiet >text || exit
[ "$(number joined.json labels2)$(number joined.json pair_label)" = 40.5 ] || die "joined: $(cat joined.json)"
bad()
{
    printf '%b' "$1" >bad.csv
    says $BONAFIDE judge agree bad.csv
}
bad ''
bad 'image,n,k\n'
bad 'image,n\na,1\n'
bad 'image,n,k\na,2,3\n'
bad 'image,n,k\na,2,x\n'
bad 'image,n,k\na,2,1\na,3,1\n'
bad 'image,n,k\na,2\n'
bad 'image,n,k\n"a,2,1\n'
bad 'image,rater,label\na,r,maybe\n'
bad 'image,rater,label,group\na,r,1,x\na,s,1,y\n'
bad 'image,n,k,n\na,2,1,1\n'
says $BONAFIDE judge agree missing.csv
says $BONAFIDE judge agree counts.csv --dataset cifar10
# One rater alone: nothing can be said of how people agree, in one sentence; how often he was wrong can.
printf 'image,rater,label,group\na,A,1,real\nb,A,0,gan\nc,A,1,gan\n' >alone.csv
$BONAFIDE judge agree alone.csv --json=alone.json || exit
json_valid alone.json || die "JSON is not valid"
grep -E '"(alpha|pair_label|ceiling|ceiling_unknown)":' alone.json
# Two raters for all images, and two for each image that are of no other.
printf 'image,rater,label\na,A,1\na,B,1\nb,A,0\nb,B,1\nc,A,0\nc,B,0\nd,A,1\nd,B,1\n' >panel.csv
$BONAFIDE judge agree panel.csv --json=panel.json | grep ceiling
grep -A 6 '"ceiling"' panel.json
awk -F, -v OFS=, 'NR > 1 { $2 = $2 $1 } { print }' panel.csv >anew.csv
$BONAFIDE judge agree anew.csv | grep ceiling
# The same two raters for all images, in counts: they agree less than raters drawn anew can, and no ceiling is of that.
awk 'BEGIN { print "image,n,k"; for (i = 0; i < 40; i++) print i ",2," (i % 10 != 0) + (i % 10 == 5) }' >few.csv
$BONAFIDE judge agree few.csv --json=few.json | grep ceiling
grep '"ceiling' few.json
