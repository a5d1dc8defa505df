#!/bin/sh
# Builds fuzz targets with clang's MemorySanitizer and runs them over their corpora and, those of image formats, over
# tests/data: each byte of a picture decides a branch, so that one that was never written is found. And the metrics,
# asked to stop at every moment: none may go on with numbers that were not computed any more.
#
#   sh tests/msan.sh TARGET...
#
# What cannot be done here is named. libwebp is not instrumented; what it gives counts as written.
set -u
cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
if ! command -v clang >/dev/null 2>&1; then
    echo "NOT TESTED: there is no clang here"
    exit 0
fi
if ! echo 'int main(void) { return 0; }' | clang -fsanitize=memory -x c - -o /dev/null 2>/dev/null; then
    echo "NOT TESTED: this clang has no MemorySanitizer (Debian: libclang-rt-*-dev)"
    exit 0
fi
$make CC=clang SAN=memory CFLAGS='-O1 -g' BUILD=build/msan -j"${JOBS:-2}" msan-programs >build/msan.log 2>&1 || {
    tail -n 20 build/msan.log
    exit 1
}
sh tests/fuzz/replay.sh build/msan/fuzz "$@" && sh tests/run.sh build/msan/tests/test_stop
