# What is no weight file leaves no output.
. "$LIB"
echo "these are no weights" >in.pth
says $BONAFIDE weights convert in.pth out.iv3
says $BONAFIDE weights convert nowhere.pth out.iv3
rm in.pth
nothing_left_in .
