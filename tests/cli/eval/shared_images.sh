# Images that are on both sides: counted and named, and nothing is printed that takes the sets for independent draws.
. "$LIB"
npy_rows a.npy 60 7
npy_rows b.npy 60 8
npy_rows part.npy 20 7 30
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
{ npy_head one.npy 60 && npy_take b.npy 0 59 && npy_take a.npy 30 1; } >rest && cat rest >>one.npy
warned "$share" $BONAFIDE fid a.npy one.npy --json=one.json
[ "$(number one.json shared_images)" = 1 ] || die "not one shared image"
[ -n "$(number one.json frechet_inception_distance_standard_error)" ] || die "no error where one in 60 is shared"
grep -q '"corrected_frechet_inception_distance"' one.json && die "a corrected value of sets that share an image"
# The same rows in another order are the same set; one of them twice and another not at all is not.
{ npy_head turned.npy 60 && npy_take a.npy 20 40 && npy_take a.npy 0 20; } >rest && cat rest >>turned.npy
{ npy_head twice.npy 60 && npy_take a.npy 0 59 && npy_take a.npy 0 1; } >rest && cat rest >>twice.npy
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
