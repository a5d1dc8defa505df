. "$LIB"
# Whatever a name is made of, nothing of it reaches a terminal but letters: for each way a name comes in, a run that
# prints it. Commands of a terminal (a title, a colour), C1 as UTF-8, a mark that turns the line, a byte that is no UTF-8.
E=$(printf '\033]0;x\007\033[31mr\302\233\342\200\256\377z')
nl='
'

# no_commands FILE: only letters, and newlines that are the program's: no line begins with what follows a name's newline.
no_commands()
{
    LC_ALL=C
    hidden=$(tr -d '\n\040-\176\200-\377' <"$1" | od -An -tx1)
    [ -z "$hidden" ] || die "$way: control characters:$hidden in: $(cat -v "$1")"
    if grep -q "$(printf '\302[\200-\237]')" "$1" || grep -q "$(printf '\342\200[\252-\256]')" "$1" ||
        grep -q "$(printf '\377')" "$1" || grep -q '^forged' "$1"; then
        die "$way: not all of a name is letters: $(cat -v "$1")"
    fi
}

# prints WAY COMMAND...: the command prints the name, cleaned.
prints()
{
    way=$1
    shift
    "$@" >out.txt 2>err.txt
    cat out.txt err.txt >both.txt
    grep -qF ']0;x' both.txt || die "$way: the name is not in: $(cat both.txt)"
    no_commands both.txt
    echo "$way"
}

# bytes N...: numbers below 256 as bytes.
bytes()
{
    for byte in "$@"; do
        # shellcheck disable=SC2059
        printf "\\$(printf '%03o' "$byte")"
    done
}

# packed FILE NAME: a zip whose one member, "bad" and a newline, has that name.
packed()
{
    n=$(printf %s "$2" | wc -c)
    common=$(bytes_text 20 0 0 0 0 0 0 0 33 0 62 6 58 24 4 0 0 0 4 0 0 0 "$n" 0 0 0)
    {
        printf 'PK\003\004'
        # shellcheck disable=SC2059
        printf "$common"
        printf '%s' "$2"
        printf 'bad\n'
        printf 'PK\001\002\024\000'
        # shellcheck disable=SC2059
        printf "$common"
        bytes 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        printf '%s' "$2"
        printf 'PK\005\006'
        bytes 0 0 0 0 1 0 1 0 $((46 + n)) 0 0 0 $((34 + n)) 0 0 0 0 0
    } >"$1"
}

# bytes_text N...: those bytes as printf takes them.
bytes_text()
{
    for byte in "$@"; do
        printf '\\%03o' "$byte"
    done
}

run="$BONAFIDE features -o x.npy --weights synth:1"
mkdir a && echo bad >"a/$E${nl}forged.png"
prints 'file of a folder' $run a
prints 'file of a folder, skipped' $run a --skip-bad
packed one.zip "$E.png"
prints 'member of a zip' $run one.zip
tar cf one.tar a
prints 'member of a tar' $run one.tar
packed one.npz "$E.npy"
prints 'member of an npz' $BONAFIDE stats one.npz -o s.npz
prints 'key of an npz' $BONAFIDE fid one.npz:"$E" one.npz
printf '%s\n' "$E.png" >list.txt
prints 'line of a list' $run @list.txt
prints 'a set that is not there' $run "$E"
prints 'a list that is not there' $run "@$E"

npy_rows r.npy 40 1
npy_rows g.npy 40 2
mkdir "$E" && cp r.npy "$E/r.npy"
fid="$BONAFIDE fid g.npy $E/r.npy"
prints 'path of a set' $fid
for table in markdown latex csv; do
    $fid --table $table >out.txt 2>err.txt || die "$table: $(cat err.txt)"
    way=$table
    no_commands out.txt
    no_commands err.txt
