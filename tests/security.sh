#!/bin/sh
# What each input may do, and whether the tests that hold it to that pass: the table of tools/images/SECURITY.md, each row
# with the tests of its last column, which are run here, each once.
#
#   BUILD=dir sh tests/security.sh
set -u
cd "$(dirname "$0")/.." || exit 1
table=tools/images/SECURITY.md
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-security.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# The rows of the table with a column of tests, without spaces at the ends of their cells.
rows() {
    sed -n '/^| input | may | may not | held by |$/,/^$/p' "$table" | sed -n '3,$p' | grep '^|' |
        sed 's/^| *//; s/ *|$//; s/ *| */|/g'
}

# verdict NAME: ok, skipped, FAILED, or missing; of a test program or a command-line test. Run where it was not yet.
verdict() {
    [ -e "$work/$1" ] && cat "$work/$1" && return
    {
        if [ -x "$BUILD/tests/$1" ]; then
            sh tests/run.sh "$BUILD/tests/$1" >"$work/log" 2>&1 && echo ok || echo FAILED
        elif ls tests/cli/*/"$1.sh" >/dev/null 2>&1; then
            sh tests/cli/run.sh "$BUILD/bin/bonafide" "$1" >"$work/log" 2>&1 && echo ok || echo FAILED
            grep -q '^skipped' "$work/log" && echo "(skipped here)"
        else
            echo missing
        fi
    } | tr '\n' ' ' | sed 's/ *$//' >"$work/$1"
    case $(cat "$work/$1") in FAILED* | missing*) cp "$work/log" "$work/$1.log" 2>/dev/null ;; esac
    cat "$work/$1"
}

rows >"$work/rows"
[ -s "$work/rows" ] || {
    echo "audit-security: no table in $table" >&2
    exit 1
}
failed=0
while IFS='|' read -r input may may_not held; do
    printf '%s\n  may       %s\n  may not   %s\n' "$input" "$may" "$may_not"
    tests=$(printf '%s' "$held" | tr -c 'a-z0-9_' ' ')
    [ -n "$(printf '%s' "$tests" | tr -d ' ')" ] || {
        echo "  held by   nothing"
        failed=$((failed + 1))
    }
    for name in $tests; do
        found=$(verdict "$name")
        printf '  held by   %-24s %s\n' "$name" "$found"
        case $found in FAILED* | missing*)
            failed=$((failed + 1))
            sed 's/^/            /' "$work/$name.log" 2>/dev/null | tail -n 20
            ;;
        esac
    done
done <"$work/rows"
[ $failed = 0 ] && echo "audit-security: every input is held to what it may do" && exit 0
echo "audit-security: $failed FAILED"
exit 1
