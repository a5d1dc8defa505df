#!/bin/sh
# The published weights of a network, converted and put where bonafide looks for them.
#
#   NETWORK=name FROM=file.pth OUT=file.iv3 sh tools/package/weights.sh PATH-TO-bonafide    (make weights calls it)
#
# NETWORK is inception-v3-fid (the weights of the published FID, also where it is not given) or vgg16. FROM names a copy
# that is already at hand; without it the file is downloaded from where it is published. OUT defaults to the per-user
# place. Either way the SHA-256 must be that of a published file of the network.
set -u

bonafide=${1:?usage: NETWORK=name FROM=file.pth sh tools/package/weights.sh PATH-TO-bonafide}
NETWORK=${NETWORK:-inception-v3-fid}
case $NETWORK in
inception-v3-fid | fid)
    name=pt_inception-2015-12-05-6726825d.pth
    url=https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/$name
    sha256=6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2
    # classify_image_graph_def.pb, inception-2015-12-05.pt
    others="009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6
            f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4"
    size='95 MB' installed=inception.iv3 choice=
    ;;
vgg16)
    name=vgg16-397923af.pth
    url=https://download.pytorch.org/models/$name
    sha256=397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0
    # StyleGAN's vgg16.pt, timm's vgg16.tv_in1k model.safetensors
    others="b437eb095feaeb0b83eb3fa11200ebca4548ee39a07fb944a417ddc516cc07c3
            57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8"
    size='553 MB' installed=vgg16.iv3 choice='NETWORK=vgg16 '
    ;;
*)
    echo "weights: NETWORK=$NETWORK: inception-v3-fid or vgg16 expected; other weights: $bonafide weights convert" >&2
    exit 1
    ;;
esac

if [ -z "${OUT:-}" ]; then
    if [ -z "${XDG_DATA_HOME:-}" ] && [ -z "${HOME:-}" ]; then
        echo "weights: HOME is not set: say where the weights go with OUT=file.iv3" >&2
        exit 1
    fi
    OUT=${XDG_DATA_HOME:-$HOME/.local/share}/bonafide/$installed
fi

advice() {
    {
        echo "On a machine with a network, then here (any mirror will do: the SHA-256 is checked):"
        echo "    curl -fLO $url"
        echo "    echo '$sha256  $name' | sha256sum -c"
        echo "    make weights ${choice}FROM=/path/to/$name"
    } >&2
    exit 1
}

download() {
    mkdir -p build/weights || exit 1
    part=build/weights/$name.part
    echo "Downloading $name ($size)"
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
published=no
for one in $sha256 $others; do
    [ "$found" = "$one" ] && published=yes
done
if [ $published = no ]; then
    echo "weights: $FROM is not a published file of $NETWORK: SHA-256 $sha256 expected, $found found" >&2
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
