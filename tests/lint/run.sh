#!/bin/sh
# House rules that a compiler does not check. Ends with "N passed, N failed" and exits 1 on any failure.
#
#   CC=gcc sh tests/lint/run.sh BUILD_DIRECTORY
set -u

build=${1:?usage: sh tests/lint/run.sh BUILD_DIRECTORY}
cd "$(dirname "$0")/../.." || exit 1
for archive in libfeat.a libgmet.a libtool.a; do
    if [ ! -f "$build/$archive" ]; then
        echo "lint: $build/$archive is not built: run make first" >&2
        exit 1
    fi
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-lint.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT

. tests/lint/lint.sh
. tests/lint/layers.sh
. tests/lint/text.sh
. tests/lint/rows.sh
. tests/lint/headers.sh
. tests/lint/promise.sh
. tests/lint/objects.sh

echo "$n_passed passed, $n_failed failed"
[ "$n_failed" = 0 ]
