#!/bin/sh
# The wheel and the source archive: the same bytes twice; installed by pip without a network, program and module give the
# numbers of the build; the tag is what the files ask for; an unpacked archive builds with its own headers, by pip too.
#
#   CC=gcc BUILD=dir sh tests/wheel.sh
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-wheel.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
unset BONAFIDE_LIBRARY BONAFIDE_PROGRAM PYTHONPATH LD_LIBRARY_PATH

fail() {
    echo "wheel: FAILED: $*"
    exit 1
}

python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    "$candidate" -m pip --version >"$work/log" 2>&1 || continue
    python=$("$candidate" -c 'import sys; print(sys.executable)') # whole: the module is tried with another PATH and folder
    ! "$candidate" -c 'import numpy' 2>"$work/log" || break
done
[ -n "$python" ] || { echo "wheel: NOT TESTED: there is no python3 with pip here (Debian: python3-pip)" && exit 0; }

# --- made twice ------------------------------------------------------------------------------------------------
for i in 1 2; do
    $make wheel sdist CC="${CC:-gcc}" BUILD="$BUILD" PYTHON="$python" DIST="$work/$i" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
    [ $i = 2 ] || sleep 1
done
for file in "$work"/1/*; do
    cmp "$file" "$work/2/${file##*/}" || fail "the same sources made other bytes"
done
wheel=$(echo "$work"/1/*.whl) archive=$(echo "$work"/1/*.tar.gz)

# --- installed --------------------------------------------------------------------------------------------------
install() { # WHAT WHERE
    "$python" -m pip install --quiet --no-index --no-deps --disable-pip-version-check --target "$2" "$1" >"$work/log" 2>&1 ||
        fail "pip install ${1##*/}: $(tail -n 5 "$work/log")"
}
install "$wheel" "$work/site"
"$python" - "$wheel" "$work/site" <<'PYTHON' || fail "what is installed is not what RECORD says"
import base64, hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    (record,) = (name for name in wheel.namelist() if name.endswith("/RECORD"))
    rows = [line.split(",") for line in wheel.read(record).decode().split()]
    assert sorted(row[0] for row in rows) == sorted(wheel.namelist()), "not every file is listed"
    for name, digest, size in rows:
        if name != record:
            data = wheel.read(name)
            found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            assert (digest, size) == ("sha256=" + found, str(len(data))), name
PYTHON
for file in bin/bonafide bonafide/bin/bonafide; do
    "$work/site/$file" --version >"$work/version" || fail "$file does not run"
    "$BUILD/bin/bonafide" --version | cmp - "$work/version" || fail "$file is another version than the build's"
done
grep -q 'stb_image_write' "$work"/site/bonafide-*.dist-info/THIRD_PARTY.txt &&
    grep -q 'Serge Zaitsev' "$work"/site/bonafide-*.dist-info/THIRD_PARTY.txt || fail "licences of others are missing"

# The tag names the newest glibc that a file asks for; nothing is needed but the C library.
tag=$(echo "$wheel" | sed -n 's/.*-manylinux_\([0-9]*\)_\([0-9]*\)_.*/\1.\2/p')
if [ -n "$tag" ]; then
    for file in bonafide/bin/bonafide bonafide/libbonafide.so.0; do
        ${OBJDUMP:-objdump} -p "$work/site/$file" >"$work/asks"
        ! sed -n 's/^ *NEEDED *//p' "$work/asks" | grep -v '^\(libc\|libm\|ld-linux.*\)\.so\.' >"$work/log" || fail "$file needs $(cat "$work/log")"
        newest=$({ echo "$tag" && grep -o 'GLIBC_2\.[0-9]*' "$work/asks" | sed 's/GLIBC_//'; } | sort -V | tail -n 1)
        [ "$newest" = "$tag" ] || fail "$file asks for glibc $newest, the wheel says $tag"
    done
    ${OBJDUMP:-objdump} -p "$work/site/bonafide/libbonafide.so.0" | grep -q "GLIBC_$tag\$" || [ "$tag" = 2.17 ] || # the lowest there is
        fail "the wheel asks for glibc $tag, its files do not"
