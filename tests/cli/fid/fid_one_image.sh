. "$LIB"
images one 1 1
need_features
$BONAFIDE fid one "$SHARED/a.npy" --weights synth:1
