#!/bin/sh
# Runs every FOLDER/NAME.sh of this folder, each in a fresh folder of its own:  sh tests/cli/run.sh PROGRAM [NAME...]
# NAME is that of a test or of a folder, which stands for all tests in it; a folder has the name of the command. Beside
# NAME.sh may stand NAME.exit (exit status expected, default 0) and NAME.stdout, NAME.stderr (shell patterns for
# the whole text; without a file nothing is expected of it). A line "skipped: WHY" on standard output says that the test
# cannot run here. RUN is put before the program (an emulator).
set -u
LC_ALL=C
export LC_ALL

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
set -- $(tests "$@")

top=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-cli.XXXXXX") || exit 1
trap 'rm -rf "$top"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$top/shared" "$top/home"

# Nothing of the user's own set-up may reach the program.
unset BONAFIDE_WEIGHTS BONAFIDE_CACHE XDG_DATA_HOME
HOME=$top/home
SHARED=$top/shared
BONAFIDE="${RUN:+$RUN }$program"
LIB=$here/lib.sh
export HOME SHARED BONAFIDE LIB

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

passed=0
failed=0
skipped=0
for test in "$@"; do
    name=${test##*/}
    if [ ! -e "$here/$test.sh" ]; then
        echo "FAILED $name: no test and no folder of tests has this name"
        failed=$((failed + 1))
        continue
    fi
    mkdir "$top/work"
    expected=0
    [ ! -e "$here/$test.exit" ] || expected=$(cat "$here/$test.exit")
    (cd "$top/work" && exec sh -u "$here/$test.sh") >"$top/stdout" 2>"$top/stderr" </dev/null
    status=$?
    problem=
    [ "$status" = "$expected" ] || problem="exit status $status, expected $expected"
    matches "$top/stdout" "$here/$test.stdout" || problem="${problem:+$problem; }standard output is not as expected"
    matches "$top/stderr" "$here/$test.stderr" || problem="${problem:+$problem; }standard error is not as expected"
    if [ -z "$problem" ] && grep -q '^skipped: ' "$top/stdout"; then
        skipped=$((skipped + 1))
        echo "skipped $name: $(sed -n 's/^skipped: //p' "$top/stdout")"
    elif [ -z "$problem" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $name: $problem"
        sed 's/^/    stdout: /' "$top/stdout"
        sed 's/^/    stderr: /' "$top/stderr"
    fi
    rm -rf "$top/work"
done
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ]
