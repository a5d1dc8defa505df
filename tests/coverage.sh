#!/bin/sh
# Which lines and branches of the libraries do the tests run? Builds everything with gcc's counters into build/coverage,
# runs the unit and kernel tests, the faults, the same bits, the corpus of the fuzz targets and some command-line tests,
# and prints what gcov counted: one row per folder, then every file that is below the limits. Exits 1 when engine,
# weights or metrics has fewer than MIN_LINES (90) of 100 lines or MIN_BRANCHES (80) of 100 branches, or when a test fails.
#
#   sh tests/coverage.sh          all of it, from zero; an hour and a half on two cores. make coverage calls it
#   sh tests/coverage.sh table    the table of what has been counted so far: the counters of programs that are run by
#                                 hand from build/coverage are added up
#   sh tests/coverage.sh lines FILE...       the lines of these files that no test ran, and the branches never taken
#
# How it is counted:
#   - A branch is one way out of a condition, as gcov numbers them: `if (a || b)` has four. C has no exceptions, so none
#     is the compiler's own. Functions are counted as they are written: the compiler may inline them only after the
#     counters are in place.
#   - The kernels are compiled once per instruction set, and headers once per file that includes them. A line counts as
#     run, and a branch of it as taken, when any of these copies did. The copies of one always-inlined kernel for tiles
#     of several sizes within one instruction set are branches of their own.
#   - isa_neon.c and vec_neon.h are compiled for AArch64 only (make nightly runs them there) and are not in the table;
#     nor is an instruction set that this CPU lacks, except for the lines it shares.
#   - A process that is killed or leaves by _exit writes no counters: the decoders in the sandbox, whose code is in tools
#     and not counted, and all of test_memory, which is therefore left out.
set -u
cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
gcov=${GCOV:-gcov}
jobs=-j${JOBS:-$(nproc)}
build=${BUILD:-build/coverage}
# Most command-line tests run the whole network on many images, which with counters takes hours, and are about tools;
# these reach what the unit tests do not: budgets of memory, a signal, the version. CLI='NAME...' chooses others.
commands='version memory interrupted weights_files'
failed=

# What gcov says of the libraries, as FILE LINE COUNT and FILE LINE NUMBER-OF-BRANCH COUNT: of each object on its own, as
# gcov numbers the branches of a line through all objects that it is given, and then added up.
counted() {
    find "$build/obj/engine" "$build/obj/weights" "$build/obj/metrics" -name '*.gcno' -exec "$gcov" -b -c -t -r {} \; |
        awk '
        /^ *-: *0:Source:/ { sub(/^ *-: *0:Source:/, ""); file = $0; next }
        file !~ /^(engine|weights|metrics)\// { next }
        /^branch / { # "branch  0 taken 7 (fallthrough)" or "branch  0 never executed"
            branches[file " " line " " $2] += $3 == "taken" ? $4 : 0
            next
        }
        /^ *[0-9#=-]+\*?: *[0-9]+:/ {
            split($0, part, ":")
            line = part[2] + 0
            if (part[1] !~ /-/)
                lines[file " " line] += part[1] + 0
        }
        END {
            for (k in lines)
                print k, lines[k]
            for (k in branches)
                print k, branches[k]
        }'
}

table() {
    rooms=$(grep -o -E '(engine|weights|metrics)/[a-z0-9]+' tests/lint/layers.txt | sort | tr '\n' ' ')
    counted | sort | awk -v rooms="$rooms" -v min_lines="${MIN_LINES:-90}" -v min_branches="${MIN_BRANCHES:-80}" '
        function percent(n, of) { return of ? 100 * n / of : 100 }
        function row(name) {
            printf "%-32s %6d of %6d %6.1f %%   %6d of %6d %6.1f %%\n", name, n[name, 3], of[name, 3],
                percent(n[name, 3], of[name, 3]), n[name, 4], of[name, 4], percent(n[name, 4], of[name, 4])
        }
        function short(name) {
            return percent(n[name, 3], of[name, 3]) < min_lines || percent(n[name, 4], of[name, 4]) < min_branches
        }
        function add(name) {
            of[name, NF]++
            n[name, NF] += $NF > 0
        }
        {
            split($1, part, "/")
            if (!of[$1, 3] && !of[$1, 4])
                files[++n_files] = $1
            add($1)
            add(part[1])
            if (part[2] !~ /\./)
                add(part[1] "/" part[2])
        }
        END {
            printf "%-32s %-26s %s\n", "", "          lines run", "          branches taken"
            n_names = split(rooms "engine weights metrics", names, " ")
            for (i = 1; i <= n_names; i++)
                row(names[i])
            for (i = n_names - 2; i <= n_names; i++)
                if (short(names[i]) || !of[names[i], 3])
                    bad = bad " " names[i]
            printf "files with fewer than %d of 100 lines or %d of 100 branches:\n", min_lines, min_branches
            for (i = 1; i <= n_files; i++)
                if (short(files[i])) {
                    row(files[i])
                    some = 1
                }
            if (!some)
                print "none"
            if (bad) {
                print "coverage is too low:" bad
                exit 1
            }
        }'
}

# Lines that no copy ran, and branches that no copy took, with their text.
lines() {
    counted >"$build/counted.txt"
    for file in "$@"; do
        awk -v file="$file" '
            NR == FNR {
                if ($1 == file && NF == 3 && $3 == 0)
                    missed[$2] = 1
                if ($1 == file && NF == 4) {
                    total[$2]++
                    untaken[$2] += $4 == 0
                }
                next
            }
            missed[FNR] { printf "%s:%d: not run      %s\n", file, FNR, $0; next }
            untaken[FNR] { printf "%s:%d: %2d of %2d not %s\n", file, FNR, untaken[FNR], total[FNR], $0 }
        ' "$build/counted.txt" "$file"
    done
}

case ${1:-all} in
table) table; exit ;;
lines) shift; lines "$@"; exit ;;
all) ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

# The caller's compiler is not asked: gcov reads what gcc of the same version wrote. Counters of threads are atomic.
find "$build" -name '*.gcda' -exec rm -f {} + 2>/dev/null
$make CC=gcc BUILD="$build" CFLAGS='-O1 -g -DNDEBUG -fno-early-inlining --coverage -fprofile-update=atomic' "$jobs" \
    all tests-build || exit 1
# Split numerics without a tile unit are slow, and more so with counters.
TEST_TIMEOUT=${TEST_TIMEOUT:-3600}
export TEST_TIMEOUT
programs=$(find "$build/tests" -type f -perm -u+x ! -name test_memory ! -name small_bonafide ! -name 'test_net*' \
    ! -name test_vgg16 ! -name test_vit | sort)
# shellcheck disable=SC2086
sh tests/run.sh $programs || failed="$failed unit"
# Whole networks on one table with one image; same_bits takes small ones through all of them.
BF_TEST_LEVEL=${BF_TEST_LEVEL:-quick} sh tests/run.sh "$build"/tests/test_net* "$build/tests/test_vgg16" \
    "$build/tests/test_vit" || failed="$failed networks"
sh tests/fuzz/replay.sh "$build/fuzz" || failed="$failed replay"
# shellcheck disable=SC2086
sh tests/cli/run.sh "$build/bin/bonafide" ${CLI-$commands} || failed="$failed cli"
table || failed="$failed table"
if [ -n "$failed" ]; then
    echo "coverage: FAILED:$failed"
    exit 1
fi
