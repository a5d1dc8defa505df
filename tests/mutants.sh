#!/bin/sh
# Do the tests notice when a metric computes something else? In a copy of the tree, one operator of the metrics at a
# time is flipped (+ and -, * and /, < and <=, > and >=, == and !=, && and ||), and tests are built with it and run, one
# by one, until one fails: the program that bears the file's name, those that call its functions, the golden hashes, the
# other programs of the metrics, those that call the file's functions, or whose names begin as its own does, once more
# under the sanitizers, as make test-san has them, and the command-line tests of results (others compare a program with
# itself, at length).
# Prints each flip with what caught it, or SURVIVED, and their number.
#
#   sh tests/mutants.sh [FLIPS [SEED [FILE...]]]     default 40 1 and every file; make mutants calls it
#   sh tests/mutants.sh 1 1 FILE:LINE:COLUMN...      these operators, one of which has the name that is printed
#
# CLI=no leaves the command-line tests out, which take most of the time of a flip that survives the others.
# The same numbers and sources choose the same flips. A flip that does not compile is replaced by the next. Some that
# survive change nothing that could be seen (a bound that is never met); those are for a reader to judge. Exits 1 when
# fewer than 95 of 100 were caught.
set -u
cd "$(dirname "$0")/.." || exit 1
flips=${1:-40}
seed=${2:-1}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- metrics/*/*.c
only=
case $1 in
*:*)
    only=$*
    flips=$#
    # shellcheck disable=SC2046
    set -- $(printf '%s\n' "$@" | cut -d : -f 1 | sort -u)
    ;;
esac
make=${MAKE:-make}
jobs=-j${JOBS:-$(nproc)}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
TEST_TIMEOUT=${TEST_TIMEOUT:-180} # a loop that no longer ends is a flip that was caught
export TEST_TIMEOUT

# FILE:LINE:COLUMN:OPERATOR of every operator between blanks that is outside comments and texts, in an order that the
# seed alone decides (Park and Miller's generator, in integers that every awk holds exactly; from a power of another
# multiplier, as neighbouring starts give nearly the same order).
awk -v power="$seed" '
    BEGIN {
        for (seed = 1; power > 1; power--)
            seed = seed * 48271 % 2147483647
    }
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
if [ -n "$only" ]; then
    for name in $only; do
        grep "^$name:" "$work/candidates" || {
            echo "$name is no place of an operator" >&2
            exit 1
        }
    done >"$work/chosen"
    mv "$work/chosen" "$work/candidates"
fi

mkdir "$work/tree"
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$work/tree" || exit 1
build=$work/tree/build/mutants
in_tree() { # TARGET: of $build, or of $build-san
    case $1 in
    "$build-san"/*) set -- "$1" SAN=address,undefined CFLAGS='-O2 -g' BUILD="$build-san" ;;
    *) set -- "$1" CFLAGS='-O2' BUILD="$build" ;;
    esac
    (cd "$work/tree" && $make --no-print-directory WERROR=1 "$jobs" "$@") >"$work/build.log" 2>&1
}
in_tree all || {
    tail -n 20 "$work/build.log"
    exit 1
}
unit_tests=$(find tests/engine tests/metrics tests/tools tests/weights -name 'test_*.c' | sort)
# Programs whose source speaks of metrics; those that take seconds last.
slow='test_mapped test_mat test_neighbours'
# shellcheck disable=SC2086
metric_tests=$(grep -l 'gmet_\|metrics/' $unit_tests | sed "s|.*/\(.*\)\.c|\1|" |
    grep -v -x "$(echo "$slow" | sed 's/ /\\|/g')")

# callers FILE: the test programs that name a function of it, the most often first.
callers() {
    sed -n 's/^[a-z][^(]*[ *]\(gmet_[a-z0-9_]*\)(.*/\1/p' "$1" | sort -u >"$work/functions"
    # shellcheck disable=SC2086
    [ ! -s "$work/functions" ] || grep -c -w -F -f "$work/functions" $unit_tests | grep -v ':0$' |
        sort -t : -k 2 -n -r | sed 's|.*/\(.*\)\.c:.*|\1|'
}

cli_tests=$(cd tests/cli && ls */compare.sh */eval*.sh */fid*.sh */is_*.sh */judge*.sh */kid*.sh */per_image.sh \
    */pr_*.sh */presets*.sh */sanity.sh */selftest.sh */stats*.sh | sed 's|.*/\(.*\)\.sh$|\1|')

cli=tests/cli
[ "${CLI:-yes}" != no ] || cli=

# passes TEST: builds what it needs, and runs it.
passes() {
    if [ "$1" = tests/cli ]; then
        # shellcheck disable=SC2086
        in_tree all && (cd "$work/tree" && sh tests/cli/run.sh "$build/bin/bonafide" $cli_tests) >"$work/test.log" 2>&1
        return
    fi
    case $1 in
    san:*) program=$build-san/tests/${1#san:} ;;
    *) program=$build/tests/$1 ;;
    esac
    in_tree "$program" || {
        tail -n 20 "$work/build.log" >&2
        echo "$1 cannot be built" >&2
        exit 1
    }
    (cd "$work/tree" && sh tests/run.sh "$program") >"$work/test.log" 2>&1
}

# caught_by FILE: sets `by` to the first test that fails, and only because of the flip.
good=' '
caught_by() {
    tried=' '
    own=$(printf '%s\n' "$unit_tests" | sed -n "s|.*/\(test_$(basename "$1" .c)\)\.c\$|\1|p")
    calling=$(callers "$1")
    family=$(basename "$1" .c)
    family=$(printf '%s\n' "$unit_tests" | sed -n "s|.*/\(test_${family%%_*}.*\)\.c\$|\1|p")
    san=$(printf '%s\n' "$own" "$calling" "$family" | sed -n 's/^./san:&/p')
    for name in $own $calling same_bits $metric_tests $slow $san $cli; do
        case $tried in *" $name "*) continue ;; esac
        tried="$tried$name "
        passes "$name" && continue
        by=$name
        case $good in *" $name "*) return ;; esac
        cp "$1" "$work/tree/$1"
        passes "$name" || {
            echo "$name fails without any flip" >&2
            exit 1
        }
        good="$good$name "
        return
    done
    by=
}

done=0
caught=0
while [ "$done" -lt "$flips" ] && IFS=: read -r file line column op <&3; do
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
    if in_tree "$build/libgmet.a"; then
        done=$((done + 1))
        caught_by "$file"
        [ -n "$by" ] && caught=$((caught + 1))
        case $by in san:*) by="${by#san:} under the sanitizers" ;; esac
        printf '%s:%s:%s: %s became %s: %s\n' "$file" "$line" "$column" "$op" "$new" "${by:-SURVIVED}"
    fi
    cp "$file" "$work/tree/$file"
done 3<"$work/candidates"
echo "$caught of $done flips were caught"
[ $((caught * 100)) -ge $((done * 95)) ]
