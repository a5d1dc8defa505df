#!/bin/sh
# Runs every fuzz target over its folder of tests/fuzz/corpus, with the plain driver. Exits 1 if any failed.
#
#   RUN='qemu-aarch64 ...' sh tests/fuzz/replay.sh FOLDER_OF_REPLAY_PROGRAMS [TARGET...]
set -u
programs=$1
shift
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && ls)

ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS
failed=
n=0
for target in "$@"; do
    folder=tests/fuzz/corpus/$target/
    more=
    grep -q 'fuzz_decode(BF_FORMAT_' "tests/fuzz/fuzz_$target.c" && more='tests/data/images tests/data/pixels'
    # shellcheck disable=SC2086
    said=$(timeout "${TEST_TIMEOUT:-900}" ${RUN:-} "$programs/replay_$target" "$folder" $more 2>&1) || {
        echo "$said"
        failed="$failed $target"
    }
    n=$((n + 1))
done
if [ "$n" = 0 ] || [ -n "$failed" ]; then
    echo "replay FAILED:$failed"
    exit 1
fi
echo "all $n fuzz targets took their corpus"
