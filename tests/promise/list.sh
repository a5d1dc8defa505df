#!/bin/sh
# What a version promises (tools/package/PROMISE.md), as lists that can be compared: of a program and, for its Python
# names, of the sources here. check.sh says what may change.
#
#   sh tests/promise/list.sh PROGRAM OUT_FOLDER     (PUBLIC: the public headers; CC)
#
#   version.txt   MAJOR.MINOR of the program
#   c.txt         what the public headers declare: functions, sizes and places of fields, enumerators
#   commands.txt  every command with its options and the words that an option takes
#   json.txt      every key of the JSON of results, manifests and parts, by command
#   python.txt    every public name of the Python package, with its parameters
#   formats.txt   NAME VERSION HASH of what is written for others to read, made of synthetic input; "-" where keys
#                 of JSON say what it is, and for moments, which the program does not write
set -eu

cd "$(dirname "$0")/../.."
program=$1
out=$2
root=$PWD
mkdir -p "$out"
case $out in /*) ;; *) out=$PWD/$out ;; esac
case $program in /*) ;; *) program=$PWD/$program ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-promise.XXXXXX")
trap 'rm -rf "$work"' EXIT
LC_ALL=C HOME=$work
export LC_ALL HOME
unset XDG_DATA_HOME BONAFIDE_WEIGHTS BONAFIDE_CACHE

"$program" version | sed -n '1s/^bonafide \([0-9]*\.[0-9]*\)\..*/\1/p' >"$out/version.txt"
# shellcheck disable=SC2086
sh tests/promise/interface.sh $PUBLIC >"$out/c.txt"

# --- the command line: what completions offer is what there is ---
"$program" completion fish >"$work/fish"
sed -n "s/^complete -c bonafide -n \(__bonafide_is\|'__bonafide_is [a-z ]*'\) -a \([a-z-]*\) .*/\1 \2/p" "$work/fish" |
    sed -e "s/^__bonafide_is //" -e "s/^'__bonafide_is \([a-z ]*\)'/\1/" | sort >"$work/commands"
sed -n "s/^complete -c bonafide -n '__bonafide_after \([a-z ]*\)'\( -[ls] .*\) -d '.*/\1\2/p" "$work/fish" |
    awk '{
        line = $0
        values = ""
        if (match(line, / -a .*/)) {
            values = substr(line, RSTART + 4)
            line = substr(line, 1, RSTART - 1)
            gsub(/\047/, "", values)
        }
        takes = line ~ / -[rxF]( |$)/
        sub(/ -[rxF]( .*)?$/, "", line)
        n = match(line, / -[ls] /)
        command = substr(line, 1, n - 1)
        name = substr(line, n + 4)
        short = substr(line, n + 1, 2) == "-s"
        sub(/ .*/, "", name)
        name = (short ? "-" : "--") name
        print command " " name (takes ? " VALUE" : "")
        m = split(values, value, " ")
        for (i = 1; i <= m; i++)
            print command " " name " " value[i]
    }' | sort -u | cat "$work/commands" - >"$out/commands.txt"

