# Whoever starts the program may have closed its standard descriptors. No file or socket of the run may take their
# numbers: messages would go into results, and frames be waited for on the sandbox's socket.
. "$LIB"
image img.ppm 1 8 8
mkdir set && mv img.ppm set/
run="$BONAFIDE features set --weights synth:1 --tap 64 --skip-bad"
$run -o good.npy >text 2>&1 || die "does not run at all"
printf 'no picture' >set/bad.png # there is something to say on standard error
for sandbox in on off; do
    $run --sandbox $sandbox -o in.npy >text 2>&1 <&- || die "standard input closed: exit status $?"
    $run --sandbox $sandbox -o err.npy >text 2>&- || die "standard error closed: exit status $?"
    $run --sandbox $sandbox -o out.npy >&- 2>err.txt
    [ $? -eq 1 ] || die "standard output closed: not exit status 1"
    grep -q '^bonafide: cannot write to standard output' err.txt || die "standard output closed: $(cat err.txt)"
    $run --sandbox $sandbox -o all.npy <&- >&- 2>&-
    [ $? -eq 1 ] || die "all closed: not exit status 1"
    for file in in err out all; do
        cmp $file.npy good.npy || die "$file: another result"
        rm $file.npy
    done
    $BONAFIDE features - --size 2x2 -o in.npy --weights synth:1 --sandbox $sandbox <&- >text 2>err.txt
    [ $? -eq 1 ] || die "frames from a closed standard input: not exit status 1"
    grep -q '^bonafide: -: cannot read standard input: ' err.txt || die "frames: $(cat err.txt)"
done
