mkdir set
$BONAFIDE is set --weights synth:1
