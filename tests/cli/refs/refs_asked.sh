# The question at a terminal where a reference is not here. The downloader is a script.
. "$LIB"
needs_terminal
mkdir -p home bin
HOME=$PWD/home
export HOME
unset XDG_DATA_HOME
BONAFIDE_WEIGHTS=synth:1
export BONAFIDE_WEIGHTS
printf '#!/bin/sh\nexit 6\n' >bin/curl
chmod +x bin/curl
PATH=$PWD/bin:$PATH
export PATH
images set 1 2
$BONAFIDE stats set -o real.npz --tap 64 -q >out.txt || die "no statistics"
$BONAFIDE refs add real.npz --name mine_clean_train_32 -q >out.txt || die "not added"
asked() { # ANSWER SET: whether it is asked, and answered by yes
    echo "$1" | TERM=dumb script -q -e -c "$BONAFIDE fid $2 set --tap 64" typescript >out.txt 2>&1
    echo "$2 '$1' [$?] $(grep -c 'Y/n' out.txt)"
}
printf '#!/bin/sh\nexit 6\n' >bin/curl
asked n ref:cifar10-train
asked y ref:cifar10-train
asked y ref:mine_clean_train_32
asked y ref:nobody
asked y set
printf '#!/bin/sh\nfor word; do\n[ "$before" != -o ] || cp real.npz "$word"\nbefore=$word\ndone\n' >bin/curl
asked y ref:my_clean_train_32
asked y ref:my_clean_train_32
