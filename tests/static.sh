#!/bin/sh
# The static program: small, not dynamic, alone in an empty root it gives the same bytes as the usual one.
#
#   CC=gcc BUILD=dir sh tests/static.sh [RUN...]
#   MAKE='make CROSS=aarch64-linux-gnu-' CC=aarch64-linux-gnu-gcc BUILD=dir NATIVE=dir sh tests/static.sh qemu-aarch64
#
# RUN is what runs a program of another machine (qemu-aarch64); it has no libraries of that machine to offer, which is
# the point. NATIVE is then a build of this machine to compare with.
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-static.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
program=$BUILD/static/bonafide
usual=${NATIVE:-$BUILD}/bin
limit=3145728 # with a decoder for WebP inside

fail() {
    echo "static: FAILED: $*"
    exit 1
}

$make static CC="${CC:-gcc}" BUILD="$BUILD" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
size=$(wc -c <"$program")
[ "$size" -lt $limit ] || fail "$program has $size bytes, $limit are too many"
${READELF:-readelf} -lW "$program" >"$work/segments" || fail "readelf cannot read $program"
! grep -q 'INTERP\|DYNAMIC' "$work/segments" || fail "$program is dynamic"
if [ $# = 0 ] && command -v ldd >/dev/null 2>&1; then
    ldd "$program" >"$work/ldd" 2>&1
    grep -q 'not a dynamic executable\|statically linked' "$work/ldd" || fail "ldd says: $(cat "$work/ldd")"
fi

mkdir "$work/alone" || exit 1
cp "$program" "$work/alone/bonafide"
"$usual/mkphotos" paint "$work/alone/set" 2 80 5 >"$work/log" || fail "no pictures could be painted"
"$usual/bonafide" features "$work/alone/set" -o "$work/usual.npy" --weights synth:1 --quiet >"$work/log" ||
    fail "the usual program does not run"
where="in an empty root"
if [ $# -gt 0 ]; then
    where="under $1"
    "$@" "$program" features "$work/alone/set" -o "$work/alone/f.npy" --weights synth:1 --quiet >"$work/log" 2>&1
elif chroot "$work/alone" /bonafide version >"$work/log" 2>&1; then
    chroot "$work/alone" /bonafide features /set -o /f.npy --weights synth:1 --quiet >"$work/log" 2>&1
else
    where="(skipped: an empty root, chroot is not allowed here)"
    (cd "$work/alone" && env -i ./bonafide features set -o f.npy --weights synth:1 --quiet) >"$work/log" 2>&1
fi || fail "it does not run $where: $(cat "$work/log")"
cmp "$work/usual.npy" "$work/alone/f.npy" || fail "other bytes than the usual program's"
echo "static: $size bytes, the same features as the usual program $where"
