#!/bin/sh
# Installs into an empty place, moves that elsewhere, uses what is there as a user would - programs of tests/examples with
# the flags of the .pc files and with CMake, the shared library, the Python module, manual pages, completions, documents -
# and takes everything away again.
#
#   CC=gcc BUILD=dir sh tests/install.sh
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
cc=${CC:-gcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-install.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
bonafide=$prefix/bin/bonafide

fail() {
    echo "install: FAILED: $*"
    exit 1
}

$make install CC="$cc" BUILD="$BUILD" PREFIX="$work/first" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
for line in "$work/first/bin/bonafide. Next:" "=$work/first/lib " "weights" "PYTHONPATH=$work/first/share/bonafide "; do
    tail -n 9 "$work/log" | grep -q -e "$line" || fail "make install does not end with what to do next ($line)"
done
mv "$work/first" "$prefix" || exit 1
for file in bin/bonafide lib/libfeat.a lib/libgmet.a lib/libbonafide.so lib/pkgconfig/feat.pc lib/pkgconfig/gmet.pc \
    lib/pkgconfig/bonafide.pc share/man/man1/bonafide.1 share/man/man1/bonafide-weights-convert.1 \
    share/bash-completion/completions/bonafide share/zsh/site-functions/_bonafide \
    share/fish/vendor_completions.d/bonafide.fish share/bonafide/bonafide/__init__.py \
    lib/cmake/bonafide/bonafide-config.cmake lib/cmake/bonafide/bonafide-config-version.cmake share/doc/bonafide/README.md \
    share/doc/bonafide/JSON.md share/doc/bonafide/MANIFEST.md share/doc/bonafide/FORMAT.md \
    share/doc/bonafide/ARITHMETIC.md share/doc/bonafide/METRICS.md share/doc/bonafide/LICENSE \
    share/doc/bonafide/examples/fid_of_features.c; do
    [ -s "$prefix/$file" ] || fail "$file is missing"
done
"$bonafide" --version >"$work/version" || fail "the installed program does not run"

# A packager's name for the build goes into it, and leaves everything else as it is.
own=$work/named/obj/tools/base/build_id.o
$make CC="$cc" BUILD="$work/named" BONAFIDE_BUILD_ID=distro-7 "$own" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
grep -q 'distro-7, ' "$own" || fail "BONAFIDE_BUILD_ID=distro-7 is not in the program"

"$bonafide" manual weights convert | cmp - "$prefix/share/man/man1/bonafide-weights-convert.1" ||
    fail "the manual page installed is not the program's"
"$bonafide" completion bash | cmp - "$prefix/share/bash-completion/completions/bonafide" ||
    fail "the completion installed is not the program's"

# --- documents: links go to what is installed, and so do headers ------------------------------------------------
doc=$prefix/share/doc/bonafide
for file in "$doc"/*.md; do
    grep -o '](\([^)#: ]*\)' "$file" | sed 's/](//' | sort -u | while IFS= read -r linked; do
        [ -z "$linked" ] || [ -e "$doc/$linked" ] || echo "${file##*/} links to $linked"
    done
done >"$work/lost"
for file in "$prefix"/include/bonafide/*.h; do
    grep -oE '[A-Za-z0-9_/]+\.(md|[ch])\b' "$file" | sort -u | while IFS= read -r named; do
        case $named in
        std*.h | sys/*.h | bonafide/*.h) continue ;;
        *.md) [ -e "$doc/$named" ] ;;
        *) [ -e "$prefix/include/bonafide/$named" ] || [ -e "$doc/examples/$named" ] ;;
        esac || echo "${file##*/} names $named"
    done
done >>"$work/lost"
[ ! -s "$work/lost" ] || fail "not installed: $(cat "$work/lost")"

# --- C: the installed headers and what pkg-config says, or would say on machines without it ----------------------
for header in "$prefix"/include/bonafide/*.h; do
    printf '#include <bonafide/%s>\ntypedef int not_empty;\n' "${header##*/}" |
        $cc -x c -std=c11 -I"$prefix/include" -Wall -Wextra -Wpedantic -Werror -fsyntax-only - ||
        fail "<bonafide/${header##*/}> does not compile alone"
