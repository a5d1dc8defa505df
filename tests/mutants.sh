#!/bin/sh
# Do the tests notice when a metric computes something else? In a copy of the tree, one operator of metrics/*.c at a time
# is flipped (+ and -, * and /, < and <=, > and >=, == and !=, && and ||), the tests are built with it and run, those of
# the file first, until one fails. Prints each flip with what caught it, or SURVIVED, and their number.
#
#   sh tests/mutants.sh [FLIPS [SEED [FILE...]]]     default 40 1 and every file; make mutants calls it
#
# The same numbers and sources choose the same flips. A flip that does not compile is replaced by the next. Some that
# survive change nothing that could be seen (a bound that is never met); those are for a reader to judge. Exits 1 when
# fewer than 95 of 100 were caught.
set -u
cd "$(dirname "$0")/.." || exit 1
flips=${1:-40}
seed=${2:-1}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- metrics/*.c
make=${MAKE:-make}
jobs=-j${JOBS:-$(nproc)}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
TEST_TIMEOUT=${TEST_TIMEOUT:-300} # a loop that no longer ends is a flip that was caught
export TEST_TIMEOUT

# FILE:LINE:COLUMN:OPERATOR of every operator between blanks that is outside comments and texts, in an order that the
# seed alone decides (Park and Miller's generator, in integers that every awk holds exactly).
awk -v seed="$seed" '
    FNR == 1 { comment = 0 }
    {
        line = $0
        at = 0
        if (comment) {
            end = index(line, "*/")
            if (!end)
                next
            comment = 0
            at = end + 1
            line = substr(line, end + 2)
        }
        begin = index(line, "/*")
        if (begin) {
            if (!index(substr(line, begin), "*/"))
                comment = 1
            line = substr(line, 1, begin - 1)
        }
        if (line ~ /^[ \t]*#/ || line ~ /"/)
            next
        while (match(line, / (\+|-|\*|\/|<|<=|>|>=|==|!=|&&|\|\|)( |$)/)) {
            op = substr(line, RSTART + 1, RLENGTH - 1)
            sub(/ $/, "", op)
            seed = seed * 16807 % 2147483647
            print seed "\t" FILENAME ":" FNR ":" at + RSTART + 1 ":" op
            at += RSTART + length(op)
            line = substr(line, RSTART + 1 + length(op))
        }
    }' "$@" | sort -n | cut -f 2 >"$work/candidates"
echo "$(wc -l <"$work/candidates") operators in $# files; $flips of them flipped with seed $seed"

mkdir "$work/tree"
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$work/tree" || exit 1
build=$work/tree/build/mutants
in_tree() {
    (cd "$work/tree" && $make --no-print-directory WERROR=1 CFLAGS='-O2' BUILD="$build" "$jobs" "$@") >"$work/build.log" 2>&1
}
in_tree all tests-build || {
    tail -n 20 "$work/build.log"
    exit 1
}
# Programs whose source speaks of metrics, and the golden hashes.
metric_tests=$(grep -l 'gmet_\|metrics/' tests/unit/test_*.c | sed "s|.*/\(.*\)\.c|\1|")

# caught_by FILE: prints the first test that fails.
caught_by() {
    own=test_$(basename "$1" .c)
    for name in $own $metric_tests same_bits; do
        [ -x "$build/tests/$name" ] || continue
        (cd "$work/tree" && sh tests/run.sh "$build/tests/$name") >"$work/test.log" 2>&1 || {
            echo "$name"
            return
        }
    done
    (cd "$work/tree" && sh tests/cli/run.sh "$build/bin/bonafide") >"$work/test.log" 2>&1 || echo "tests/cli"
}

done=0
caught=0
while [ "$done" -lt "$flips" ] && IFS=: read -r file line column op; do
    case $op in
    +) new=- ;;
    -) new=+ ;;
    '*') new=/ ;;
    /) new='*' ;;
    '<') new='<=' ;;
    '<=') new='<' ;;
    '>') new='>=' ;;
    '>=') new='>' ;;
    ==) new='!=' ;;
    !=) new='==' ;;
    '&&') new='||' ;;
    *) new='&&' ;;
    esac
    awk -v line="$line" -v column="$column" -v old="$op" -v new="$new" '
        NR == line { $0 = substr($0, 1, column - 1) new substr($0, column + length(old)) }
        { print }' "$file" >"$work/tree/$file"
    if cmp -s "$file" "$work/tree/$file"; then
        echo "$file:$line: '$op' was not found" >&2
        exit 1
    fi
    if in_tree all tests-build; then
        done=$((done + 1))
        by=$(caught_by "$file")
        [ -n "$by" ] && caught=$((caught + 1))
        printf '%s:%s: %s became %s: %s\n' "$file" "$line" "$op" "$new" "${by:-SURVIVED}"
    fi
    cp "$file" "$work/tree/$file"
done <"$work/candidates"
echo "$caught of $done flips were caught"
[ $((caught * 100)) -ge $((done * 95)) ]