fi

if echo 'int main(void) { return 0; }' | ${CC:-gcc} -static -x c - -o "$work/static" 2>"$work/log"; then
    ! ${READELF:-readelf} -lW "$work/site/bin/bonafide" | grep -q 'INTERP\|DYNAMIC' || fail "the wheel's program is not static"
fi

# --- its numbers ------------------------------------------------------------------------------------------------
"$BUILD/bin/mkphotos" paint "$work/a" 3 60 3 >"$work/log" && "$BUILD/bin/mkphotos" paint "$work/b" 3 50 4 >"$work/log" ||
    fail "no pictures could be painted"
fid() { # PROGRAM
    "$1" fid "$work/a" "$work/b" --weights synth:1 --json --quiet | sed -n 's/^ *"frechet_inception_distance": \(.*\),/\1/p'
}
fid "$BUILD/bin/bonafide" >"$work/fid"
[ -s "$work/fid" ] || fail "no number from the build"
fid "$work/site/bin/bonafide" | cmp - "$work/fid" || fail "the wheel's program gives another number"
module="the module was not tried: this Python has no NumPy"
if "$python" -c 'import numpy' 2>/dev/null; then
    (cd / && PATH=/usr/bin:/bin PYTHONPATH="$work/site" PYTHONDONTWRITEBYTECODE=1 "$python" - "$work") >"$work/log" 2>&1 <<'PYTHON' ||
import os, sys
import bonafide
work = sys.argv[1]
assert os.path.realpath(bonafide.__file__).startswith(os.path.realpath(work)), bonafide.__file__
with open("/proc/self/maps") as maps:
    (library,) = {line.split()[-1] for line in maps if "libbonafide" in line}
assert os.path.realpath(library).startswith(os.path.realpath(work)), library
assert bonafide.version() in open(os.path.join(work, "version")).read()
value = float(bonafide.fid(os.path.join(work, "a"), os.path.join(work, "b"), weights="synth:1"))
assert value == float(open(os.path.join(work, "fid")).read()), value
PYTHON
        fail "the wheel's module: $(tail -n 3 "$work/log")"
    module="so does the module"
fi

# --- the source archive: unpacked and installed by pip, at another level of optimisation ----------------------------
tar -xzf "$archive" -C "$work" || fail "the archive cannot be unpacked"
source=$(echo "$work"/bonafide-*/pyproject.toml) source=${source%/pyproject.toml}
CFLAGS=-O1 MAKE=make install "$source" "$work/own"
for header in stb/stb_image_write.h jsmn.h; do
    [ -s "$source/third_party/$header" ] && grep -q -e '-isystem third_party ' "$source"/build/*/flags.txt ||
        fail "the archive is not built with its own $header"
done
grep -q -e ' -O1 ' "$source"/build/*/flags.txt || fail "the archive is not built at the level that was asked for"
fid "$work/own/bin/bonafide" | cmp - "$work/fid" || fail "built from the archive it gives another number"
"$work/own/bin/bonafide" --version | sed 's/, gcc.*\|, clang.*//; 2d' >"$work/own.version"
sed 's/, gcc.*\|, clang.*//; 2d' "$work/version" | cmp - "$work/own.version" || fail "built from the archive it has another name: $(cat "$work/own.version")"
(cd "$source" && $make sdist PYTHON="$python" CC="${CC:-gcc}" DIST="$work/again") >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
cmp "$archive" "$work/again/${archive##*/}" || fail "the archive of an archive is another"
echo "wheel: ${wheel##*/}, $(wc -c <"$wheel") bytes, the same twice; installed, the program gives the build's number, and $module;" \
    "built from the archive by pip too"
