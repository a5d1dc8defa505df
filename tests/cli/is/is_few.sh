. "$LIB"
images set 1 4
$BONAFIDE is set --weights synth:1
