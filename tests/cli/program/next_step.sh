# An image that cannot be read: the message names the cause and the step that helps against it.
. "$LIB"
images set 1 2
net="--weights synth:1 --tap 64"
says $BONAFIDE features set -o f.npy $net --limits pixels=230
: >set/bad.png
says $BONAFIDE features set -o f.npy $net --limits pixels=200
printf 'set/img1.ppm\nimg2.ppm\n' >list.txt
says $BONAFIDE features @list.txt -o f.npy $net
mkdir lists
printf '../set/img1.ppm\nset/img2.ppm\n' >lists/list.txt
says $BONAFIDE features @lists/list.txt -o f.npy $net
