$BONAFIDE cpu --json=nowhere/out.json
