#!/bin/sh
# The Debian packages: made twice they have the same bytes, lintian finds nothing wrong, the program in them runs.
#
#   CC=gcc BUILD=dir sh tests/deb.sh
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
command -v dpkg-deb >/dev/null 2>&1 || {
    echo "deb: skipped, there is no dpkg-deb here"
    exit 0
}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-deb.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
    echo "deb: FAILED: $*"
    exit 1
}

for i in 1 2; do
    $make deb CC="${CC:-gcc}" BUILD="$BUILD" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
    mkdir "$work/$i"
    cp "$BUILD"/deb/*.deb "$work/$i/" || fail "no packages were made"
done
for package in bonafide libbonafide0 libbonafide-dev python3-bonafide; do
    ls "$work"/1/${package}_*.deb >"$work/log" 2>&1 || fail "no package $package"
done
for file in "$work"/1/*.deb; do
    cmp "$file" "$work/2/$(basename "$file")" || fail "the same sources made other bytes"
    dpkg-deb -x "$file" "$work/unpacked" || fail "$file cannot be unpacked"
done
for file in usr/bin/bonafide usr/share/man/man1/bonafide-eval.1.gz usr/share/zsh/vendor-completions/_bonafide \
    usr/share/doc/bonafide/copyright usr/include/bonafide/feat.h usr/lib/python3/dist-packages/bonafide/__init__.py \
    usr/share/doc/bonafide/JSON.md usr/share/doc/libbonafide-dev/METRICS.md usr/share/doc/libbonafide-dev/examples/fid_of_features.c; do
    [ -s "$work/unpacked/$file" ] || fail "$file is missing"
done
"$work/unpacked/usr/bin/bonafide" version >"$work/log" || fail "the program does not run"
for library in feat gmet bonafide; do
    find "$work/unpacked/usr/lib" -name "$library.pc" -exec cat {} + | grep -q '^prefix=${pcfiledir}/../../..$' ||
        fail "$library.pc does not find its way back to /usr"
done
! grep -rq "$work\|$(pwd)" "$work/unpacked/usr/lib" || fail "a path of this machine is in the packages"

lintian="lintian is not here"
if command -v lintian >/dev/null 2>&1; then
    lintian --allow-root "$work"/1/*.deb >"$work/log" 2>&1 || fail "lintian: $(cat "$work/log")"
    [ ! -s "$work/log" ] || fail "lintian: $(cat "$work/log")"
    lintian="lintian finds nothing wrong"
fi
echo "deb: $(ls "$work/1" | wc -l) packages, the same bytes twice; $lintian"
