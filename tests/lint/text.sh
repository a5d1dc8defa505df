# Rules that need only the text. Patterns are written so that they do not match this file.

long_lines() {
    c_files | xargs awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns" }'
}

untidy_lines() {
    # shellcheck disable=SC2046
    grep -nE "$(printf '\t')|[ ]+\$|$(printf '\r')" $(c_files) | cut -c1-100
    text_files | while IFS= read -r file; do
        case $file in tests/data/* | tests/fuzz/corpus/*) continue ;; esac
        [ -n "$(tail -c 1 "$file")" ] && echo "$file: no newline at the end"
    done
}

# Constant tables may be longer: they are data.
long_files() {
    c_files | while IFS= read -r file; do
        case $file in */*_table.[ch] | */*_data.[ch] | tests/data/*) continue ;; esac
        lines=$(wc -l <"$file")
        [ "$lines" -gt 700 ] && echo "$file: $lines lines"
    done
}

# In "name[N] = {...}" a row that is missing is a zero, and nobody is told. So the rows of a constant table are counted,
# "name[] = {...}", and _Static_assert(sizeof name / sizeof name[0] == N, "...") follows. Asked of tables whose rows are told
# by their place where N has a name, of those without N whose rows say where they belong ([X] = ...), and of the names of
# an enum, "i < sizeof names / sizeof names[0] ? names[i]". A table with both, [N] and [X] =, may have holes.
tables_not_counted() {
    c_files engine metrics weights tools | xargs awk '
        function tell() {
            for (name in owed)
                print owed[name]
            split("", owed)
            split("", asserted)
        }
        function first_row(text) {
            if (count ~ /[A-Z]/ && text !~ /^ *\[/)
                print where ": write " table "[] and assert that its rows are " count
            if (count == "" && text ~ /^ *\[/)
                owed[table] = where ": no _Static_assert says how many rows it has"
        }
        FNR == 1 { tell(); begun = 0 }
        begun { begun = 0; first_row($0) }
        /^ *static const struct/ { of_structs = 1 }
        /^ *(static const [^()=]*|} )[a-z_0-9]+(\[[^]]*\])+ = \{/ {
            text = $0
            sub(/(\[[^]]*\])+ = \{.*/, "", text)
            table = text
            sub(/.*[ *]/, "", table)
            if ($1 == "}" && !of_structs)
                next
            of_structs = 0
            count = substr($0, length(text) + 2)
            sub(/\].*/, "", count)
            where = FILENAME ":" FNR ": " table
            delete asserted[table]
            text = $0
            sub(/.*\] = \{/, "", text)
            if (text == "")
                begun = 1
            else
                first_row(text)
        }
        match($0, /_Static_assert\(sizeof [a-z_0-9]+ /) {
            name = substr($0, RSTART + 22, RLENGTH - 23)
            asserted[name] = 1
            delete owed[name]
        }
        /< sizeof names \/ sizeof names\[0\] \? names\[/ && !("names" in asserted) {
            print FILENAME ":" FNR ": names: no _Static_assert says how many rows it has"
        }
        END { tell() }'
}

forbidden_flags() {
    grep -nE 'ffast-mat[h]|-Ofas[t]|march=nativ[e]|funsafe-mat[h]|fassociative-mat[h]|freciprocal-mat[h]' Makefile */*.mk tools/package/package.mk .ci/run
    # shellcheck disable=SC2046
    grep -nE '^[^/]*(vmlaq?_f|vrecpe|vrsqrte|_mm(256|512)?_(rcp|rsqrt))[a-z0-9_]*[ ]*\(' $(c_files engine metrics)
    # shellcheck disable=SC2046
    grep -nE 'FP_CONTRACT|optimize[ ]*\("|float_contro[l]' $(c_files engine metrics weights tools)
}

machine_words() {
    text_files | xargs grep -nE \
        '/(wor[k]|roo[t]|home/[a-z]+)/|registr[y]\.|\.librar[y]/|npmj[s]\.|(deb|snapshot|ftp)\.debia[n]\.' | cut -c1-120
}

left_open() {
    text_files | xargs grep -nE '(TOD[O]|FIXM[E]|HAC[K])\b|#if [0]\b' | cut -c1-120
}

shell_errors() {
    text_files | grep -E '(\.sh|^\.ci/run)$' | while IFS= read -r file; do
        sh -n "$file" 2>&1
    done
}

# except FILE...: the lines of grep that are of none of these files.
except() {
    grep -vE "^($(echo "$@" | tr ' ' '|')):" | cut -c1-120
}

# A name would reach a terminal as it is. The exceptions print texts of the program's own, and lines that were cleaned.
said_by_others() {
    # shellcheck disable=SC2046
    grep -nE '(printf|fput[sc])\(.*stderr|perror\(' $(c_files tools) | except tools/base/say.c tools/base/progress.c \
        tools/records/report.c tools/program/program.c tools/demo/main_mkphotos.c tools/program/main_mkdocs.c
}

# The exceptions are packs of the cache, which others read while they grow, rows without a name, and the build's own.
created_by_others() {
    # shellcheck disable=SC2046
    grep -nE 'fopen\(|O_CREA[T]|mkstem[p]\(|[^a-z_]creat\(' $(c_files engine metrics weights tools) |
        except engine/files/new_file.c tools/features/cache.c tools/formats/rowstore.c tools/program/main_mkdocs.c
}

# Each row of DROPIN.md's table of what is typed counts right, and nothing takes more here.
typed() {
    awk -F ' [|] ' '
        function keys(cell,   i, k, n, piece) {
            k = split(cell, piece, "`")
            for (i = 2; i <= k; i += 2)
                n += length(piece[i])
            return n
        }
        function lines(cell) { return gsub("<br>", "", cell) + 1 }
        /^## / { inside = /What is typed/ }
        inside && NF == 5 && !/^[|] (task|---)/ {
            sub(/ [|]$/, "", $5)
            n++
            if ($3 != lines($2) ", " keys($2) || $5 != lines($4) ", " keys($4))
                print FILENAME ":" FNR ": counted " lines($2) ", " keys($2) " and " lines($4) ", " keys($4)
            if (lines($4) > lines($2) || keys($4) > keys($2))
                print FILENAME ":" FNR ": more here than there"
        }
        END { if (n < 10) print FILENAME ": ten tasks expected, found " n + 0 }' tools/python/DROPIN.md
}

rule 'text: no C line is longer than 120 columns' long_lines
rule 'text: no tabs, trailing blanks or missing final newlines' untidy_lines
rule 'text: no C file is longer than 700 lines (tables excepted)' long_files
rule 'text: rows of constant tables are counted by a _Static_assert' tables_not_counted
rule 'text: nothing that loosens floating point' forbidden_flags
rule 'text: no paths of one machine and no package registry hosts' machine_words
rule 'text: nothing left open' left_open
rule 'text: shell scripts parse' shell_errors
rule 'text: what is said on standard error is cleaned (tools/base/say.h)' said_by_others
rule 'text: files are created by engine/files/new_file.c' created_by_others
rule 'text: the table of what is typed in DROPIN.md counts right, with nothing more here' typed