# --- keys of JSON: the writers indent by two ---
keys() { # NAME: of the JSON on standard input
    awk -v name="$1" '
        match($0, /^ *"[^"]*": /) {
            depth = index($0, "\"")
            key = $0
            sub(/^ *"/, "", key)
            sub(/": .*/, "", key)
            path[depth] = key
            text = ""
            for (i = 1; i <= depth; i++)
                if (i in path)
                    text = text (text == "" ? "" : ".") path[i]
            for (i in path)
                if (i + 0 > depth)
                    delete path[i]
            print name ": " text
        }' | sort -u
}
photos=$(dirname "$program")/mkphotos
cd "$work"
for i in 1 2 3; do
    "$photos" paint "s$i" 24 32 "$i"
done
how="--weights synth:1 --quiet"
"$program" eval s1 s2 s3 $how --all -k 1 --density-k 1 --kid-size 5 --splits 2 --json=eval.json --cite \
    --manifest run.json >/dev/null
{
    keys eval <eval.json
    keys manifest <run.json
    "$program" fid s1 s2 $how --tap 64 --json | keys fid
    "$program" kid s1 s2 $how --tap 64 --kid-size 5 --json | keys kid
    "$program" pr s1 s2 $how --tap 64 --json | keys pr
    "$program" is s1 $how --splits 2 --json | keys is
    "$program" features s1 $how --tap 64 -o features.npy --json | keys features
    "$program" stats s1 $how --tap 64 -o stats.npz --json | keys stats
    "$program" stats s1 $how --tap 64 -o one.part --shard 1/2 --json | keys 'stats of a shard'
    "$program" stats s1 $how --tap 64 -o two.part --shard 2/2 >/dev/null
    grep -a '^ *"' one.part | keys part
    "$program" merge one.part two.part -o merged.npz --quiet --json | keys merge
    "$program" audit run.json --quiet --json | keys audit
    "$program" compare eval.json run.json --quiet --json | keys compare
    "$program" weights info synth:1 --quiet --json | keys 'weights info'
    "$program" weights list --quiet --json | keys 'weights list'
    "$program" refs list --quiet --json | keys 'refs list'
    "$program" cpu --quiet --json | keys cpu
    "$program" selftest --quiet --json | keys selftest
    "$program" drift s1 $how --json | keys drift
    "$program" sanity s1 $how -o sanity --json | keys sanity
    data=$root/tests/data/judge
    "$program" judge agree "$data/labels.csv" --quiet --json | keys 'judge agree'
    "$program" judge train "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" -o judge.npz --quiet --json |
        keys 'judge train'
    "$program" judge predict judge.npz "$data/feat.npy" --quiet --json | keys 'judge predict'
    "$program" judge eval "$data/feat.npy" --ref "$data/ref.npy" --labels "$data/labels.csv" --quiet --json |
        keys 'judge eval'
} >"$out/json.txt"

# --- what is written for others ---
version_of() { # FILE NAME: the number behind a name of a constant
    sed -n "s/.*\<$2\( = \|  *\)\([0-9][0-9]*\).*/\2/p" "$root/$1" | head -n 1
}
hash_of() {
    sha256sum | cut -c1-64
}
arrays() { # names, types and shapes of NumPy's arrays
    grep -a -o -e '[a-z_0-9]*\.npy' -e "{.descr[^}]*}"
}
"$program" weights synth 1 weights.iv3 --quiet >/dev/null
"$program" audit run.json --bundle run.tar --quiet >/dev/null
{
    echo "numerics $(version_of engine/feat.h FEAT_NUMERICS_VERSION) $(cat "$root"/tests/golden/*.txt | grep -v '^#' | hash_of)"
    echo "pixels $(version_of tools/images/image.h BF_PIXELS_VERSION) $(grep -v '^#' "$root/tests/data/pixels.txt" | hash_of)"
    echo "weights $(version_of engine/flat/flat_format.h FEAT_FILE_VERSION) $(hash_of <weights.iv3)"
    echo "statistics 1 $(arrays <stats.npz | hash_of)"
    echo "features 1 $(arrays <features.npy | hash_of)"
    echo "part $(version_of tools/records/part.h BF_PART_VERSION) -"
    echo "manifest $(version_of tools/records/manifest.h BF_MANIFEST_VERSION) -"
    echo "bundle 1 $(tar tf run.tar | sed 's/[0-9a-f]\{64\}/HASH/' | hash_of)"
    echo "json $(sed -n 's/^  "schema": \([0-9]*\),$/\1/p' eval.json) -"
    echo "judge $(version_of tools/judge/judge_file.c FORMAT) $(grep -a -o '[a-z_0-9]*\.npy' judge.npz | sort -u | hash_of)"
    echo "moments $(version_of metrics/moments/moments_file.c VERSION) -"
} >"$out/formats.txt"

# --- Python: the names in __all__ and of the modules that bear other tools' names, and what they take ---
cd "$root/tools/python/bonafide"
sed -n '/^__all__ = \[/,/^\]/p' __init__.py | grep -o '"[A-Za-z_0-9]*"' | tr -d '"' >"$work/all"
awk -v all="$work/all" '
    function is_private(text) { return text ~ /^_/ && text !~ /^__(init|call|enter|exit|len|getitem|iter)__/ }
    function tell(text) {
        gsub(/[ \t]+/, " ", text)
        gsub(/\( /, "(", text)
        sub(/:? *(#.*)?$/, "", text)
        name = text
        sub(/[(:].*/, "", name)
        if (is_private(name) || (indented && !class_is_public))
            return
        if (indented)
            print class "." text
        else if (FILENAME !~ /^_/ || name in public)
            print (FILENAME ~ /^_/ ? "" : module ".") text
    }
    BEGIN {
        while ((getline name < all) > 0)
            public[name] = 1
    }
    FNR == 1 { module = FILENAME; sub(/\.py$/, "", module); class_is_public = 0; open = 0 }
    open { text = text " " $0 }
    /^(async )?def / { class_is_public = 0 }
    !open && /^(    )?(async )?def / { text = $0; indented = /^ /; sub(/^ *(async )?def /, "", text); open = 1 }
    !open && /^class / {
        text = $0
        sub(/^class /, "", text)
        class = text
        sub(/[(:].*/, "", class)
        class_is_public = !is_private(class) && (FILENAME !~ /^_/ || class in public)
        indented = 0
        tell(text)
        class = FILENAME ~ /^_/ ? class : module "." class
    }
    !open && /^    [a-z_0-9]+: / && class_is_public { # fields of a result
        text = $0
        sub(/^ */, "", text)
        sub(/ =.*/, "", text)
        indented = 1
        tell(text)
    }
    open && /:( *#.*)?$/ { open = 0; tell(text) }
    /^[^ #)\]]/ && !/^(class|def|@)/ { class_is_public = 0 }' [_a-z]*.py | sort -u >"$out/python.txt"
sed 's/$/ is in __all__/' "$work/all" | sort >>"$out/python.txt"
