#!/bin/sh
# Installs into an empty place, builds a program against what is there with the flags of the .pc files, runs it, and
# takes everything away again.
#
#   CC=gcc BUILD=dir sh tests/install.sh
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-install.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
    echo "install: FAILED: $*"
    exit 1
}

$make install CC="${CC:-gcc}" BUILD="$BUILD" PREFIX="$prefix" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
for file in bin/bonafide lib/libiv3.a lib/libgmet.a lib/pkgconfig/iv3.pc lib/pkgconfig/gmet.pc; do
    [ -s "$prefix/$file" ] || fail "$file is missing"
done
"$prefix/bin/bonafide" --version >"$work/version" || fail "the installed program does not run"

# A packager's name for the build goes into it, and leaves everything else as it is.
own=$work/named/obj/tools/build_id.o
$make CC="${CC:-gcc}" BUILD="$work/named" BONAFIDE_BUILD_ID=distro-7 "$own" >"$work/log" 2>&1 ||
    fail "$(tail -n 3 "$work/log")"
grep -q 'distro-7, ' "$own" || fail "BONAFIDE_BUILD_ID=distro-7 is not in the program"

# What pkg-config --cflags --libs would print, on machines without it.
flags() {
    sed -n "s/^$1: //p" "$prefix/lib/pkgconfig/gmet.pc" "$prefix/lib/pkgconfig/iv3.pc" | tr '\n' ' '
}
cat >"$work/user.c" <<'C'
#include <engine/iv3.h>
#include <metrics/gmet.h>
#include <stdio.h>

int main(void)
{
    const double mu[2][2] = {{0.0, 0.0}, {3.0, 4.0}}, sigma[4] = {1.0, 0.0, 0.0, 1.0};
    gmet_fid_result fid;
    iv3_error err;
    if (gmet_fid(&fid, mu[0], sigma, mu[1], sigma, 2, NULL, &err) != IV3_OK || iv3_preset_find("tf1") == NULL)
        return 1;
    printf("%.9g\n", fid.value);
    return 0;
}
C
# shellcheck disable=SC2046
${CC:-gcc} -std=c11 -Wall -Wextra -Werror $(flags Cflags) "$work/user.c" $(flags Libs) -o "$work/user" ||
    fail "a program does not build against the installed libraries"
[ "$("$work/user")" = 25 ] || fail "FID of two shifted unit Gaussians: 25 expected, $("$work/user") found"

$make uninstall CC="${CC:-gcc}" BUILD="$BUILD" PREFIX="$prefix" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
left=$(find "$prefix" -type f)
[ -z "$left" ] || fail "uninstall left $left"
echo "install: a program was built against the installed libraries; nothing is left behind"
