# A mask only takes away.
$BONAFIDE cpu --isa scalar --threads 3
