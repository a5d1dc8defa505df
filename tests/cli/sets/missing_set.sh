$BONAFIDE fid nowhere nowhere --weights synth:1
