# Where no weights are installed: --weights get downloads them, and on a terminal the program asks. The downloader is a
# script that says what it was asked for and fails.
. "$LIB"
needs_terminal
if [ -e /usr/share/bonafide/inception.iv3 ] || [ -e /usr/local/share/bonafide/inception.iv3 ]; then
    echo "skipped: this machine has weights, and the test cannot hide them"
    exit 0
fi
mkdir -p home bin
HOME=$PWD/home
export HOME
unset XDG_DATA_HOME
printf '#!/bin/sh\nfor word; do :; done\necho "asked for $word"\nexit 6\n' >bin/curl
chmod +x bin/curl
PATH=$PWD/bin:$PATH
export PATH
images set 1 2
echo "--- no terminal"
says $BONAFIDE features set -o out.npy --weights get
says $BONAFIDE features set -o out.npy --weights get --network inception-v3-keras
BONAFIDE_WEIGHTS=get says $BONAFIDE fid set set --network vgg16
echo "--- at a terminal"
asked() { # ANSWER COMMAND...: its exit status, the question, how often the downloader was started
    answer=$1
    shift
    echo "$answer" | TERM=dumb script -q -e -c "$*" typescript >out.txt 2>&1
    echo "'$answer' [$?] $(grep -c 'asked for' out.txt)"
    tr -d '\r' <out.txt | grep -o 'Download them.*\[Y/n\]' | sed "s|$HOME|HOME|"
}
for answer in n NO x y Y yes ''; do
    asked "$answer" $BONAFIDE features set -o out.npy
done
asked y $BONAFIDE features set -o out.npy --network dinov2-vits14-reg4
asked y $BONAFIDE features set -o out.npy -q
asked y $BONAFIDE features set -o out.npy --weights nowhere.iv3
asked y $BONAFIDE features set -o out.npy --network inception-v3-keras
[ ! -e out.npy ] || die "features were written"
