# Helpers for the scripts in the folders beside this; each starts with:  . "$LIB"

# image FILE SEED WIDTH HEIGHT: a binary PNM of repeatable noise. Bytes stay in 1..251: some awks cannot print a zero.
image()
{
    awk -v seed="$2" -v w="$3" -v h="$4" 'BEGIN {
        printf "P6\n%d %d\n255\n", w, h
        x = seed * 7919 + 17
        for (i = 0; i < w * h * 3; i++) {
            x = (x * 16807) % 2147483647
            printf "%c", 1 + x % 251
        }
    }' >"$1"
}

# images FOLDER FIRST LAST: one picture for each seed from FIRST to LAST, of different sizes.
images()
{
    mkdir -p "$1"
    i=$2
    while [ "$i" -le "$3" ]; do
        image "$1/img$i.ppm" "$i" $((16 + i)) $((12 + i))
        i=$((i + 1))
    done
}

# once NAME COMMAND...: has the command make what several tests share, once, though they run at the same time.
once()
{
    until mkdir "$SHARED/$1.lock" 2>/dev/null; do
        sleep 0.1
    done
    if [ ! -e "$SHARED/$1.made" ]; then
        made=$1
        shift
        ("$@") && : >"$SHARED/$made.made"
        set -- "$made"
    fi
    rmdir "$SHARED/$1.lock"
    [ -e "$SHARED/$1.made" ] || exit 99
}

make_features()
{
    for set in a b; do
        [ "$set" = a ] && images "$SHARED/a" 1 5 || images "$SHARED/b" 11 15
        $BONAFIDE features "$SHARED/$set" -o "$SHARED/$set.npy" --weights synth:1 --quiet >/dev/null || exit 1
    done
}

# Two sets of five pictures with their features, made once: $SHARED/a, $SHARED/a.npy, $SHARED/b, $SHARED/b.npy.
need_features()
{
    once features make_features
}

# says COMMAND...: runs it and prints its exit status, standard output and standard error, for texts compared whole.
says()
{
    "$@" >out.txt 2>err.txt
    echo "[$?]"
    sed 's/^/out: /' out.txt
    sed 's/^/err: /' err.txt
    rm -f out.txt err.txt
}

# audited RUN.json [OPTION...]: audits a run, and prints the verdict without what was checked.
audited()
{
    $BONAFIDE audit "$@" >audited.txt || return
    sed -n 's/^  identical  */  identical   /p' audited.txt
}

# npy_rows FILE N SEED [FIRST]: N rows of 4 floats between 8 and 16, those from row FIRST on of an endless list.
npy_rows()
{
    npy_head "$1" "$2"
    awk -v n="$2" -v x="$3" -v first="${4:-0}" 'BEGIN {
        for (i = 0; i < (first + n) * 4; i++) {
            x = (x * 16807) % 2147483647
            if (i >= first * 4)
                printf "%c%c%cA", 1 + x % 120, 1 + int(x / 7) % 120, 1 + int(x / 1000) % 120
        }
    }' >>"$1"
}

# npy_head FILE N: the header of N such rows.
npy_head()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2, 4), }" >>"$1"
}

# npy_take FILE FIRST N: the bytes of its rows from FIRST on.
npy_take()
{
    tail -c +$((129 + 16 * $2)) "$1" | head -c $((16 * $3))
}

# warned PATTERN COMMAND...: its warnings that have the pattern.
warned()
{
    pattern=$1
    shift
    "$@" >out.txt 2>err.txt || die "$*: $(cat err.txt)"
    grep -e "$pattern" err.txt
}

# die TEXT: fails the test.
die()
{
    echo "$*" >&2
    exit 98
}

# number FILE KEY: the value of "KEY": NUMBER in a JSON file.
number()
{
    sed -n 's/^ *"'"$2"'": \([-+0-9.eE]*\),\{0,1\}$/\1/p' "$1"
}

# small X: whether |X| <= 1e-9.
small()
{
    awk -v x="$1" 'BEGIN { exit !(x != "" && x <= 1e-9 && x >= -1e-9) }'
}

# json_valid FILE: reduces the text by the grammar of JSON until one value is left.
json_valid()
{
    awk '{ text = text $0 "\n" }
    END {
        gsub(/"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/, "S", text)
        gsub(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/, "V", text)
        gsub(/true|false|null/, "V", text)
        gsub(/[ \t\n]/, "", text)
        do {
            n = gsub(/\{\}|\[\]|\{S:[SV](,S:[SV])*\}|\[[SV](,[SV])*\]/, "V", text)
        } while (n > 0)
        exit text != "V"
    }' "$1"
}

# nothing_left_in FOLDER: fails when the folder has an entry, hidden ones included.
nothing_left_in()
{
    left=$(ls -A "$1")
    [ -z "$left" ] || die "left behind: $left"
}

# needs_terminal: skips the test where no terminal can be had for a program, by util-linux's script and /dev/pts.
needs_terminal()
{
    if ! command -v script >/dev/null || ! script -q -e -c true typescript >/dev/null 2>&1; then
        echo "skipped: no terminal can be had here (script, /dev/pts)"
        exit 0
    fi
}
