. "$LIB"
# Names that a spreadsheet would run get an apostrophe in every CSV, bytes that are no UTF-8 are \xHH, and what reads them
# again has the very names. --csv-plain leaves them.
bad=$(printf 'a\351')
images p 1 6
mv p/img1.ppm 'p/=1+1.ppm'
mv p/img2.ppm 'p/-2.ppm'
mv p/img3.ppm "p/'@a.ppm"
mv p/img4.ppm "p/$bad.ppm"
mv p/img5.ppm 'p/+x,y.ppm'
eval="$BONAFIDE eval p p --metrics pr -k 1 --weights synth:1 --quiet"
$eval --per-image p.csv --report page >/dev/null || exit
sed 1d p.csv | cut -d, -f2,3 | sed 's/,$//'
$eval --per-image p.csv --csv-plain >/dev/null || exit
sed 1d p.csv | cut -d, -f2,3 | sed 's/,$//' | cat -v

cp -R p '=gen'
$BONAFIDE judge sheet p ./=gen -n 12 -o sheet --quiet >/dev/null || exit
cut -d, -f2- sheet/key.csv | sort
echo 'picture,rater,label,seconds,shown' >labels.csv
sed 1d sheet/key.csv | cut -d, -f1 | while read -r picture; do
    echo "$picture,'=me,real,1.0,1"
    echo "$picture,you,fake,1.0,1"
done >>labels.csv
$BONAFIDE judge agree labels.csv --key sheet/key.csv --json | grep '=gen'
$BONAFIDE judge train p ./=gen --ref p --labels labels.csv --key sheet/key.csv -o judge.npz --weights synth:1 --quiet \
    --json | grep -E '"(n|missing|images)"'
npy_rows r.npy 40 1
npy_rows g.npy 40 2
$BONAFIDE fid r.npy g.npy --json==1.json --quiet >/dev/null || exit
cp =1.json +1.json
$BONAFIDE compare ./=1.json ./+1.json --table csv | cut -d, -f1-3
$BONAFIDE compare ./=1.json ./+1.json --table csv --csv-plain | cut -d, -f1-3
$BONAFIDE compare ./=1.json ./+1.json --report page --quiet >/dev/null || exit
cut -d, -f1,2 page/pairs.csv
