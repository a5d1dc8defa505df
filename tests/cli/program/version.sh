$BONAFIDE --version
