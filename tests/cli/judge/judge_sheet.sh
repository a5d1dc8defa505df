# A sheet is one file that loads nothing; its order follows the seed; images a browser cannot show go in as bitmaps.
. "$LIB"
images photos 1 6
images gan 21 23
images vae 31 36
$BONAFIDE judge sheet photos gan vae -n 12 -o one || exit
$BONAFIDE judge sheet photos gan vae -n 12 -o two --quiet >made.txt || exit
$BONAFIDE judge sheet photos gan vae -n 12 -o three --seed 7 --quiet >made.txt || exit
cmp one/index.html two/index.html || exit
! cmp -s one/index.html three/index.html || die "the seed changes nothing"
page=one/index.html
for what in 'https\{0,1\}:' 'src="' '<link' 'import ' 'fetch(' XMLHttpRequest '@import' 'url('; do
    ! grep -q "$what" $page || die "the page reaches out: $(grep -m1 "$what" $page | cut -c1-200)"
done
[ "$(grep -c '^{ n: "photos/.*g: "real", t: 1, s: "data:image/bmp;base64,' $page)" = 6 ] || die "real images"
[ "$(grep -c '^{ n: "gan/.*g: "gan", t: 0, s: "data:image/bmp;base64,' $page)" = 3 ] || die "images of gan"
[ "$(grep -c '^{ n: "vae/.*g: "vae", t: 0, s: "data:image/bmp;base64,' $page)" = 3 ] || die "images of vae"
# The first bitmap decoded by the program itself is the picture it was made of.
name=$(sed -n 's|^{ n: "\([^"]*\)".*|\1|p' $page | head -n 1)
mkdir back same
sed -n 's|^{ n: .*base64,\([^"]*\)".*|\1|p' $page | head -n 1 | base64 -d >back/picture.bmp || exit
cp "$name" same/picture.ppm
$BONAFIDE features back -o back.npy --weights synth:1 --quiet >made.txt || exit
$BONAFIDE features same -o same.npy --weights synth:1 --quiet >made.txt || exit
cmp back.npy same.npy || exit
images more/photos 1 2
says $BONAFIDE judge sheet photos more/photos -o four
says $BONAFIDE judge sheet photos missing -o four
says $BONAFIDE judge sheet photos -o four
says $BONAFIDE judge sheet photos gan -n 20 -o five
