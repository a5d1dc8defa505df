. "$LIB"
images set 1 4
$BONAFIDE is set --splits 2 --weights synth:1
