#!/bin/sh
# Fuzzes each target for some seconds, one after the other, and prints executions and coverage. What it finds to be worth
# keeping goes to build/fuzz/corpus; an input that crashes a target to build/fuzz/crashes. Exits 1 if any crashed.
#
#   sh tests/fuzz/run.sh FOLDER_OF_FUZZ_PROGRAMS [SECONDS [TARGET...]]
set -u
programs=$1
seconds=${2:-60}
shift
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- $(cd "$programs" && ls | sed -n 's/^fuzz_//p')
work=build/fuzz
mkdir -p $work/crashes
ASAN_OPTIONS=allocator_may_return_null=1
export ASAN_OPTIONS
status=0
for target in "$@"; do
    mkdir -p "$work/corpus/$target"
    dict=
    [ -f "tests/fuzz/$target.dict" ] && dict=-dict=tests/fuzz/$target.dict
    more=
    grep -q 'fuzz_decode(BF_FORMAT_' "tests/fuzz/fuzz_$target.c" && more='tests/data/images tests/data/pixels'
    # shellcheck disable=SC2086
    "$programs/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=16384 \
        -artifact_prefix="$work/crashes/$target-" -print_final_stats=1 $dict \
        "$work/corpus/$target" "tests/fuzz/corpus/$target" $more >"$work/$target.log" 2>&1
    rc=$?
    [ $rc = 0 ] || status=1
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
    last=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$work/$target.log" | tail -n 1)
    echo "$target: $seconds s, ${runs:-?} executions, ${last:-?}, exit $rc"
done
exit $status
