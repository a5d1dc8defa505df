#!/bin/sh
# Debian packages of an installed tree, without debhelper: bonafide (program, manual pages, completions), libbonafide0 (the
# shared library), libbonafide-dev (headers, archives, pkg-config) and python3-bonafide. The same input gives the same bytes.
#
#   sh tools/package/deb.sh TREE OUT VERSION TRIPLET
#
# TREE is what "make install PREFIX=/usr LIBDIR=/usr/lib/TRIPLET PYTHONDIR=/usr/lib/python3/dist-packages DESTDIR=TREE"
# left. DEB_MAINTAINER names the packager, SOURCE_DATE_EPOCH the time of the files (default: the last commit's).
set -eu

tree=$1 out=$2 version=$3 triplet=$4
maintainer=${DEB_MAINTAINER:-bonafide contributors <bonafide@example.org>}
command -v dpkg-deb >/dev/null 2>&1 || {
    echo "deb: there is no dpkg-deb here; on Debian it is always there" >&2
    exit 1
}
case $triplet in
x86_64-*) arch=amd64 ;;
aarch64-*) arch=arm64 ;;
*)
    echo "deb: no Debian architecture is known for $triplet" >&2
    exit 1
    ;;
esac
[ -n "${SOURCE_DATE_EPOCH:-}" ] || SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
date=$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
strip=${STRIP:-strip}
lib=usr/lib/$triplet

# The newest symbol version of the C library that a file asks for.
libc_version() {
    ${OBJDUMP:-objdump} -T "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1
}

# The packages of the libraries that a file needs beside the C library's: libwebp.so.7 is in libwebp7.
other_libraries() {
    ${OBJDUMP:-objdump} -p "$1" | sed -n 's/^ *NEEDED *\(libwebp[a-z]*\)\.so\.\([0-9]*\)$/, \1\2/p' | sort | tr -d '\n'
}

# begin PACKAGE: its folder, with what every package has.
begin() {
    package=$1
    root=$out/$package
    rm -rf "$root"
    mkdir -p "$root/DEBIAN" "$root/usr/share/doc/$package"
    {
        cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bonafide

Files: *
Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE)
License: Expat

Files: tools/photos/encode.c
Copyright: 2017 Sean Barrett
License: Expat
Comment: Contains stb_image_write when it is compiled.

Files: weights/containers/json_tree.c tools/formats/json_read.c
Copyright: 2010 Serge A. Zaitsev
License: Expat
Comment: Contain jsmn when they are compiled.

License: Expat
TEXT
        sed -e '1,/^Copyright/d' LICENSE | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /'
    } >"$root/usr/share/doc/$package/copyright"
    {
        echo "bonafide ($version) unstable; urgency=medium"
        echo
        echo "  * Built from the sources of version $version."
        echo
        echo " -- $maintainer  $date"
    } | gzip -9n >"$root/usr/share/doc/$package/changelog.gz"
}

# take PATH...: moves parts of the tree into the package.
take() {
    for path in "$@"; do
        mkdir -p "$root/$(dirname "$path")"
        cp -a "$tree/$path" "$root/$(dirname "$path")/"
    done
}

# control SECTION ARCHITECTURE DEPENDS MULTIARCH "Synopsis": the long description comes on standard input.
control() {
    {
        echo "Package: $package"
        echo "Source: bonafide"
        echo "Version: $version"
        echo "Architecture: $2"
        echo "Maintainer: $maintainer"
        echo "Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)"
        [ -z "$3" ] || echo "Depends: $3"
        [ "$4" = no ] || echo "Multi-Arch: $4"
        echo "Section: $1"
        echo "Priority: optional"
        echo "Description: $5"
        sed -e 's/^$/./' -e 's/^/ /'
    } >"$root/DEBIAN/control"
}

# The archive, with every time and owner fixed.
finish() {
    (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
    find "$root" -type d -exec chmod 755 {} +
    find "$root/usr" -type f ! -path '*/bin/*' -exec chmod 644 {} +
    chmod 644 "$root"/DEBIAN/*
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    file=$out/${package}_${version}_$1.deb
    dpkg-deb --root-owner-group -Zxz -b "$root" "$file" >"$out/log"
    rm -rf "$root"
    echo "$file"
}

begin bonafide
take usr/bin/bonafide usr/share/man usr/share/bash-completion usr/share/fish
cp "$tree"/usr/share/doc/bonafide/*.md "$root/usr/share/doc/bonafide/"
mkdir -p "$root/usr/share/zsh/vendor-completions"
cp "$tree/usr/share/zsh/site-functions/_bonafide" "$root/usr/share/zsh/vendor-completions/"
$strip --strip-unneeded -R .comment -R .note "$root/usr/bin/bonafide"
gzip -9n "$root"/usr/share/man/man1/*.1
control science "$arch" "libc6 (>= $(libc_version "$root/usr/bin/bonafide"))$(other_libraries "$root/usr/bin/bonafide")" no \
    "metrics of generated images, the same bits on every machine" <<'TEXT'
bonafide computes Inception Score, FID, KID, precision, recall and more of two
sets of images, without Python, GPU or network. The same images and weights
give the same bits on every machine.

Weights are not included: "bonafide weights convert" makes them from the
published files.
TEXT
finish "$arch"

begin libbonafide0
take "$lib/libbonafide.so.0" "$lib/libbonafide.so.$version"
$strip --strip-unneeded -R .comment -R .note "$root/$lib/libbonafide.so.$version"
echo "libbonafide 0 libbonafide0 (>= $version)" >"$root/DEBIAN/shlibs"
echo "activate-noawait ldconfig" >"$root/DEBIAN/triggers"
control libs "$arch" "libc6 (>= $(libc_version "$root/$lib/libbonafide.so.$version"))" same \
    "metrics of generated images (shared library)" <<'TEXT'
bonafide computes Inception Score, FID, KID, precision, recall and more of two
sets of images.

This package has the shared library: an Inception-v3 network and the metrics.
TEXT
finish "$arch"

begin libbonafide-dev
take usr/include "$lib/libbonafide.so" "$lib/libfeat.a" "$lib/libgmet.a" "$lib/pkgconfig" "$lib/cmake"
for file in ARITHMETIC FORMAT METRICS; do # what the headers name
    cp "$tree/usr/share/doc/bonafide/$file.md" "$root/usr/share/doc/$package/"
done
cp -R "$tree/usr/share/doc/bonafide/examples" "$root/usr/share/doc/$package/"
$strip --strip-debug -R .comment --enable-deterministic-archives "$root/$lib/libfeat.a" "$root/$lib/libgmet.a"
control libdevel "$arch" "libbonafide0 (= $version)" same "metrics of generated images (development files)" <<'TEXT'
bonafide computes Inception Score, FID, KID, precision, recall and more of two
sets of images.

This package has headers, static libraries, files for pkg-config and CMake,
and examples.
TEXT
finish "$arch"

begin python3-bonafide
take usr/lib/python3
control python all "libbonafide0 (>= $version), bonafide (>= $version), python3, python3-numpy" no \
    "metrics of generated images (Python module)" <<'TEXT'
bonafide computes Inception Score, FID, KID, precision, recall and more of two
sets of images.

This package has the Python module: NumPy arrays in, numbers out.
TEXT
finish all
