# The labelling page: what it saves goes through agree, train and eval as it is. First from files like those it saves;
# then three people fill it in, in a real browser, by mouse and by keys alone.
. "$LIB"
images photos 1 8
images gan 21 28
images vae 31 38
images more 41 48
$BONAFIDE judge sheet photos gan vae -n 12 -o sheet --quiet >made.txt || exit
key=sheet/key.csv
try()
{
    $BONAFIDE judge "$@" --weights synth:1 --cache cache --quiet
}
# through FILE: agree, train and eval take it with the key.
through()
{
    $BONAFIDE judge agree "$1" --key $key --json=agreed.json --quiet >agreed.txt || exit
    try train photos gan vae --ref more --labels "$1" --key $key -o judge.npz >trained.txt || exit
    try eval photos gan vae --ref more --labels "$1" --key $key --resamples 20 >evaluated.txt || exit
    grep -q '^  verdict' evaluated.txt || die "no verdict: $(cat evaluated.txt)"
}
# Three raters, as the page would save: A and B say what is so, C the contrary; each is once not sure; A sees the first
# three pictures again and says of one something else. A line ends as on any system.
awk -F, -v OFS=, 'NR == 1 { next }
    { for (r = 1; r <= 3; r++) {
          file = "saved-" substr("ABC", r, 1) ".csv"
          if (NR == 2) print "picture,rater,label,seconds,shown\r" >file
          real = r == 3 ? 1 - $4 : $4
          print $1, substr("ABC", r, 1), NR == 5 + r ? "unsure" : real ? "real" : "fake", "1.250", "1\r" >file
          if (r == 1 && NR <= 4)
              again = again $1 OFS "A" OFS ((NR == 4 ? !real : real) ? "real" : "fake") OFS "0.5" OFS "2\r\n" } }
    END { printf "%s", again >"saved-A.csv" }' $key
cat saved-A.csv saved-B.csv saved-C.csv >saved.csv
through saved.csv
[ "$(number agreed.json labels2)" = 33 ] || die "labels: $(cat agreed.json)"
[ "$(grep -c '"unsure": 3,' agreed.json)" = 1 ] || die "not sure: $(cat agreed.json)"
[ "$(number agreed.json repeated_labels)" = 3 ] || die "repeated: $(cat agreed.json)"
grep -q 'not sure  *0.0769  *3 answers' agreed.txt || die "not sure: $(cat agreed.txt)"
grep -q 'self-agreement  *0.6667  *same label as before, of 3 images' agreed.txt || die "again: $(cat agreed.txt)"
grep -q '^    C  *-  *of 0; 11 labels, 1 not sure' agreed.txt || die "raters: $(cat agreed.txt)"
grep -q '^  error rate  *0.3333 ' agreed.txt || die "errors: $(cat agreed.txt)"
grep -q 'trained on *12 images, 33 labels' trained.txt || die "trained: $(cat trained.txt)"
# Without the key agreement is the same, and who wants to train is told what is missing.
$BONAFIDE judge agree saved.csv --json=unkeyed.json --quiet >unkeyed.txt || exit
[ "$(number unkeyed.json alpha)" = "$(number agreed.json alpha)" ] || die "alpha: $(cat unkeyed.json)"
grep -q 'error rates  *unknown: .*--key key.csv' unkeyed.txt || die "no advice: $(cat unkeyed.txt)"
! try train photos gan vae --ref more --labels saved.csv -o none.npz 2>refused.txt || die "trained without a key"
grep -q -- '--key key.csv, which was written beside the page' refused.txt || die "refused: $(cat refused.txt)"
! $BONAFIDE judge agree saved.csv --key saved.csv 2>refused.txt || die "a file of labels is no key"
grep -q 'has no column image' refused.txt || die "refused: $(cat refused.txt)"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || browser=
if [ -z "$browser" ]; then
    echo "skipped: no Chromium here to open the page in"
    exit 0
