# Copies inside a set: counted and named, with the radii they close and the errors they take.
. "$LIB"
# repeat FILE N TIMES OUT: each of the first N rows so many times.
repeat()
{
    npy_head "$4" $(($2 * $3))
    i=0
    while [ $i -lt $2 ]; do
        k=0
        while [ $k -lt $3 ]; do
            npy_take "$1" $i 1
            k=$((k + 1))
        done
        i=$((i + 1))
    done >>"$4"
}
npy_rows a.npy 40 7
npy_rows b.npy 40 8
repeat a.npy 40 4 a4.npy
words='copies\|equal\|bias is left'
warned "$words" $BONAFIDE eval a.npy b.npy --metrics fid,pr,dc && die "copies where there are none"
warned "$words" $BONAFIDE eval a4.npy b.npy --metrics fid,kid,pr,dc --json=out.json
grep '"copies"\|radius_0\|error_unknown' out.json
grep standard_error out.json && die "an error that takes copies for independent draws"
warned "$words" $BONAFIDE pr b.npy a4.npy -k 4
warned "$words" $BONAFIDE fid b.npy a4.npy
# One in fifty: a warning.
npy_rows c.npy 100 9
{ npy_head some.npy 102 && npy_take c.npy 0 100 && npy_take c.npy 5 2; } >rest && cat rest >>some.npy
warned "$words" $BONAFIDE fid a.npy some.npy --json=some.json
[ -n "$(number some.json frechet_inception_distance_standard_error)" ] || die "no error where one in 50 is a copy"
# One in 25, of wide rows: the bias that they hide exceeds the error of what is corrected.
wide()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (800, 32), }" >>"$1"
    awk -v x="$2" -v copies="$3" 'BEGIN {
        for (i = 0; i < 800 - copies; i++) {
            row = ""
            for (k = 0; k < 32; k++) {
                x = (x * 16807) % 2147483647
                row = row sprintf("%c%c%cA", 1 + x % 120, 1 + int(x / 7) % 120, 1 + int(x / 1000) % 120)
            }
            printf "%s%s", row, i < copies ? row : ""
        }
    }' >>"$1"
}
wide w1.npy 3 0
wide w2.npy 4 0
wide w3.npy 4 32
warned 'FID less its bias is left out' $BONAFIDE fid w1.npy w2.npy --json=wide.json && die "no copies, and a warning of them"
warned 'FID less its bias is left out' $BONAFIDE fid w1.npy w3.npy --json=wide.json
grep corrected.*error_unknown wide.json
# Nothing but one row, and pictures of one colour.
repeat a.npy 1 12 flat.npy
warned "$words" $BONAFIDE eval flat.npy flat.npy --metrics fid,pr,dc
mkdir flat
for i in 1 2 3; do
    { printf 'P6\n%d 4\n255\n' $((3 + i)); printf '%*s' $((12 * (3 + i))) '' | tr ' ' "$i"; } >flat/$i.ppm
done
images img 1 3
warned 'one colour\|copies\|equal' $BONAFIDE fid img flat --weights synth:1
warned 'one colour\|copies\|equal' $BONAFIDE kid flat img --kid-size 2 --weights synth:1
warned 'one colour' $BONAFIDE eval flat img --as all --weights synth:1
warned 'one colour' $BONAFIDE eval img flat --as all --weights synth:1
# Tight clusters, as many rows of each in both sets, in random order: no independent draws.
cluster()
{
    npy_head "$1" 60
    awk -v x="$2" 'BEGIN {
        left[0] = left[1] = 30
        for (i = 0; i < 240; i++) {
            x = (x * 16807) % 2147483647
            if (i % 4 == 0) {
                class = int(x / 7000) % (left[0] + left[1]) >= left[0]
                left[class]--
            }
            printf "%c%c%c%c", 1 + int(x / 1000) % 120, 1, 1, 65 + class
        }
    }' >>"$1"
}
cluster c1.npy 3
cluster c2.npy 4
warned 'independent' $BONAFIDE eval c1.npy c2.npy --metrics fid,fid-inf --json=clusters.json
grep corrected.*error_unknown clusters.json
# The same is found whatever is asked for, and nothing that compares the sets has an error.
for metrics in fid-inf,kid mifid,kid,pr,dc,authpct fid,kid,pr,dc,authpct; do
    echo "$metrics"
    $BONAFIDE eval c1.npy c2.npy --metrics $metrics --json=clusters.json -q >text || die "$(cat text)"
    grep -o '"[a-z_]*_error_unknown": .*\|"[a-z_]*_standard_error"\|"FID-inf.*left out.*' clusters.json
done
