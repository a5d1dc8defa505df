# weights get: which files it takes of each network, what it says where there is no network or no downloader, and what
# stays. There is no network here: the downloaders are scripts.
. "$LIB"
mkdir -p home bin none
HOME=$PWD/home
export HOME
unset XDG_DATA_HOME
for word in curl wget; do
    printf '#!/bin/sh\necho "no network" >&2\nexit 6\n' >bin/$word
    chmod +x bin/$word
done
for word in sed rm ${BONAFIDE%% *}; do # a PATH without a downloader
    path=$(command -v "$word") && ln -s "$path" none/
done
PATH=$PWD/bin:$PATH
export PATH
echo "these are no weights" >other.pth
for network in "" vgg16 clip-vit-l-14-336; do
    says $BONAFIDE weights get $network
    says $BONAFIDE weights get $network --from other.pth
done
says $BONAFIDE weights get --from nowhere.pth
says $BONAFIDE weights get vgg19
says $BONAFIDE weights get keras
says $BONAFIDE weights get -o w.pth --from other.pth
(PATH=$PWD/none && says $BONAFIDE weights get dinov2-vits14-reg4)
# A stub that gives something else: it is not kept.
printf '#!/bin/sh\nfor word; do\n[ "$before" != -o ] || echo other >"$word"\nbefore=$word\ndone\n' >bin/curl
says $BONAFIDE weights get -q
nothing_left_in home/.local/share/bonafide
# What lies in the place and is no published file of the network stays.
$BONAFIDE weights synth 1 home/.local/share/bonafide/inception.iv3 --dtype float16 -q >out.txt || die "no weights"
says $BONAFIDE weights get
(unset HOME && says $BONAFIDE weights get)
# The list.
says $BONAFIDE weights list
$BONAFIDE weights list --json >list.json || die "no list"
json_valid list.json || die "list.json is no JSON"
[ "$(grep -c '"address": "https://' list.json)" = 12 ] || die "not twelve addresses"
rm home/.local/share/bonafide/inception.iv3
# Where weights of another network are not installed, the message has its file.
images set 1 2
BONAFIDE_WEIGHTS= says $BONAFIDE features set -o out.npy --network vgg16
BONAFIDE_WEIGHTS= says $BONAFIDE features set -o out.npy --network inception-v3-torchvision
# A download that is told to end keeps what came, and takes the downloader with it.
printf '#!/bin/sh\nfor word; do\n[ "$before" != -o ] || echo some >"$word"\nbefore=$word\ndone\nexec sleep 60\n' >bin/curl
$BONAFIDE weights get 2>err.txt &
pid=$!
part=home/.local/share/bonafide/pt_inception-2015-12-05-6726825d.pth.part
n=0
while [ ! -s $part ] && [ $n -lt 100 ]; do
    sleep 0.1
    n=$((n + 1))
done
kill -TERM $pid
wait $pid
echo "[$?]"
sed 's/^/err: /' err.txt
[ -s $part ] || die "nothing is kept"
