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

rule 'text: no C line is longer than 120 columns' long_lines
rule 'text: no tabs, trailing blanks or missing final newlines' untidy_lines
rule 'text: no C file is longer than 700 lines (tables excepted)' long_files
rule 'text: nothing that loosens floating point' forbidden_flags
rule 'text: no paths of one machine and no package registry hosts' machine_words
rule 'text: nothing left open' left_open
rule 'text: shell scripts parse' shell_errors
