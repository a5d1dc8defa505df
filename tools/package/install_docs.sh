#!/bin/sh
# The documents that headers, help and README refer to, and the examples, in one flat folder as they are installed: links
# between them follow, links to what is not installed become plain words, and pictures too.
#
#   sh tools/package/install_docs.sh OUT      (from the top of the tree)
set -eu

out=$1
mkdir -p "$out/examples"

# "SOURCE NAME" of each: READMEs under names of their own, and every document that has a name of its own.
list() {
    echo README.md README.md
    echo metrics/README.md METRICS.md
    echo tools/python/README.md PYTHON.md
    echo engine/README.md ENGINE.md
    echo bench/README.md BENCH.md
    echo weights/README.md WEIGHTS.md
    echo CHANGELOG.md CHANGELOG.md
    echo LICENSE LICENSE
    for file in engine/[A-Z]*.md engine/*/[A-Z]*.md metrics/[A-Z]*.md metrics/*/[A-Z]*.md weights/[A-Z]*.md \
        weights/*/[A-Z]*.md tools/[A-Z]*.md tools/*/[A-Z]*.md; do
        case $file in
        */README.md | *'*'*) ;;
        *) echo "$file ${file##*/}" ;;
        esac
    done
}

twice=$(list | sed 's/.* //' | sort | uniq -d)
[ -z "$twice" ] || { echo "install: two documents are called $twice" >&2 && exit 1; }

# A link is relative to the file that has it. (The whole file at once: the words of a link may begin on the line before.)
list | while read -r source name; do
    list | awk -v source="$source" '
        function normal(path,   word, kept, n, i, depth) {
            n = split(path, word, "/")
            depth = 0
            for (i = 1; i <= n; i++)
                if (word[i] == "..")
                    depth--
                else if (word[i] != "." && word[i] != "")
                    kept[++depth] = word[i]
            path = ""
            for (i = 1; i <= depth; i++)
                path = path (i > 1 ? "/" : "") kept[i]
            return path
        }
        function link(words, target,   file, anchor) {
            if (target ~ /^(#|[a-z]+:)/)
                return "[" words "](" target ")"
            file = target
            sub(/#.*/, "", file)
            anchor = substr(target, length(file) + 1)
            file = normal(folder file)
            return file in name ? "[" words "](" name[file] anchor ")" : words
        }
        BEGIN {
            folder = source
            sub(/[^\/]*$/, "", folder)
        }
        { name[$1] = $2 }
        END {
            while ((getline line < source) > 0)
                text = text line "\n"
            while (match(text, /\[[^][]*\]\([^() ]*\)/)) {
                found = substr(text, RSTART + 1, RLENGTH - 2)
                cut = index(found, "](")
                printf "%s%s", substr(text, 1, RSTART - 1), link(substr(found, 1, cut - 1), substr(found, cut + 2))
                text = substr(text, RSTART + RLENGTH)
            }
            printf "%s", text
        }' >"$out/$name"
done
cp tests/examples/*.c tests/examples/*.py tests/examples/CMakeLists.txt "$out/examples/"
