#!/bin/sh
# Runs test programs one after the other and goes on after a failure.
#
#   RUN='qemu-aarch64 ...' sh tests/run.sh PROGRAM...
#
# RUN is put in front of every program. TEST_TIMEOUT (seconds, default 900) ends one that hangs. Exits 1 if any failed.
set -u

# A hostile size in a test must come back as NULL from the allocator, not end the program.
ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS

n=0
failed=
for program in "$@"; do
    n=$((n + 1))
    echo "== $program"
    start=$(date +%s)
    # shellcheck disable=SC2086
    timeout "${TEST_TIMEOUT:-900}" ${RUN:-} "$program" 2>&1
    rc=$?
    seconds=$(($(date +%s) - start))
    [ "$seconds" -ge 5 ] && echo "   took $seconds s"
    case $rc in
    0) ;;
    124) failed="$failed $program(timeout)" ;;
    *) failed="$failed $program(exit $rc)" ;;
    esac
done
if [ "$n" = 0 ]; then
    echo "no test programs were given" >&2
    exit 1
fi
if [ -n "$failed" ]; then
    echo "FAILED:$failed"
    exit 1
fi
echo "all $n test programs ended well"
