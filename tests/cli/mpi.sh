# Where bonafide-mpi was built (make MPI=1) and mpirun is there: the same bytes for 1 to 4 ranks; a rank that fails names
# host and image; after a rank was killed the next launch computes only what is missing.
. "$LIB"
mpi=$(dirname "${BONAFIDE##* }")/bonafide-mpi
[ -x "$mpi" ] && command -v mpirun >/dev/null 2>&1 || exit 0
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
TMPDIR=$PWD
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM TMPDIR
images a 1 7
images b 11 19
$BONAFIDE weights synth 1 w.iv3 --quiet >/dev/null || exit
BONAFIDE_WEIGHTS=w.iv3
export BONAFIDE_WEIGHTS

# ranks N ARG...: in the background of nothing, its output in out.txt.
ranks()
{
    n=$1
    shift
    mpirun --oversubscribe -n "$n" "$mpi" "$@" >out.txt 2>err.txt </dev/null
}
set -- eval a b --metrics is,fid,kid,pr,dc,sfid,fid64 --kid-size 5 --threads 1
$BONAFIDE "$@" --json=one.json --quiet >/dev/null || exit
for n in 1 2 3 4; do
    ranks "$n" "$@" --json=many.json --quiet --block 2 || die "$n ranks failed: $(cat err.txt)"
    cmp one.json many.json || die "JSON of $n ranks differs"
    rm many.json
done

# A rank that is killed ends the job; what was sent stays.
ranks 3 stats b -o many.npz --checkpoint C --block 1 --threads 1 &
job=$!
i=0
while [ "$(ls C 2>/dev/null | grep -c 'part$')" -lt 2 ] && [ "$i" -lt 600 ]; do
    sleep 0.05
    i=$((i + 1))
done
victim=$(ps -eo pid,args | awk -v mpi="$mpi" '$2 == mpi && /checkpoint C/ { pid = $1 } END { print pid }')
[ -n "$victim" ] && kill -9 "$victim" 2>/dev/null
wait "$job" && killed= || killed=yes
before=$(ls C | grep -c 'part$')
first=$(ls -l --time-style=full-iso C/1.part)
ranks 2 stats b -o many.npz --checkpoint C --block 1 --threads 1 || die "the second launch failed: $(cat err.txt)"
[ "$first" = "$(ls -l --time-style=full-iso C/1.part)" ] || die "block 1 was done again"
[ -z "$killed" ] || [ "$before" -lt 9 ] || die "nothing was left to do"
$BONAFIDE stats b -o one.npz --quiet >/dev/null || exit
cmp one.npz many.npz || die "statistics differ"

rm -rf bonafide-mpi.*
echo broken >a/img3a.ppm
ranks 2 stats a -o none.npz --block 2 && die "an unreadable image went unnoticed"
grep -q "rank 1 on $(hostname): block 2 of 4: .*images cannot be read" err.txt || die "no host: $(cat err.txt)"
grep -q 'img3a.ppm' err.txt || die "no image: $(cat err.txt)"
[ ! -e none.npz ] || die "a file was written"
[ -z "$(ls -d bonafide-mpi.* 2>/dev/null)" ] || die "left behind: $(ls -d bonafide-mpi.*)"
