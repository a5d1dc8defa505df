# XDG_DATA_HOME comes before ~/.local/share; what is found there is opened.
mkdir -p data/bonafide
echo nonsense >data/bonafide/inception.iv3
. "$LIB"
images set 1 2
XDG_DATA_HOME=$PWD/data $BONAFIDE features set -o out.npy
