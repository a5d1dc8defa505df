# What `make weights` runs: which files it takes of each network, and what it says where there is no network.
. "$LIB"
script=$(cd "$(dirname "$LIB")/../.." && pwd)/tools/package/weights.sh
mkdir -p home bin
HOME=$PWD/home
export HOME
unset XDG_DATA_HOME
for word in curl wget; do # there is no network
    printf '#!/bin/sh\necho "no network" >&2\nexit 6\n' >bin/$word
    chmod +x bin/$word
done
PATH=$PWD/bin:$PATH
export PATH
echo "these are no weights" >other.pth
for network in "" vgg16 dinov2-vits14-reg4 clip-vit-l-14-336; do
    NETWORK=$network says sh "$script" $BONAFIDE
    NETWORK=$network FROM=other.pth says sh "$script" $BONAFIDE
    NETWORK=$network FROM=nowhere.pth says sh "$script" $BONAFIDE
done
NETWORK=vgg19 says sh "$script" $BONAFIDE
[ -z "$(find home -name '*.iv3')" ] || die "something was installed"
# Where weights of another network are not installed, the message has its file.
images set 1 2
BONAFIDE_WEIGHTS= says $BONAFIDE features set -o out.npy --network vgg16
BONAFIDE_WEIGHTS= says $BONAFIDE features set -o out.npy --network inception-v3-torchvision
