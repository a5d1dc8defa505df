$BONAFIDE selftest
