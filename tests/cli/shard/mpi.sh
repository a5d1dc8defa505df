# Where bonafide-mpi was built (make MPI=1) and mpirun is there: the same bytes for 1 to 4 ranks; a rank that fails names
# host and image; after a rank was killed the next launch computes only what is missing.
. "$LIB"
mpi=$(dirname "${BONAFIDE##* }")/bonafide-mpi
if [ ! -x "$mpi" ] || ! command -v mpirun >/dev/null 2>&1; then
    echo "skipped: there is no bonafide-mpi (make MPI=1) or no mpirun here; make mpi-test runs this"
    exit 0
fi
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
    timeout 300 mpirun --oversubscribe -n "$n" "$mpi" "$@" >out.txt 2>err.txt </dev/null
}
set -- eval a b --metrics is,fid,kid,pr,dc,sfid,fid64 --kid-size 5 --threads 1
$BONAFIDE "$@" --json=one.json --quiet >/dev/null || exit
for n in 1 2 3 4; do
    ranks "$n" "$@" --json=many.json --quiet --block 2 || die "$n ranks failed: $(cat err.txt)"
    cmp one.json many.json || die "JSON of $n ranks differs"
    rm many.json
done

# Two networks, which each rank keeps from block to block.
set -- eval a b --metrics fid,pr,pr-vgg -k 2 --threads 1 --weights synth:1
$BONAFIDE "$@" --json=one.json --quiet >/dev/null || exit
ranks 2 "$@" --json=many.json --quiet --block 4 || die "two networks failed: $(cat err.txt)"
cmp one.json many.json || die "JSON of two networks differs"

# Another network.
set -- eval a b --metrics pr -k 1 --network vgg16 --weights synth:1 --threads 1
$BONAFIDE "$@" --json=one.json --quiet >/dev/null || exit
ranks 2 "$@" --json=many.json --quiet --block 2 || die "VGG-16 failed: $(cat err.txt)"
cmp one.json many.json || die "JSON of VGG-16 differs"
rm many.json

# Files of features: every metric, and enough rows for each rank to have some (they are dealt by 96).
floats()
{
    printf '\223NUMPY\001\000v\000'
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1, 8), }"
    awk -v n="$1" -v x="$2" 'BEGIN {
        for (i = 0; i < n * 8; i++) {
            x = (x * 16807) % 2147483647
            printf "%c%c%cA", 1 + x % 120, 1 + int(x / 7) % 120, 1 + int(x / 1000) % 120
        }
    }'
}
floats 8400 5 >x.npy # enough for the sums of a block of 2048 on each of four
floats 530 7 >y.npy
floats 300 9 >t.npy
$BONAFIDE eval x.npy y.npy t.npy --all --json=one.json --per-image one.csv --quiet >/dev/null || exit
mv one.csv kept.csv
for n in 1 2 3 4; do
    ranks "$n" eval x.npy y.npy t.npy --all --json=many.json --per-image one.csv --quiet --threads 2 ||
        die "$n ranks failed: $(cat err.txt)"
    cmp one.json many.json || die "JSON of features differs, $n ranks"
    cmp kept.csv one.csv || die "CSV of features differs, $n ranks"
    rm many.json one.csv
done
for command in pr kid; do
    $BONAFIDE $command x.npy y.npy --json=one.json --quiet >/dev/null || exit
    ranks 3 $command x.npy y.npy --json=many.json --quiet || die "$command failed: $(cat err.txt)"
    cmp one.json many.json || die "JSON of $command differs"
done
ranks 2 pr a b && die "pr took images"
grep -q "^bonafide-mpi: pr: of images, features, stats and eval are for many ranks" err.txt || die "it says: $(cat err.txt)"

