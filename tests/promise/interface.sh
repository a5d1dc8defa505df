#!/bin/sh
# The interface of the library as the public headers declare it: every function with its parameters, the size of each
# structure, place and size of its fields, the value of each enumerator. Sizes are those of 64-bit machines.
#
#   sh tests/promise/interface.sh HEADER...
set -u

cd "$(dirname "$0")/../.." || exit 1
cc=${CC:-cc}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-interface.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

for header in "$@"; do
    printf '#include "%s"\n' "$header"
done >"$work/all.c"
flags='-std=c11 -I. -D_POSIX_C_SOURCE=200809L'

# What the headers themselves say, without comments and what they include from elsewhere: a declaration a line.
# shellcheck disable=SC2086
$cc $flags -E "$work/all.c" >"$work/text" || exit 1
awk -v wanted=" $* " '
    /^#/ { file = $3; gsub(/"/, "", file); sub(/^\.\//, "", file); mine = index(wanted, " " file " "); next }
    mine { printf "%s ", $0 }' "$work/text" |
    sed -e 's/__attribute__((visibility("default")))//g' -e 's/__attribute__((warn_unused_result))//g' |
    tr -s ' \t' '  ' | awk '{
        depth = 0
        line = ""
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            depth += (c == "{") - (c == "}")
            if (c == ";" && depth == 0) {
                print line
                line = ""
            } else
                line = line c
        }
    }' | sed -e 's/^ *//' -e 's/ *$//' >"$work/declarations"

# A program that prints what only a compiler knows; functions and other types are printed as they stand.
{
    printf '#include <stdio.h>\n'
    cat "$work/all.c"
    printf 'int main(void) {\n'
    awk '
        function field(structure, text,   n, part, i, name) {
            sub(/^ */, "", text)
            sub(/ *$/, "", text)
            if (text == "")
                return
            if (match(text, /\(\*[a-z_0-9]+\)/)) { # a function: its name is in parentheses
                name = substr(text, RSTART + 2, RLENGTH - 3)
                print "    FIELD(" structure ", " name ", \"" text "\")"
                return
            }
            n = split(text, part, ",")
            for (i = 1; i <= n; i++) {
                name = part[i]
                sub(/\[.*/, "", name)
                sub(/ *$/, "", name)
                sub(/.*[ *]/, "", name)
                print "    FIELD(" structure ", " name ", \"" text "\")"
            }
        }
        /^(typedef )?struct [a-z_0-9]+ \{/ {
            name = $1 == "typedef" ? $3 : $2
            type = $1 == "typedef" ? name : "struct " name
            body = $0
            sub(/^[^{]*\{/, "", body)
            sub(/\}[^}]*$/, "", body)
            print "    SIZE(" type ")"
            n = split(body, fields, ";")
            for (k = 1; k <= n; k++)
                field(type, fields[k])
            next
        }
        /^(typedef )?enum ([a-z_0-9]+ )?\{/ {
            body = $0
            sub(/^[^{]*\{/, "", body)
            sub(/\}[^}]*$/, "", body)
            n = split(body, names, ",")
            for (k = 1; k <= n; k++) {
                sub(/=.*/, "", names[k])
                gsub(/ /, "", names[k])
                if (names[k] != "")
                    print "    VALUE(" names[k] ")"
            }
            next
        }
        {
            gsub(/ *\( */, "(")
            gsub(/ *\) */, ")")
            gsub(/"/, "\\\"")
            print "    puts(\"" $0 "\");"
        }' "$work/declarations"
    printf 'return 0; }\n'
} >"$work/body.c"
cat - "$work/body.c" >"$work/list.c" <<'END'
#include <stddef.h>
#define SIZE(type) printf("size %s %zu\n", #type, sizeof(type));
#define FIELD(type, name, text) \
    printf("  %s.%s at %zu, %zu: %s\n", #type, #name, offsetof(type, name), sizeof(((type *)0)->name), text);
#define VALUE(name) printf("value %s %lld\n", #name, (long long)(name));
END
# shellcheck disable=SC2086
$cc $flags "$work/list.c" -o "$work/list" && "$work/list"
