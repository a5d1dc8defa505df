# Headers compile alone: whoever includes one first must not have to know what it needs.

compiles_alone() { # LANGUAGE STANDARD HEADER...
    language=$1 standard=$2
    shift 2
    for header in "$@"; do
        # Included from standard input: compiled as the main file, a header draws "pragma once in main file" warnings.
        printf '#include "%s"\ntypedef int not_empty;\n' "$header" |
            ${CC:-cc} -x "$language" -std="$standard" -I. -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror \
                -fsyntax-only - 2>&1 | head -n 3
    done
}

# (The public ones are listed in layers.sh.) The ISA layers need the -m flags of their objects.
# shellcheck disable=SC2046
inner_headers=$(c_files engine/base engine/flat engine/net engine/nets engine/ops engine/resize metrics weights tools |
    grep '\.h$' | tr '\n' ' ')

# Whoever has the installed headers has no source file and no inner header. (Documents are installed.)
names_source() {
    grep -nE '[a-z_0-9]\.(c|h)\b' "$@" | grep -vE '#include|feat\.h|gmet\.h|gjudge\.h' | sed 's/^\([^:]*:[0-9]*\):.*/\1: names a file that is not installed/'
}

# shellcheck disable=SC2086
{
    rule 'headers: the public ones name no source file' names_source $public_headers
    rule 'headers: the public ones compile alone as C11' compiles_alone c c11 $public_headers
    rule 'headers: the public ones compile alone as C17' compiles_alone c c17 $public_headers
    if echo 'int x;' | ${CC:-cc} -x c++ -std=c++17 -fsyntax-only - 2>/dev/null; then
        rule 'headers: the public ones compile alone as C++17' compiles_alone c++ c++17 $public_headers
    else
        skip 'headers: C++17 (no C++ compiler here)'
    fi
    rule 'headers: every other one compiles alone as C11' compiles_alone c c11 $inner_headers
}
