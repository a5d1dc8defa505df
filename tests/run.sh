#!/bin/sh
# Runs test programs, as many at a time as there are CPUs, and goes on after a failure. What they print comes in the order
# in which they are named.
#
#   RUN='qemu-aarch64 ...' JOBS=1 sh tests/run.sh PROGRAM...
#
# RUN is put in front of every program. TEST_TIMEOUT (seconds, default 900) ends one that hangs. Exits 1 if any failed.
set -u

# A hostile size in a test must come back as NULL from the allocator, not end the program.
ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS

# one FOLDER NUMBER PROGRAM: what it prints goes to FOLDER/NUMBER.out, its exit status last of all to FOLDER/NUMBER.rc.
if [ "${1:-}" = --one ]; then
    start=$(date +%s)
    # shellcheck disable=SC2086
    timeout "${TEST_TIMEOUT:-900}" ${RUN:-} "$4" >"$2/$3.out" 2>&1
    rc=$?
    seconds=$(($(date +%s) - start))
    [ "$seconds" -ge 5 ] && echo "   took $seconds s" >>"$2/$3.out"
    echo $rc >"$2/$3.tmp"
    mv "$2/$3.tmp" "$2/$3.rc"
    exit 0
fi

if [ $# = 0 ]; then
    echo "no test programs were given" >&2
    exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-run.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
n=0
for program in "$@"; do
    n=$((n + 1))
    printf '%s\0%s\0%s\0' "$work" $n "$program"
done >"$work/list"

# Prints what has ended, in order. In the background, and not the programs: what is there ignores Ctrl-C.
tell() {
    n=0
    for program in "$@"; do
        n=$((n + 1))
        while [ ! -e "$work/$n.rc" ] && [ ! -e "$work/over" ]; do
            sleep 0.05
        done
        echo "== $program"
        cat "$work/$n.out"
    done
}
tell "$@" &
xargs -0 -n 3 -P "${JOBS:-$(nproc)}" sh "$0" --one <"$work/list"
: >"$work/over"
wait $!

n=0
failed=
for program in "$@"; do
    n=$((n + 1))
    rc=$(cat "$work/$n.rc" 2>/dev/null || echo none)
    case $rc in
    0) ;;
    124) failed="$failed $program(timeout)" ;;
    *) failed="$failed $program(exit $rc)" ;;
    esac
done
if [ -n "$failed" ]; then
    echo "FAILED:$failed"
    exit 1
fi
echo "all $n test programs ended well"