done
prints 'output' $BONAFIDE stats r.npy -o "$E.npz"
prints 'output in a folder that is not there' $BONAFIDE stats r.npy -o "$E/$E/x.npz"
prints 'output of another kind' $BONAFIDE stats r.npy -o "$E"
$BONAFIDE fid "$E/r.npy" g.npy --manifest m.json --json=1.json >/dev/null 2>&1 || die 'no manifest'
rm "$E/r.npy"
prints 'path in a manifest' $BONAFIDE audit m.json
prints 'a manifest that is not there' $BONAFIDE audit "$E.json"
sed 's/"preset": [^,]*,/"preset": "\\u001b]0;x\\u0007\\n\\u009b",/; s/"weights": null/"weights": {"name": "\\u001b]0;x\\u0007"}/' \
    1.json >"$E.json"
prints 'name and preset of a result' $BONAFIDE compare 1.json "$E.json"
prints 'name of a result' $BONAFIDE compare 1.json "$E.json" --allow preset,weights,settings
prints 'name of a result in markdown' $BONAFIDE compare 1.json "$E.json" --allow preset,weights,settings --table markdown
prints 'name of a result in LaTeX' $BONAFIDE compare 1.json "$E.json" --allow preset,weights,settings --table latex
prints 'name of a result in CSV' $BONAFIDE compare 1.json "$E.json" --allow preset,weights,settings --table csv
$BONAFIDE compare 1.json "$E.json" --allow preset,weights,settings --report page >/dev/null 2>&1 || die 'no page'
cat page/* >page.txt
prints 'name of a result on a page' cat page.txt

printf 'image,rater,label\na.png,%s,%s\n' "$E" "$E" >labels.csv
prints 'label in a CSV file' $BONAFIDE judge agree labels.csv
printf "%s,%s\na.png,b\n" "$E" "$E" >labels.csv
prints 'column of a CSV file' $BONAFIDE judge agree labels.csv
prints 'a CSV file that is not there' $BONAFIDE judge agree "$E.csv"
for set in p q; do
    images "$set" 1 1
    mkdir -p "$set/$E"
    mv "$set"/*.ppm "$set/$E/"
    echo bad >"$set/$E/bad.png"
done
prints 'folder of a class' $BONAFIDE eval p q --metrics per-class --weights synth:1
echo bad >"$E.iv3"
prints 'weights' $BONAFIDE weights info "$E.iv3"
prints 'weights of a seed' $BONAFIDE fid p q --weights "synth:$E"
prints 'folder of the cache' $run p --cache "$E.iv3/cache"
prints 'name of a reference' $BONAFIDE fid "ref:$E" g.npy

for option in preset network tap weights metrics limits bits seed threads sandbox table digits isa kid-kernel as memory \
    range layout size shard cache report per-image json manifest splits take preset-of "$E"; do
    "$BONAFIDE" eval r.npy g.npy "--$option=$E" >out.txt 2>err.txt
    way="--$option"
    no_commands out.txt
    no_commands err.txt
done
prints 'word of an option' $BONAFIDE eval r.npy g.npy --preset "$E"
prints 'an option' $BONAFIDE eval r.npy g.npy "--$E"
prints 'a command' $BONAFIDE "$E"
prints 'a word of help' $BONAFIDE help "$E"
prints 'a shell' $BONAFIDE completion "$E"
prints 'a manual' $BONAFIDE manual "$E"

# The script of plan makes such bytes where it runs, and gives the command the very name.
prints 'a plan' $BONAFIDE plan "$E" --shards 2 -o "$E.npz"
$BONAFIDE plan "$E" --shards 2 -o "$E.npz" | sed "s/^set -eu/&; bonafide() { printf '%s' \"\$*\"; }; BONAFIDE=bonafide; export BONAFIDE/" >plan.sh
sed -i 's/^bonafide=.*/bonafide=bonafide/' plan.sh
sh plan.sh 1 >said.txt 2>&1
case $(cat said.txt) in
*"$E.npz.parts/1.part -- $E") echo 'and it is the same' ;;
*) die "plan: $(cat -v said.txt)" ;;
esac
