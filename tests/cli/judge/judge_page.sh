# The labelling page, filled in by clicks and keys in a real browser, across a reload; what it saves trains a judge.
. "$LIB"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || browser=
if [ -z "$browser" ]; then
    echo "skipped: no Chromium here to open the page in"
    exit 0
fi
images photos 1 8
images gan 21 28
$BONAFIDE judge sheet photos gan -n 12 -o sheet --quiet >made.txt || exit
# The driver goes behind the page's own script, which it does not touch: it clicks and types like a person, and reads
# what the save button hands to the browser.
cat >drive.html <<'EOF'
<script>
(function () {
    const byId = function (id) { return document.getElementById(id); };
    const count = function () { return byId('count').textContent; };
    const truth = function () { return SHEET.items[parseInt(count(), 10)].t; };
    const lines = JSON.parse(sessionStorage.getItem('lines') || '[]');
    const say = function (text) { lines.push(text); sessionStorage.setItem('lines', JSON.stringify(lines)); };
    const key = function (name) { document.dispatchEvent(new KeyboardEvent('keydown', { key: name })); };
    if (lines.length === 0) {
        say('at start: ' + count());
        byId('save').click();
        byId('real').click();
        byId('back').click();
        say('after back: ' + count());
        byId('rater').value = ' A, "B" ';
        byId('rater').dispatchEvent(new Event('input'));
        for (let i = 0; i < 5; i++)
            byId(truth() ? 'real' : 'fake').click();
        say('before reload: ' + count());
        location.reload();
        return;
    }
    say('after reload: ' + count() + ' by ' + byId('rater').value);
    for (let i = 5; i < 12; i++)
        key(truth() ? 'r' : 'F');
    key('r');
    say('at end: ' + count() + (byId('asking').hidden ? ', asks no more' : ', still asks'));
    const make = URL.createObjectURL;
    URL.createObjectURL = function (blob) {
        blob.text().then(function (text) {
            document.body.innerHTML = '';
            const out = document.createElement('pre');
            out.textContent = lines.concat(['LABELS']).join('\n') + '\n' + text.replace(/\r/g, '') + 'END\n';
            document.body.appendChild(out);
        });
        return make.call(URL, blob);
    };
    byId('save').click();
}());
</script>
EOF
cat drive.html >>sheet/index.html
# Without a sandbox and its own network: the page needs neither. HOME is the test's own.
timeout 100 "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --disable-dev-shm-usage \
    --user-data-dir="$PWD/profile" --virtual-time-budget=20000 --dump-dom "file://$PWD/sheet/index.html" \
    >dom.txt 2>browser.txt
if ! grep -q END dom.txt; then
    if ! grep -q 'at start' dom.txt && [ ! -s dom.txt ]; then
        echo "skipped: Chromium does not start here: $(grep -i -m1 -E 'error|fatal|cannot' browser.txt)"
        exit 0
    fi
    die "the page did not get to its end: $(head -c 600 dom.txt)"
fi
sed -n '/<pre>/,/^LABELS$/p' dom.txt | sed -e 's/.*<pre>//' -e '$d' >said.txt
cat >expected.txt <<'EOF'
at start: 0 of 12
after back: 0 of 12
before reload: 5 of 12
after reload: 5 of 12 by A, "B"
at end: 12 of 12, asks no more
EOF
cmp -s said.txt expected.txt || die "the page says: $(cat said.txt)"
sed -n '/^LABELS$/,/^END/p' dom.txt | sed -e '1d' -e '$d' >labels.csv
[ "$(head -n 1 labels.csv)" = image,rater,label,group,truth ] || die "labels: $(cat labels.csv)"
[ "$(grep -c '"A, ""B""",[01],' labels.csv)" = 12 ] || die "labels: $(cat labels.csv)"
[ "$(grep -c '^photos/img[0-9]*.ppm,.*,1,real,1$' labels.csv)" = 6 ] || die "real: $(cat labels.csv)"
[ "$(grep -c '^gan/img[0-9]*.ppm,.*,0,gan,0$' labels.csv)" = 6 ] || die "generated: $(cat labels.csv)"
images more 41 48
$BONAFIDE judge train photos gan --ref more --labels labels.csv -o judge.npz --weights synth:1 --quiet >trained.txt || exit
grep -q 'trained on *12 images, 12 labels' trained.txt || die "trained: $(cat trained.txt)"
