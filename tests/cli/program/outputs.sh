. "$LIB"
# Every file that is written is looked at first: what is no regular file is refused, and stays; a link is written through;
# what a killed run left behind goes with the next one, what a running one writes does not.
npy_rows r.npy 60 1
npy_rows g.npy 60 2
images photos 1 6
images more 11 16
printf 'image,rater,label\n' >l.csv
i=0
while [ $i -lt 60 ]; do
    echo "$i,ann,$((i % 2))"
    echo "$i,bob,$((i * 7 % 3 / 2))"
    i=$((i + 1))
done >>l.csv
fid="$BONAFIDE fid r.npy g.npy"
$fid --manifest m.json --json=1.json >/dev/null 2>&1 || die 'no result'
cp 1.json 2.json

# refuses FILE COMMAND...: a pipe in the place of the file is refused and stays.
refuses()
{
    file=$1
    shift
    case $file in */*) mkdir -p "${file%/*}" ;; esac
    mkfifo "$file"
    timeout 60 "$@" >out.txt 2>err.txt && die "$file: replaced by: $*"
    [ -p "$file" ] || die "$file: gone, by: $*"
    grep -q "$file: cannot write: only a regular file can be replaced" err.txt || die "$file: $(cat err.txt)"
    echo "$file"
}
eval="$BONAFIDE eval r.npy g.npy --metrics fid,pr"
judge="--ref r.npy --labels l.csv"
refuses o.npz $BONAFIDE stats r.npy -o o.npz
refuses j.json $fid --json=j.json
refuses n.json $fid --manifest n.json
refuses o.json.leaves $fid --manifest o.json
refuses b.tar $BONAFIDE audit m.json --bundle b.tar
refuses p.csv $eval --per-image p.csv
refuses page/index.html $eval --report page
refuses page2/results.csv $eval --report page2
refuses page3/fid-of-n.svg $eval --report page3
refuses page4/index.html $BONAFIDE compare 1.json 2.json --report page4
refuses page5/pairs.csv $BONAFIDE compare 1.json 2.json --report page5
refuses sheet/index.html $BONAFIDE judge sheet photos more -n 2 -o sheet
refuses sheet2/key.csv $BONAFIDE judge sheet photos more -n 2 -o sheet2
refuses je/predictions.csv $BONAFIDE judge eval g.npy $judge --cv kfold:2 -o je
refuses je2/report.json $BONAFIDE judge eval g.npy $judge --cv kfold:2 -o je2
refuses jf.csv $BONAFIDE judge features g.npy --ref r.npy -o jf.csv
refuses jf.npz $BONAFIDE judge features g.npy --ref r.npy -o jf.npz
refuses jt.npz $BONAFIDE judge train g.npy $judge -o jt.npz
$BONAFIDE judge train g.npy $judge -o judge.npz --quiet >/dev/null || die 'no judge'
refuses jp.csv $BONAFIDE judge predict judge.npz g.npy -o jp.csv
refuses san/sanity.csv $BONAFIDE sanity photos -o san --weights synth:1
refuses w.iv3 $BONAFIDE weights synth 1 w.iv3
refuses 1.part $BONAFIDE stats photos --shard 1/2 -o 1.part --weights synth:1

# Links and long names.
ln -s real.npz link.npz
says $BONAFIDE stats r.npy -o link.npz
echo old >real.npz
$BONAFIDE stats r.npy -o link.npz --no-sync --quiet >/dev/null || exit
[ -L link.npz ] || die 'the link is replaced'
$BONAFIDE stats r.npy -o s.npz --quiet >/dev/null || exit
cmp s.npz real.npz || die 'the file behind the link is not written'
for n in 240 246 251; do
    long=$(printf "%0${n}d" 0).npz
    $BONAFIDE stats r.npy -o "$long" --quiet >/dev/null || exit
    cmp s.npz "$long" || exit
done

# What was left behind.
mkdir here
echo x >here/.bonafide-99999999-0.tmp
echo x >here/.bonafide-note.tmp
mkfifo here/.bonafide-1-2.tmp frames
$BONAFIDE features - --size 8x8 -o here/x.npy --weights synth:1 --quiet <frames >killed.txt 2>&1 &
running=$!
exec 3>frames
head -c 192 /dev/zero >&3
tries=0
while ! ls here/.bonafide-"$running"-*.tmp >/dev/null 2>&1 && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
$BONAFIDE stats r.npy -o here/s.npz --quiet >/dev/null || exit
ls here/.bonafide-"$running"-0.tmp >/dev/null || die 'the file of a running process is removed'
kill -9 "$running"
wait "$running" 2>/dev/null
exec 3>&-
$BONAFIDE fid r.npy g.npy --json=here/1.json --quiet >/dev/null || exit
ls -A here
