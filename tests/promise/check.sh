#!/bin/sh
# Holds what is promised (tools/package/PROMISE.md): what list.sh finds of this tree is compared with the lists of the
# last release, that are beside this. Whatever differs has to be said by the version, and what users lean on stays
# within a major version:
#
#   sh tests/promise/check.sh PROGRAM            silent and 0, or a line for each broken promise and 1
#   sh tests/promise/check.sh PROGRAM --release  the lists become those of this tree (make promise), if that is allowed
#
# PUBLIC names the public headers. LISTS=FOLDER compares with other lists, NOW=FOLDER those that list.sh wrote there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
program=$1
mode=${2:-}
lists=${LISTS:-$here}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -n "${NOW:-}" ]; then
    cp -R "$NOW" "$work/now"
else
    sh "$here/list.sh" "$program" "$work/now"
fi
version=$(cat "$work/now/version.txt")
released=$(cat "$lists/version.txt")
major=${version%.*}
broken="$work/broken"
: >"$broken"

# Added, removed: lines of a list that one side has alone.
compare() { # LIST
    LC_ALL=C sort "$lists/$1.txt" >"$work/then"
    LC_ALL=C sort "$work/now/$1.txt" >"$work/here"
    LC_ALL=C comm -23 "$work/then" "$work/here" >"$work/removed"
    LC_ALL=C comm -13 "$work/then" "$work/here" >"$work/added"
}

# Of the lines that are gone those that are not there in a way that takes nothing away: a structure of options that has
# grown, a Python function that takes more.
taken_away() { # LIST
    awk -v list="$1" '
        function name_of(line) { sub(/\(.*/, "", line); return line }
        # Places stay up to the first parameter that has none (*, *sets, **options); of the others each is still there,
        # as it was, and so is the result.
        function takes_all(then, now,    n, m, i, k, old, new) {
            n = split(then, old, /, |[()]/)
            m = split(now, new, /, |[()]/)
            for (i = 1; i <= n && old[i] !~ /^\*/ && old[i] !~ /^ ->/; i++)
                if (new[i] != old[i])
                    return 0
            for (; i <= n; i++) {
                for (k = 1; k <= m && new[k] != old[i]; k++)
                    ;
                if (k > m)
                    return 0
            }
            return 1
        }
        FILENAME == ARGV[1] && list == "c" && $1 == "size" { size[$2 == "struct" ? $3 : $2] = $NF; next }
        FILENAME == ARGV[1] { there[name_of($0)] = $0; next }
        list == "c" && $1 == "size" && size[$2 == "struct" ? $3 : $2] + 0 > $NF + 0 { next }
        list == "python" && name_of($0) in there && takes_all($0, there[name_of($0)]) { next }
        { print }' "$work/added" "$work/removed"
}

# What can be said without knowing what changed: a difference wants another version.
for list in commands json python c; do
    compare $list
    [ -s "$work/removed" ] || [ -s "$work/added" ] || continue
    if [ "$version" = "$released" ]; then
        sed "s/^/$list: not in $released as it was released: /" "$work/added" >>"$broken"
        sed "s/^/$list: in $released as it was released, and gone: /" "$work/removed" >>"$broken"
    elif [ "$major" = "${released%.*}" ] && [ "$major" != 0 ]; then
        taken_away $list | sed "s/^/$list: promised for all of $major.x, and gone: /" >>"$broken"
    fi
done
# A format that changes has another version of its own, in every release.
compare formats
while read -r name number hash; do
    awk -v name="$name" -v number="$number" -v hash="$hash" '
        $1 == name && $2 == number && $3 != hash {
            print "formats: " name " is still version " number ", and what is written differs" }' "$work/now/formats.txt"
done <"$work/then" >>"$broken"
awk 'NR == FNR { there[$1] = 1; next } !($1 in there) { print "formats: " $1 " is not written any more" }' \
    "$work/now/formats.txt" "$work/then" >>"$broken"
if [ "$version" = "$released" ] && [ -s "$work/added" ]; then
    sed "s/^/formats: not in $released as it was released: /" "$work/added" >>"$broken"
fi

if [ "$mode" = --release ]; then
    # Before 1.0 nothing is promised; after it a version is released once.
    if [ "$major" != 0 ] && [ -s "$broken" ]; then
        cat "$broken"
        echo "no lists are written: raise the version of engine/feat.h or of the format, or take the change back"
        exit 1
    fi
    cp "$work"/now/*.txt "$lists/"
    exit 0
fi
[ -s "$broken" ] || exit 0
head -n 40 "$broken"
if [ "$major" = 0 ]; then
    echo "meant so? Nothing is released yet: make promise, and the difference is part of the commit"
else
    echo "meant so? Raise the version of engine/feat.h, or of the format (tools/package/PROMISE.md); make promise is for a release"
fi
exit 1
