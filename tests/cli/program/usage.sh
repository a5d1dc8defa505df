# Everything wrong with a command line: exit 2, what is wrong, and what was probably meant.
. "$LIB"
says $BONAFIDE
says $BONAFIDE fdi a b
says $BONAFIDE weights
says $BONAFIDE weights inof x
says $BONAFIDE help nothing
says $BONAFIDE help weights convrt
says $BONAFIDE --quiet
says $BONAFIDE fid a
says $BONAFIDE fid a b c
says $BONAFIDE features a
says $BONAFIDE stats a
says $BONAFIDE fid a b --thraeds 2
says $BONAFIDE fid a b --splits 2
says $BONAFIDE fid a b -k 2
says $BONAFIDE fid a b --weights
says $BONAFIDE fid a b --quiet=1
says $BONAFIDE fid a b --threads many
says $BONAFIDE fid a b --threads 1025
says $BONAFIDE fid a b --preset clen
says $BONAFIDE fid a b --preset inception
says $BONAFIDE fid a b --tap 2049
says $BONAFIDE fid a b --numerics fats
says $BONAFIDE is a --splits 0
says $BONAFIDE kid a b --kid-kernel gauss
says $BONAFIDE weights synth one x.iv3
says $BONAFIDE precision a b
says $BONAFIDE fid a b --gpu 0
says $BONAFIDE fid a b --json out/result
$BONAFIDE help metrics | grep -q '^  \* kid  *KID$' || die "help metrics lacks KID"
$BONAFIDE help presets | grep -q '^  clean  *clean-fid, ' || die "help presets lacks clean-fid"
nothing_left_in .
