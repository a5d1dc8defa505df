# refs get: what it downloads, keeps and says. The downloader is a script.
. "$LIB"
mkdir -p home bin
HOME=$PWD/home
export HOME
unset XDG_DATA_HOME
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
coming=home/.local/share/bonafide/refs/coming
printf '#!/bin/sh\nfor word; do :; done\necho "asked for $word" >&2\nexit 6\n' >bin/curl
chmod +x bin/curl
PATH=$PWD/bin:$PATH
export PATH
images set 1 2
echo "--- what cannot be had"
says $BONAFIDE refs get cifar10-test
says $BONAFIDE refs get ref:imagenet256-jit
says $BONAFIDE refs get ffhq_clean_trainval70k_256
says $BONAFIDE refs get ffhq
says $BONAFIDE refs get
echo "--- another file"
printf '#!/bin/sh\nfor word; do\n[ "$before" != -o ] || echo other >"$word"\nbefore=$word\ndone\n' >bin/curl
says $BONAFIDE refs get cifar10-train -q
says $BONAFIDE refs get ffhq_clean_trainval70k_256 -q
[ ! -e $coming ] || die "left: $(ls $coming)"
echo "--- clean-fid's, whose SHA-256 nobody knows"
$BONAFIDE stats set -o real.npz --tap 64 -q >out.txt || die "no statistics"
printf '#!/bin/sh\nfor word; do\n[ "$before" != -o ] || cp real.npz "$word"\nbefore=$word\ndone\n' >bin/curl
says $BONAFIDE refs get mine_clean_train_32
says $BONAFIDE refs get mine_clean_train_32
[ ! -e $coming ] || die "left: $(ls $coming)"
cmp real.npz home/.local/share/bonafide/refs/own/mine_clean_train_32.npz || die "not what came"
$BONAFIDE fid ref:mine_clean_train_32 set --tap 64 -q >out.txt || die "not found"
$BONAFIDE refs get mine_clean_train_32 --json=get.json >out.txt || die "no JSON"
json_valid get.json && grep -q '"already_there": true' get.json || die "$(cat get.json)"