# until_parts N: waits until that many blocks are done.
until_parts()
{
    i=0
    while [ "$(ls C 2>/dev/null | grep -c 'part$')" -lt "$1" ] && [ "$i" -lt 600 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}
listed()
{
    ls -l --time-style=full-iso C/*.part
}

# children_of PID. Those of mpirun (whose parent is timeout) are the ranks; each has a helper, and that a process which
# decodes.
children_of()
{
    ps -eo pid=,ppid= | awk -v top="$1" '$2 == top { print $1 }'
}

# A rank that is killed ends the job; what was sent stays, so at most the block that each of the two that work had in
# hand is lost. On a fast machine the kill may come when all is nearly done: then the launch is tried again.
images c 11 50 # work for longer than it takes to find the rank, and than mpirun takes to pass a signal on
$BONAFIDE stats c -o one.npz --quiet >/dev/null || exit
tries=0
before=
while [ "$(echo "$before" | grep -c .)" -eq 0 ] || [ "$(echo "$before" | wc -l)" -gt 30 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 5 ] || die "the kill came too late five times"
    rm -rf C many.npz
    timeout 300 mpirun --oversubscribe -n 3 "$mpi" stats c -o many.npz --checkpoint C --block 1 --threads 1 >out.txt 2>err.txt </dev/null &
    job=$!
    until_parts 2
    # shellcheck disable=SC2046
    set -- $(children_of "$(children_of "$job")")
    n_boxes=0
    for rank in "$@"; do
        [ -z "$(children_of "$rank")" ] || n_boxes=$((n_boxes + 1))
    done
    kill -9 "$3" 2>/dev/null || true
    wait "$job" && continue
    grep -q "on node $(hostname | cut -d . -f 1).* exited on signal 9" err.txt || die "it says: $(cat err.txt)"
    before=$(listed)
done
[ "$n_boxes" -eq 3 ] || die "$n_boxes of $# ranks decode in a process of its own"
ranks 2 stats c -o many.npz --checkpoint C --block 1 --threads 1 || die "the second launch failed: $(cat err.txt)"
[ "$(listed | grep -F -x -e "$before")" = "$before" ] || die "a block was done again"
cmp one.npz many.npz || die "statistics differ"

# A signal: what is done is named, and the next launch goes on. A batch system sends it to the ranks, a user to mpirun.
# That one must get it once: at a second signal it ends at once with all ranks, and timeout sends two without --foreground,
# to mpirun and to its process group. The first it passes on after odls_base_sigkill_timeout seconds, and kills as long
# after that what has not ended by itself: the default of one second may be too short on a loaded machine.
interrupt() # FOLDER N ranks|mpirun
{
    rm -rf C many.npz
    timeout --foreground 300 mpirun --oversubscribe --mca odls_base_sigkill_timeout 2 -n 3 "$mpi" stats "$1" -o many.npz \
        --checkpoint C --block 1 --threads 1 >out.txt 2>err.txt </dev/null &
    job=$!
    until_parts 2
    launcher=$(children_of "$job")
    if [ "$3" = mpirun ]; then
        kill -TERM "$launcher" 2>/dev/null
    else
        # shellcheck disable=SC2046
        kill -TERM $(children_of "$launcher") 2>/dev/null
    fi
    wait "$job"
    if [ ! -e many.npz ]; then # else it came too late
        grep -q -e "^bonafide-mpi: interrupted: [0-9]* of $2 blocks are in C, and the same command goes on from there$" \
            -e "many.npz is not written; the parts are as they were, and the same command merges them again$" err.txt ||
            die "interrupted at the $3, it says: $(cat err.txt)"
        ranks 2 stats "$1" -o many.npz --checkpoint C --block 1 --threads 1 || die "the next launch failed: $(cat err.txt)"
    fi
    cmp one.npz many.npz || die "statistics differ after a signal to the $3"
}
interrupt c 40 ranks
interrupt c 40 mpirun

rm -rf bonafide-mpi.*
echo broken >a/img3a.ppm
ranks 2 stats a -o none.npz --block 2 && die "an unreadable image went unnoticed"
grep -q "rank 1 on $(hostname): block 2 of 4: .*images cannot be read" err.txt || die "no host: $(cat err.txt)"
grep -q 'img3a.ppm' err.txt || die "no image: $(cat err.txt)"
[ ! -e none.npz ] || die "a file was written"
[ -z "$(ls -d bonafide-mpi.* 2>/dev/null)" ] || die "left behind: $(ls -d bonafide-mpi.*)"
