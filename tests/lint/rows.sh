# Rows that the program goes by have their tests and documents: metrics, commands, image formats.

metric_names=tools/options/metric_names.c

# Of each metric the function of metrics/ that its row names.
metrics_without_test() {
    sed -n 's/.*\.library = "\([a-z_]*\)".*/\1/p' "$metric_names" | sort -u | while read -r function; do
        grep -qE "\<$function(_[a-z_]+)?\(" tests/metrics/*/test_*.c ||
            echo "$function: no tests/metrics/ROOM/test_*.c calls it"
        grep -qE "^${function#gmet_}(\.[a-z_]+)? " tests/golden/bits.txt ||
            echo "$function: no line '${function#gmet_} HASH' in tests/golden/bits.txt"
    done
}

# A row without a function's name would pass above.
rows_without_library() {
    rows=$(grep -c '^    \[BF_METRIC_' "$metric_names")
    named=$(grep -c '\.library = "gmet_' "$metric_names")
    [ "$rows" -gt 0 ] && [ "$rows" = "$named" ] || echo "$metric_names: $rows metrics, $named with .library"
}

numbers_without_document() {
    sed -n 's/.*\(\.key = \|WITH_ERROR(\)"\([a-z0-9_]*\)".*/\2/p' "$metric_names" | while read -r key; do
        grep -q "\`$key\`" tools/records/JSON.md || echo "$key: not in tools/records/JSON.md"
    done
}

commands_without_test() {
    awk -F '"' '/\.name = "/ { name = $2; n++; names[n] = name } /\.verb = "/ { names[n] = name " " $2 }
                END { for (i = 1; i <= n; i++) print names[i] }' tools/options/usage_table.c |
        while read -r command; do
            grep -rqE "(BONAFIDE\"?|bonafide\"?) (--)?$command\>" tests/cli --include='*.sh' ||
                echo "$command: no test of tests/cli runs it"
        done
}

# Formats that are read: their rows have a reader of pixels, bf_X_pixels.
formats_without_seeds() {
    grep -o 'bf_[a-z]*_pixels' tools/images/decode_parts.h | sort -u | while read -r reader; do
        format=${reader#bf_} format=${format%_pixels}
        grep -qi "$format" tests/tools/images/test_*.c || echo "$format: not in tests/tools/images"
        set -- tests/fuzz/corpus/"$format"/*
        [ -e "$1" ] || echo "$format: no seeds in tests/fuzz/corpus/$format"
        [ -e "tests/fuzz/fuzz_$format.c" ] || echo "$format: no tests/fuzz/fuzz_$format.c"
    done
}

rule 'rows: every metric names its function' rows_without_library
rule 'rows: every metric has a unit test and golden bits' metrics_without_test
rule 'rows: every number of a metric is in JSON.md' numbers_without_document
rule 'rows: every command has a command-line test' commands_without_test
rule 'rows: every image format has a test, a fuzzer and seeds' formats_without_seeds