done
flags() { # LIBRARY
    if command -v pkg-config >/dev/null 2>&1; then
        PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs "$1"
        return
    fi
    for library in "$1" feat; do
        sed -n -e 's/^Cflags: //p' -e 's/^Libs: //p' "$prefix/lib/pkgconfig/$library.pc"
    done | tr '\n' ' ' | sed -e "s|\${libdir}|$prefix/lib|g" -e "s|\${includedir}|$prefix/include|g"
}
build() { # SOURCE LIBRARY
    # shellcheck disable=SC2046
    $cc -std=c11 -Wall -Wextra -Wpedantic -Werror "tests/examples/$1.c" $(flags "$2") -o "$work/$1-$2" ||
        fail "$1.c does not build against the installed $2"
}
build fid_of_features gmet
build features_of_pixels feat
build fid_of_features bonafide
build fid_of_stats gmet
"$BUILD/bin/mkphotos" paint "$work/sets" 4 60 3 >"$work/log" || fail "no pictures could be painted"
ls "$work"/sets/* | sed -n '1,2p' >"$work/a.txt"
ls "$work"/sets/* | sed -n '3,4p' >"$work/b.txt"
for set in a b; do
    "$bonafide" features "@$work/$set.txt" -o "$work/$set.npy" --weights synth:1 --quiet >"$work/log" || fail "features"
done
"$bonafide" fid "$work/a.npy" "$work/b.npy" --json --quiet |
    sed -n 's/^ *"frechet_inception_distance": \(.*\),/\1/p' >"$work/fid"
[ -s "$work/fid" ] || fail "no FID from the installed program"
"$work/fid_of_features-gmet" "$work/a.npy" "$work/b.npy" | cmp - "$work/fid" ||
    fail "fid_of_features.c gives another number than the program"
npy() { # LENGTH SHAPE ORDER: a header alone, as long as the two octal bytes say
    printf '\223NUMPY\001\000%b' "$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': $3, 'shape': $2, }"
}
npy '\000\000' '(2, 2)' False >"$work/bad0.npy"
npy 'v\000' '(4611686018427387905, 4)' False >"$work/bad1.npy"
npy 'v\000' '(2, 2)' True >"$work/bad2.npy"
npy 'v\000' '(2, 2, 2)' False >"$work/bad3.npy"
for i in 0 1 2 3; do
    head -c 64 /dev/zero >>"$work/bad$i.npy"
    "$work/fid_of_features-gmet" "$work/a.npy" "$work/bad$i.npy" 2>&1 | grep -q 'bad.\.npy: expected an .npy file' ||
        fail "fid_of_features.c takes bad$i.npy"
done
LD_LIBRARY_PATH=$prefix/lib "$work/fid_of_features-bonafide" "$work/a.npy" "$work/b.npy" | cmp - "$work/fid" ||
    fail "fid_of_features.c gives another number with the shared library"
for set in a b; do
    "$bonafide" stats "$work/$set.npy" -o "$work/$set.npz" --quiet >"$work/log" || fail "statistics"
done
"$bonafide" fid "$work/a.npz" "$work/b.npz" --json --quiet |
    sed -n 's/^ *"frechet_inception_distance": \(.*\),/\1/p' >"$work/fid_of_stats"
"$work/fid_of_stats-gmet" "$work/a.npz" "$work/b.npz" "$work/copy.npz" | cmp - "$work/fid_of_stats" ||
    fail "fid_of_stats.c gives another number than the program"
# What the library writes are the first three arrays of the program's file: behind them is the directory of these, and its end.
head -c $(($(wc -c <"$work/copy.npz") - 3 * 46 - 20 - 22)) "$work/copy.npz" >"$work/arrays"
head -c "$(wc -c <"$work/arrays")" "$work/b.npz" | cmp - "$work/arrays" || fail "fid_of_stats.c writes other bytes"
printf 'P6\n2 2\n255\n' >"$work/dots.ppm"
printf '\001\002\003\100\101\102\300\301\302\010\020\040' >>"$work/dots.ppm"
"$bonafide" features "$work/dots.ppm" -o "$work/dots.npy" --weights synth:1 --quiet >"$work/log" 2>&1 ||
    { echo "$work/dots.ppm" >"$work/dots.txt" &&
        "$bonafide" features "@$work/dots.txt" -o "$work/dots.npy" --weights synth:1 --quiet >"$work/log"; } ||
    fail "features of one picture"
"$work/features_of_pixels-feat" synth:1 "$work/dots.ppm" >"$work/dots.f32" || fail "features_of_pixels.c does not run"
tail -c 8192 "$work/dots.npy" | cmp - "$work/dots.f32" || fail "features_of_pixels.c gives other bits than the program"

PREFIX="$prefix" CC="$cc" sh tests/edge.sh >"$work/log" 2>&1 || fail "$(cat "$work/log")"

# --- CMake: the same programs by find_package(bonafide), which must not take a version that does not fit -------------
cmake="CMake was skipped: there is none here"
if command -v cmake >/dev/null 2>&1; then
    cmake -S "$doc/examples" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" >"$work/log" 2>&1 &&
        cmake --build "$work/cmake" >"$work/log" 2>&1 || fail "CMake: $(tail -n 5 "$work/log")"
    for program in fid_of_features fid_of_features_shared; do
        "$work/cmake/$program" "$work/a.npy" "$work/b.npy" | cmp - "$work/fid" || fail "CMake: $program gives another number"
    done
    "$work/cmake/fid_of_stats" "$work/a.npz" "$work/b.npz" | cmp - "$work/fid_of_stats" || fail "CMake: fid_of_stats"
    "$work/cmake/features_of_pixels" synth:1 "$work/dots.ppm" | cmp - "$work/dots.f32" || fail "CMake: other features"
    for version in 0.0 0.1.1 0.2 1.0; do
        sed "s/find_package(bonafide 0.1/find_package(bonafide $version/" "$doc/examples/CMakeLists.txt" >"$work/CMakeLists.txt"
        ! cmake -S "$work" -B "$work/cmake-$version" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 ||
            fail "CMake: find_package(bonafide $version) takes $(cat "$work/version")"
        grep -q 'compatible' "$work/log" || fail "CMake: find_package(bonafide $version): $(cat "$work/log")"
    done
    cmake="CMake finds them"
fi

# --- the shared library: its name, and nothing exported but what the headers declare -----------------------------
if command -v readelf >/dev/null 2>&1 && command -v nm >/dev/null 2>&1; then
    readelf -dW "$prefix/lib/libbonafide.so" | grep -q 'SONAME.*\[libbonafide\.so\.[0-9]*\]' || fail "no soname"
    nm -D --defined-only "$prefix/lib/libbonafide.so" | awk '{print $NF}' | sed -n 's/@@BONAFIDE_0\.1$//p' | sort >"$work/exported"
    find "$prefix/include/bonafide" -name '*.h' -exec cat {} + | tr '\n' ' ' | sed 's/FEAT_API/\n&/g' |
        sed -n 's/^FEAT_API[^(;]*[ *]\(\(feat\|gmet\)_[a-z0-9_]*\)(.*/\1/p' | sort >"$work/declared"
    cmp "$work/exported" "$work/declared" || fail "exported and declared: $(diff "$work/exported" "$work/declared")"
