#!/bin/sh
# From a cold process to first features: seconds, CPU time and peak of memory of `bonafide features` on one picture with one
# thread, and what a fresh page costs on this machine meanwhile; several builds in turn.
#
#   [ROUNDS=15] [CPU=0] sh bench/cold_start.sh BUILD_DIRECTORY WEIGHTS.iv3 [OTHER_BUILD_DIRECTORY...]
#
# BUILD_DIRECTORY (build/<target>) has bench/bench_cold, bin/mkphotos and bin/bonafide. The files are in the page cache: a
# round that is not counted comes first. CPU: the processor to stay on; CPU= leaves the choice to the kernel.
set -eu

if [ $# -lt 2 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
build=$1 weights=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-cold.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$build/bin/mkphotos" paint "$work/one" 1 256 1 >/dev/null
pin=
[ -z "${CPU-0}" ] || pin="taskset -c ${CPU-0}"
tail="features $work/one -o $work/f.npy --weights $weights --threads 1 --quiet"
first="$build/bin/bonafide $tail"
for other in "$@"; do # each as one word behind those that there are
    set -- "$@" "$other/bin/bonafide $tail"
    shift
done
# shellcheck disable=SC2086
$pin "$build/bench/bench_cold" "${ROUNDS:-15}" "$first" "$@"
