$BONAFIDE cpu --isa mmx
