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
for what in 'https\{0,1\}:' 'src="[^d]' '<link' 'import ' 'fetch(' XMLHttpRequest '@import' 'url('; do
    ! grep -q "$what" $page || die "the page reaches out: $(grep -m1 "$what" $page | cut -c1-200)"
done
[ "$(grep -c '^"data:image/bmp;base64,' $page)" = 13 ] || die "pictures, with one for practice"
[ "$(grep -c '^[0-9a-f]*-[0-9]*,photos/img[0-9]*.ppm,real,1$' one/key.csv)" = 6 ] || die "real images"
[ "$(grep -c '^[0-9a-f]*-[0-9]*,gan/img[0-9]*.ppm,gan,0$' one/key.csv)" = 3 ] || die "images of gan"
[ "$(grep -c '^[0-9a-f]*-[0-9]*,vae/img[0-9]*.ppm,vae,0$' one/key.csv)" = 3 ] || die "images of vae"
# The first picture decoded by the program itself is the image that the key says it is.
name=$(sed -n 's|^[0-9a-f]*-1,\([^,]*\),.*|\1|p' one/key.csv)
mkdir back same
sed -n '/^\], items/,$p' $page | sed -n 's|^"data:.*base64,\([^"]*\)".*|\1|p' | head -n 1 | base64 -d >back/picture.bmp || exit
cp "$name" same/picture.ppm
$BONAFIDE features back -o back.npy --weights synth:1 --quiet >made.txt || exit
$BONAFIDE features same -o same.npy --weights synth:1 --quiet >made.txt || exit
cmp back.npy same.npy || exit
# What is real does not stand in the page: no name of a set or an image, nor anything of the key.
for what in photos 'gan/' 'vae/' truth ppm; do
    ! sed 's/base64,[^"]*//' $page | grep -q "$what" || die "the page has '$what'"
done
# Two pictures for practice, which are not on the sheet, where sets have images to spare.
$BONAFIDE judge sheet photos vae -n 4 -o few --json --quiet >few.json || exit
[ "$(number few.json practice)" = 2 ] || die "practice: $(cat few.json)"
sed -n '/^const SHEET/,/^\], items/p' few/index.html | grep '^"data:' >practice.txt
sed -n '/^\], items/,$p' few/index.html | grep '^"data:' >shown.txt
[ "$(wc -l <practice.txt)$(wc -l <shown.txt)" = 24 ] || die "pictures: $(wc -l practice.txt shown.txt)"
[ "$(sort practice.txt shown.txt | uniq -d | wc -l)" = 0 ] || die "a picture for practice is on the sheet"
# A picture and what was made of it, by its name, are not both shown where there are others.
mkdir twins
cp photos/*.ppm twins
$BONAFIDE judge sheet photos twins -n 6 -o apart --quiet >made.txt || exit
[ "$(sed 1d apart/key.csv | cut -d, -f2 | sed 's|.*/||' | sort -u | wc -l)" = 6 ] || die "twins: $(cat apart/key.csv)"
# Large pictures are shrunk, and the page says so.
mkdir large
image large/big.ppm 5 1000 40
image large/tall.ppm 6 12 769
image large/fits.ppm 7 768 12
$BONAFIDE judge sheet large vae -n 6 -o shrunk --json --quiet >shrunk.json || exit
[ "$(number shrunk.json shrunk)" = 2 ] || die "shrunk: $(cat shrunk.json)"
[ "$(grep -c '^"data:image/jpeg' shrunk/index.html)" = 2 ] || die "no JPEG"
grep -q 'shrunk: true' shrunk/index.html || die "the page does not say that it shrinks"
grep -q 'shrunk: false' $page || die "the page says that it shrinks"
# Words of one's own.
printf 'lang: de\nreal: <echt>\nconsent: Ich nehme teil.\n\nBitte schauen.\n\nDanke & bis bald.\n' >de.txt
$BONAFIDE judge sheet photos gan vae -n 12 --text de.txt -o german --quiet >made.txt || exit
for what in '<html lang="de">' '&#60;echt&#62;' '<p>Bitte schauen.</p>' '<p>Danke &#38; bis bald.</p>' 'Ich nehme teil.'; do
    grep -qF "$what" german/index.html || die "no $what"
done
cmp one/key.csv german/key.csv || exit
printf 'real: echt\nfalsch: x\n' >bad.txt
says $BONAFIDE judge sheet photos gan -o four --text bad.txt
images more/photos 1 2
says $BONAFIDE judge sheet photos more/photos -o four
says $BONAFIDE judge sheet photos missing -o four
says $BONAFIDE judge sheet photos -o four
says $BONAFIDE judge sheet photos gan -n 20 -o five