fi

# --- Python --------------------------------------------------------------------------------------------------
said="the Python module was skipped: no python3 with NumPy here"
for python in ${PYTHON:-python3 /usr/bin/python3}; do
    "$python" -c 'import numpy' 2>/dev/null || continue
    "$python" -c 'import numpy, sys
ours, theirs = (numpy.load(name) for name in sys.argv[1:])
assert ours.files == ["mu", "sigma", "n"] and all(ours[k].tobytes() == theirs[k].tobytes() for k in ours.files)' \
        "$work/copy.npz" "$work/b.npz" || fail "NumPy reads other numbers in what fid_of_stats.c writes"
    # As many at once as there are CPUs: each waits for programs most of its time.
    printf '%s\n' tests/python/test_*.py | BONAFIDE="$bonafide" PYTHONPATH="$prefix/share/bonafide" \
        PYTHONDONTWRITEBYTECODE=1 CC="$cc" INCLUDE="$prefix/include" WORK="$work" PYTHON="$python" \
        xargs -P "$(nproc)" -I TEST sh -c '"$PYTHON" TEST >"$WORK/$(basename TEST).log" 2>&1 || echo TEST' >"$work/bad"
    while read -r test; do
        cat "$work/$(basename "$test").log"
    done <"$work/bad"
    [ ! -s "$work/bad" ] || fail "the Python package: $(tr '\n' ' ' <"$work/bad")"
    said="the Python module gives the program's numbers"
    break
done

$make uninstall CC="$cc" BUILD="$BUILD" PREFIX="$prefix" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
left=$(find "$prefix" ! -type d)
[ -z "$left" ] || fail "uninstall left $left"
echo "install: programs were built against the installed libraries; $cmake; $said; nothing is left behind"
