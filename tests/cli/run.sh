#!/bin/sh
# Runs every FOLDER/NAME.sh of this folder, each in a fresh folder of its own, as many at a time as there are CPUs:
#   JOBS=1 sh tests/cli/run.sh PROGRAM [NAME...]
# NAME is that of a test or of a folder, which stands for all tests in it; a folder has the name of the command. Beside
# NAME.sh may stand NAME.exit (exit status expected, default 0) and NAME.stdout, NAME.stderr (shell patterns for
# the whole text; without a file nothing is expected of it). A line "skipped: WHY" on standard output says that the test
# cannot run here. RUN is put before the program (an emulator).
set -u
LC_ALL=C
export LC_ALL

# matches FILE PATTERN_FILE: an absent pattern file matches everything.
matches()
{
    [ -e "$2" ] || return 0
    text=$(cat "$1")
    pattern=$(cat "$2")
    case $text in
    $pattern) return 0 ;;
    esac
    return 1
}

# one TOP FOLDER/NAME: runs a test in a folder of TOP. What is to be said of it is then in TOP/said/FOLDER+NAME, after a
# first line passed, failed or skipped.
one()
{
    place=$1/tests/$2 script=${LIB%lib.sh}$2 name=${2##*/}
    mkdir -p "$place/work" "$place/home"
    HOME=$place/home
    export HOME
    expected=0
    [ ! -e "$script.exit" ] || expected=$(cat "$script.exit")
    (cd "$place/work" && exec sh -u "$script.sh") >"$place/stdout" 2>"$place/stderr" </dev/null
    status=$?
    problem=
    [ "$status" = "$expected" ] || problem="exit status $status, expected $expected"
    matches "$place/stdout" "$script.stdout" || problem="${problem:+$problem; }standard output is not as expected"
    matches "$place/stderr" "$script.stderr" || problem="${problem:+$problem; }standard error is not as expected"
    if [ "$status" = 0 ] && grep -q '^skipped: ' "$place/stdout"; then # whatever it would have printed
        echo skipped
        echo "skipped $name: $(sed -n 's/^skipped: //p' "$place/stdout")"
    elif [ -n "$problem" ]; then
        echo failed
        echo "FAILED $name: $problem"
        sed 's/^/    stdout: /' "$place/stdout"
        sed 's/^/    stderr: /' "$place/stderr"
    else
        echo passed
    fi >"$1/said/$(printf '%s' "$2" | tr / +)"
    rm -rf "$place"
}

if [ "${1:-}" = --one ]; then
    one "$2" "$3"
    exit 0
fi

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "usage: sh tests/cli/run.sh PROGRAM [NAME...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

# tests [NAME...]: the tests meant, as FOLDER/NAME, one a line.
tests()
{
    cd "$here" || return 1
    [ $# -gt 0 ] || set -- */
    for name in "$@"; do
        found=
        for script in "${name%/}"/*.sh */"$name.sh"; do
            [ -e "$script" ] || continue
            found=yes
            case $script in *_lib.sh) ;; *) echo "${script%.sh}" ;; esac
        done
        [ "$found" ] || echo "no-such-test/$name"
    done
}
# shellcheck disable=SC2046
set -- $(tests "$@" | awk '!seen[$0]++')

for test in "$@"; do
    if [ ! -e "$here/$test.sh" ]; then
        echo "FAILED ${test##*/}: no test and no folder of tests has this name"
        exit 1
    fi
done

top=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-cli.XXXXXX") || exit 1
trap 'rm -rf "$top"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$top/shared" "$top/said"

# Nothing of the user's own set-up may reach the program.
unset BONAFIDE_WEIGHTS BONAFIDE_CACHE XDG_DATA_HOME
SHARED=$top/shared
BONAFIDE="${RUN:+$RUN }$program"
LIB=$here/lib.sh
export SHARED BONAFIDE LIB

printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-$(nproc)}" sh "$here/run.sh" --one "$top"

passed=0
failed=0
skipped=0
for test in "$@"; do
    said=$top/said/$(printf '%s' "$test" | tr / +)
    case $(head -n 1 "$said" 2>/dev/null) in
    passed) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
    tail -n +2 "$said"
done
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ]
