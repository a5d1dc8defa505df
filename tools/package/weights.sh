#!/bin/sh
# The published FID weights, converted and put where bonafide looks for them.
#
#   FROM=file.pth OUT=file.iv3 sh tools/package/weights.sh PATH-TO-bonafide          (make weights calls it)
#
# FROM names a copy that is already at hand; without it the file (95 MB) is downloaded from its release page. OUT
# defaults to the per-user place. Either way the SHA-256 must be that of the published file.
set -u

bonafide=${1:?usage: FROM=file.pth sh tools/package/weights.sh PATH-TO-bonafide}
name=pt_inception-2015-12-05-6726825d.pth
url=https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/$name
sha256=6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2

if [ -z "${OUT:-}" ]; then
    if [ -z "${XDG_DATA_HOME:-}" ] && [ -z "${HOME:-}" ]; then
        echo "weights: HOME is not set: say where the weights go with OUT=file.iv3" >&2
        exit 1
    fi
    OUT=${XDG_DATA_HOME:-$HOME/.local/share}/bonafide/inception.iv3
fi

advice() {
    {
        echo "Get the file on a machine that can reach"
        echo "    $url"
        echo "(any mirror will do: its SHA-256 is checked), bring it here, and run"
        echo "    make weights FROM=/path/to/$name"
    } >&2
    exit 1
}

download() {
    mkdir -p build/weights || exit 1
    part=build/weights/$name.part
    echo "Downloading $name (95 MB)"
    # Given up within seconds when the host cannot be reached, and when the data stop coming.
    if command -v curl >/dev/null 2>&1; then
        curl -fL --silent --show-error --connect-timeout 5 --speed-limit 1000 --speed-time 15 -o "$part" "$url"
    elif command -v wget >/dev/null 2>&1; then
        wget -nv --tries=1 --timeout=8 -O "$part" "$url"
    else
        echo "weights: there is neither curl nor wget here." >&2
        false
    fi || {
        rm -f "$part"
        echo "weights: the published file could not be downloaded." >&2
        advice
    }
    mv "$part" "build/weights/$name" || exit 1
}

if [ -z "${FROM:-}" ]; then
    [ -f "build/weights/$name" ] || download
    FROM=build/weights/$name
    downloaded=yes
elif [ ! -f "$FROM" ]; then
    echo "weights: $FROM: there is no such file" >&2
    exit 1
fi

found=$(sha256sum "$FROM" | cut -d' ' -f1)
if [ "$found" != "$sha256" ]; then
    echo "weights: $FROM is not the published file: SHA-256 $sha256 expected, $found found" >&2
    if [ "${downloaded:-}" = yes ]; then
        rm -f "$FROM"
        advice
    fi
    echo "To convert another file all the same: $bonafide weights convert $FROM OUT.iv3" >&2
    exit 1
fi

mkdir -p "$(dirname "$OUT")" || exit 1
"$bonafide" weights convert "$FROM" "$OUT" || exit 1
echo "$OUT is ready: bonafide finds it there by itself."
