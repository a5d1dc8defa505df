# One result as each kind of table, and how it is cited. The JSON has nothing new but that.
. "$LIB"
need_features
features="$SHARED/a.npy $SHARED/b.npy -q --metrics fid,kid,pr,is --kid-size 3"
for kind in markdown latex csv; do
    $BONAFIDE eval $features --table $kind | sed "s|$SHARED|shared|" || exit
done
$BONAFIDE kid "$SHARED/a.npy" "$SHARED/b.npy" -q --kid-size 3 --digits 4 --cite | sed "s|$SHARED|shared|"
# All digits are those of the JSON.
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/b.npy" -q --table csv --json=r.json --cite >r.csv || exit
json_valid r.json || die "JSON with cite is not valid"
grep -q '"bibtex": "@software{bonafide,' r.json || die "no BibTeX in the JSON"
$BONAFIDE fid "$SHARED/a.npy" "$SHARED/b.npy" -q --json=plain.json >/dev/null || exit
sed '/^  "cite": {$/,/^  },*$/d; s/,$//' r.json >without
sed 's/,$//' plain.json | cmp - without || die "the JSON has more than cite"
[ "$(number r.json frechet_inception_distance)" = "$(awk -F , '$1 == "FID" { print $2 }' r.csv)" ] ||
    die "csv has other digits than JSON"
says $BONAFIDE fid a b --table tex
says $BONAFIDE fid a b --table latex --json
says $BONAFIDE fid a b --digits 18