fi
# The driver goes behind the page's own script, which it does not touch: it clicks and types like a person, and reads
# what the save button hands to the browser. The truth it has from the key, which the page has not.
{
    echo '<script>'
    awk -F, 'BEGIN { print "const TRUTH = {" } NR > 1 { print "\"" $1 "\": " $4 "," } END { print "};" }' $key
    cat <<'EOS'
(function () {
    const byId = function (id) { return document.getElementById(id); };
    const count = function () { return byId('count').textContent; };
    const lines = JSON.parse(sessionStorage.getItem('lines') || '[]'), saved = [];
    const say = function (text) { lines.push(text); sessionStorage.setItem('lines', JSON.stringify(lines)); };
    const key = function (name) {
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
    };
    const name = function (text) {
        byId('rater').value = text;
        byId('rater').dispatchEvent(new Event('input'));
    };
    const asked = function () {
        const at = SHEET.items.indexOf(byId('picture').src);
        return at < 0 ? 'practice' : TRUTH[SHEET.id + '-' + (at + 1)] ? 'real' : 'fake';
    };
    const see = function () {
        return count() + (byId('start').hidden ? '' : ', asks a name') + (byId('asking').hidden ? '' : ', asks') +
            (byId('thanks').hidden ? '' : ', thanks') + (byId('note').textContent === '' ? '' : ', notes');
    };
    if (lines.length === 0) {
        say('at start: ' + see());
        byId('begin').click();
        say('without a name: ' + see());
        key('r');
        name('r');
        say('name typed: ' + see());
        name(' A,  "B" ');
        byId('begin').click();
        say('begun: ' + see() + ' ' + asked());
        byId('real').click();
        byId('undo').click();
        byId('real').click();
        byId('fake').click();
        say('after practice: ' + see());
        for (let i = 0; i < 5; i++)
            byId(asked()).click();
        byId('unsure').click();
        byId('undo').click();
        say('before reload: ' + see());
        location.reload();
        return;
    }
    say('after reload: ' + see());
    const make = URL.createObjectURL;
    URL.createObjectURL = function (blob) {
        saved.push(blob.text());
        return make.call(URL, blob);
    };
    while (!byId('asking').hidden)
        byId(asked()).click();
    byId('real').click();
    say('at end: ' + see());
    byId('save').click();
    byId('other').click();
    say('next: ' + see());
    name('Keys');
    byId('start').requestSubmit(); /* what Enter does in the field */
    for (let i = 0; !byId('asking').hidden; i++)
        key(asked() === 'practice' ? 'n' : i === 4 ? 'N' : asked() === 'real' ? 'r' : 'F');
    key('u');
    say('undone: ' + see());
    key('r');
    byId('save').click();
    byId('other').click();
    name('C');
    byId('begin').click();
    while (!byId('asking').hidden)
        key(asked() === 'real' ? 'f' : 'r');
    byId('save').click();
    byId('other').click();
    name('A, "B"');
    byId('begin').click();
    say('again: ' + see());
    Promise.all(saved).then(function (texts) {
        document.body.innerHTML = '';
        const out = document.createElement('pre');
        out.textContent = lines.join('\n') + '\nLABELS\n' + texts.join('').replace(/\r/g, '') + 'END\n';
        document.body.appendChild(out);
    });
}());
</script>
EOS
} >drive.html
cat drive.html >>sheet/index.html
cat >expected.txt <<'EOS'
at start: , asks a name
without a name: , asks a name, notes
name typed: , asks a name
begun: 0 / 13, asks, notes practice
after practice: 0 / 13, asks, notes
before reload: 5 / 13, asks
after reload: 5 / 13, asks
at end: 13 / 13, thanks
next: , asks a name
undone: 12 / 13, asks
again: 13 / 13, thanks
EOS
# Without a sandbox and its own network: the page needs neither. HOME is the test's own. On a busy machine a fresh
# Chromium now and then forgets localStorage when a page is loaded again: what the page itself does wrong, it does thrice.
for try in 1 2 3; do
    rm -rf profile
    timeout 100 "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --disable-dev-shm-usage \
        --user-data-dir="$PWD/profile" --virtual-time-budget=20000 --dump-dom "file://$PWD/sheet/index.html" \
        >dom.txt 2>browser.txt
    sed -n '/<pre>/,/^LABELS$/p' dom.txt | sed -e 's/.*<pre>//' -e '$d' >said.txt
    cmp -s said.txt expected.txt && break
done
if ! grep -q END dom.txt; then
    if ! grep -q 'at start' dom.txt && [ ! -s dom.txt ]; then
        echo "skipped: Chromium does not start here: $(grep -i -m1 -E 'error|fatal|cannot' browser.txt)"
        exit 0
    fi
    die "the page did not get to its end: $(head -c 600 dom.txt)"
fi
cmp -s said.txt expected.txt || die "the page says: $(cat said.txt)"
sed -n '/^LABELS$/,/^END/p' dom.txt | sed -e '1d' -e '$d' >labels.csv
[ "$(head -n 1 labels.csv)" = picture,rater,label,seconds,shown ] || die "labels: $(cat labels.csv)"
[ "$(grep -c '^[0-9a-f]\{8\}-[0-9]*,"A, ""B""",\(real\|fake\),[0-9]*\.[0-9]\{3\},[12]$' labels.csv)" = 13 ] ||
    die "labels: $(cat labels.csv)"
[ "$(grep -c ',2$' labels.csv)" = 3 ] || die "shown twice: $(cat labels.csv)"
[ "$(grep -c ',Keys,unsure,' labels.csv)" = 1 ] || die "not sure: $(cat labels.csv)"
# Each has an order of his own, and sees each picture of the sheet.
for rater in '"A, ""B""' Keys C; do
    grep -F ",$rater" labels.csv | cut -d, -f1 >order.txt
    [ "$(sort -u order.txt | wc -l)" = 12 ] || die "pictures of $rater: $(cat order.txt)"
    tr '\n' ' ' <order.txt
    echo
done | sort -u >orders.txt
[ "$(wc -l <orders.txt)" = 3 ] || die "orders: $(cat orders.txt)"
through labels.csv
grep -q '^    A, "B"  *1.0000  *of 1; 12 labels, 0 not sure' agreed.txt || die "raters: $(cat agreed.txt)"
