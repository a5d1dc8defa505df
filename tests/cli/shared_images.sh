# Images that are on both sides: counted and named, and nothing is printed that takes the sets for independent draws.
. "$LIB"
# rows FILE N SEED [FIRST]: N rows of 4 floats between 8 and 32, those from row FIRST on of an endless list.
rows()
{
    npy "$1" "$2"
    awk -v n="$2" -v x="$3" -v first="${4:-0}" 'BEGIN {
        for (i = 0; i < (first + n) * 4; i++) {
            x = (x * 16807) % 2147483647
            if (i >= first * 4)
                printf "%c%c%cA", 1 + x % 120, 1 + int(x / 7) % 120, 1 + int(x / 1000) % 120
        }
    }' >>"$1"
}
# npy FILE N: the header of N such rows.
npy()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2, 4), }" >>"$1"
}
# take FILE FIRST N: the bytes of its rows from FIRST on.
take()
{
    tail -c +$((129 + 16 * $2)) "$1" | head -c $((16 * $3))
}
# warned PATTERN COMMAND...: its warnings that have the pattern.
warned()
{
    pattern=$1
    shift
    "$@" >out.txt 2>err.txt || die "$*: $(cat err.txt)"
    grep -e "$pattern" err.txt
}
rows a.npy 60 7
rows b.npy 60 8
rows part.npy 20 7 30
share='the sets share\|both sets are'
warned "$share" $BONAFIDE fid a.npy a.npy --json=same.json
grep -q '"same_sets": true' same.json || die "not called the same"
grep 'standard_error\|"corrected_frechet_inception_distance"' same.json && die "what does not hold is there"
warned "$share" $BONAFIDE eval a.npy part.npy --metrics fid,kid,pr,dc,fid-inf -k 2 --json=all.json
[ "$(number all.json shared_images)" = 20 ] || die "not 20 shared images"
grep -v share all.json | grep 'standard_error\|"corrected_frechet_inception_distance"' && die "what does not hold is there"
for key in frechet_inception_distance kernel_inception_distance precision recall density coverage; do
    grep "${key}_error_unknown" all.json || die "no reason why $key has no error"
done
grep corrected.*error_unknown all.json
warned "$share" $BONAFIDE fid a.npy b.npy --json=apart.json && die "they share none"
[ "$(number apart.json shared_images)" = 0 ] || die "shared images of sets that share none"
# One in sixty: the error bar stays, what is corrected goes.
{ npy one.npy 60 && take b.npy 0 59 && take a.npy 30 1; } >rest && cat rest >>one.npy
warned "$share" $BONAFIDE fid a.npy one.npy --json=one.json
[ "$(number one.json shared_images)" = 1 ] || die "not one shared image"
[ -n "$(number one.json frechet_inception_distance_standard_error)" ] || die "no error where one in 60 is shared"
grep -q '"corrected_frechet_inception_distance"' one.json && die "a corrected value of sets that share an image"
# The same rows in another order are the same set; one of them twice and another not at all is not.
{ npy turned.npy 60 && take a.npy 20 40 && take a.npy 0 20; } >rest && cat rest >>turned.npy
{ npy twice.npy 60 && take a.npy 0 59 && take a.npy 0 1; } >rest && cat rest >>twice.npy
warned "$share" $BONAFIDE kid a.npy turned.npy
warned "$share" $BONAFIDE pr a.npy twice.npy
# Statistics of the same rows, whichever side they are on; with rows mapped, and rows that are only summed.
$BONAFIDE stats a.npy -o a.npz -q >out.txt && cp a.npz copy.npz || exit
for pair in 'a.npz copy.npz' 'a.npz a.npy' 'a.npy a.npz'; do
    warned "$share" $BONAFIDE fid $pair --json=same.json
    grep 'standard_error\|"corrected_frechet_inception_distance"' same.json && die "$pair: what does not hold is there"
done
warned "$share" $BONAFIDE fid a.npz b.npy --json=apart.json && die "not the same"
# The generated images lie in the folder of the real ones.
images data 1 3
images data/gen 11 12
warned "$share" $BONAFIDE fid data data/gen --weights synth:1
warned "$share" $BONAFIDE eval data/gen data --as all --weights synth:1
# C_T's third set.
warned 'test images' $BONAFIDE eval a.npy b.npy part.npy --metrics fid,ct
