# What is no weight file leaves no output.
. "$LIB"
echo "these are no weights" >in.pth
says $BONAFIDE weights convert in.pth out.iv3
says $BONAFIDE weights convert nowhere.pth out.iv3
rm in.pth
nothing_left_in .
# A refused download, under any name.
printf '\n <!DOCTYPE html>\n<html><body>403 Forbidden</body></html>\n' >page.pth
says $BONAFIDE weights convert page.pth out.iv3
mv page.pth page.iv3
says $BONAFIDE weights info page.iv3
mv page.iv3 page.npz
says $BONAFIDE fid page.npz page.npz
rm page.npz
nothing_left_in .
