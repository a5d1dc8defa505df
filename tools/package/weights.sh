#!/bin/sh
# The published weights of a network, converted and put where bonafide looks for them.
#
#   NETWORK=name FROM=file.pth OUT=file.iv3 sh tools/package/weights.sh PATH-TO-bonafide    (make weights calls it)
#
# NETWORK is inception-v3-fid (the weights of the published FID, also where it is not given), vgg16, or one of DINOv2
# (dinov2-vits14, dinov2-vitb14-reg4, ...) or CLIP (clip-vit-b-32, ...). FROM names a copy that is already at hand;
# without it the file is downloaded from where it is published. OUT defaults to the per-user place. Either way the
# SHA-256 must be that of a published file of the network.
set -u

bonafide=${1:?usage: NETWORK=name FROM=file.pth sh tools/package/weights.sh PATH-TO-bonafide}
NETWORK=${NETWORK:-inception-v3-fid}
installed='' choice='' others=''
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
    size='553 MB'
    ;;
dinov2-vits14) sha256=b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9 size='88 MB' ;;
dinov2-vitb14) sha256=0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73 size='346 MB' ;;
dinov2-vitl14) sha256=d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428 size='1.2 GB' ;;
dinov2-vits14-reg4) sha256=f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb size='88 MB' ;;
dinov2-vitb14-reg4) sha256=73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71 size='346 MB' ;;
dinov2-vitl14-reg4) sha256=36e4deffbaef061a2576705b0c36f93621e2ae20bf6274694821b0b492551b51 size='1.2 GB' ;;
clip-vit-b-32)
    name=ViT-B-32.pt
    sha256=40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af
    # transformers' pytorch_model.bin
    others=a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f
    size='354 MB'
    ;;
clip-vit-b-16) name=ViT-B-16.pt sha256=5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f size='351 MB' ;;
clip-vit-l-14)
    name=ViT-L-14.pt
    sha256=b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836
    # transformers' model.safetensors
    others=a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb
    size='933 MB'
    ;;
clip-vit-l-14-336)
    name=ViT-L-14-336px.pt
    sha256=3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02
    size='934 MB'
    ;;
*)
    echo "weights: NETWORK=$NETWORK: inception-v3-fid, vgg16, dinov2-vits14, -vitb14 or -vitl14 (also with -reg4)," \
        "clip-vit-b-32, -vit-b-16, -vit-l-14 or -vit-l-14-336 expected; other weights:" \
        "$bonafide weights convert" >&2
    exit 1
    ;;
esac
case $NETWORK in
dinov2-*) # a network with registers lies in the folder of the one without
    model=dinov2_${NETWORK#dinov2-}
    name=$(echo "$model" | tr - _)_pretrain.pth
    url=https://dl.fbaipublicfiles.com/dinov2/${model%-reg4}/$name
    ;;
clip-*) url=https://openaipublic.azureedge.net/clip/models/$sha256/$name ;;
esac
if [ "$installed" != inception.iv3 ]; then
    installed=$NETWORK.iv3 choice="NETWORK=$NETWORK "
fi

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
