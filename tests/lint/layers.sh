# Which directory may include which. The table is the law; a new edge needs a reason in the commit that adds it.
# Reads: files matching the first pattern may include what matches the second (extended regular expressions).
# The first line whose first pattern matches decides.

layer_table='
engine/iv3_common\.h      ^$
engine/iv3\.h             engine/iv3_common\.h
engine/base/.*            engine/(base/.*|iv3_common\.h)
engine/vec/.*             engine/(vec|base)/.*
engine/kernels/isa_.*     engine/(kernels|vec|base)/.*
engine/kernels/.*         engine/(kernels/.*\.h|vec/.*|base/.*|iv3_common\.h|iv3\.h)
engine/resize/.*          engine/((resize|base)/.*\.h|iv3_common\.h|iv3\.h)
engine/net/.*             (engine/((net|kernels|base)/.*\.h|iv3_common\.h|iv3\.h)|weights/w[a-z]*\.h)
metrics/gmet\.h           engine/iv3_common\.h
metrics/.*                (metrics/.*\.h|engine/((base|kernels)/.*\.h|iv3_common\.h))
weights/w[a-z0-9]*\.[ch]  (weights/w[a-z0-9]*\.h|engine/(base/.*\.h|iv3_common\.h|iv3\.h))
weights/.*                (weights/.*\.h|engine/(base/.*\.h|iv3_common\.h|iv3\.h))
tools/mpi/.*              (tools|metrics|engine/base)/.*\.h
tools/selftest_.*         (tools/.*\.h|engine/((kernels|base)/.*\.h|iv3_common\.h|iv3\.h))
tools/.*                  (tools/.*\.h|weights/.*\.h|metrics/g[a-z_]*\.h|engine/(base/.*\.h|iv3_common\.h|iv3\.h))
bench/.*                  (bench|engine|metrics|weights|tools)/.*\.h
tests/.*                  .*\.h
'

# The same for <...>: what is not in the table (the C library, POSIX) is open to all.
system_table='
(immintrin|x86intrin|xmmintrin|emmintrin|arm_neon|arm_acle)\.h  ^(engine/vec|tests|engine/base/(sha256|crc32)_x86|tools/decode_jpeg_(idct|colour))
stb/.*                                                          ^tools/
webp/.*                                                         ^tools/images/decode_webp
jsmn\.h                                                         ^(tools|weights)/
cmocka\.h                                                       ^tests/
(complex|fenv)\.h                                               ^tests/
'

# One line per #include: "file included kind", kind being q for quotes and b for angle brackets.
includes() {
    c_files | xargs awk '
        /^[ \t]*#[ \t]*include[ \t]*"/ { split($0, part, "\""); print FILENAME, part[2], "q" }
        /^[ \t]*#[ \t]*include[ \t]*</ { s = $0; sub(/^[^<]*</, "", s); sub(/>.*/, "", s); print FILENAME, s, "b" }'
}

layers_broken() {
    includes | table="$layer_table" awk '
        BEGIN {
            n = split(ENVIRON["table"], line, "\n")
            for (i = 1; i <= n; i++)
                if (split(line[i], word, /[ ]+/) >= 2) { from[++rules] = "^(" word[1] ")$"; to[rules] = "^(" word[2] ")$" }
        }
        $3 == "q" {
            for (i = 1; i <= rules; i++)
                if ($1 ~ from[i]) break
            if (i > rules) print $1 ": no line of the layer table matches this file"
            else if ($2 !~ to[i]) print $1 ": may not include \"" $2 "\""
        }'
}

system_includes_broken() {
    includes | table="$system_table" awk '
        BEGIN {
            n = split(ENVIRON["table"], line, "\n")
            for (i = 1; i <= n; i++)
                if (split(line[i], word, /[ ]+/) >= 2) { header[++rules] = "^(" word[1] ")$"; where[rules] = word[2] }
        }
        $3 == "b" {
            for (i = 1; i <= rules; i++)
                if ($2 ~ header[i] && $1 !~ where[i]) print $1 ": may not include <" $2 ">"
        }'
}

paths_not_from_root() {
    includes | while read -r file included kind; do
        [ "$kind" = q ] && [ ! -f "$included" ] && echo "$file: \"$included\" is not a path from the root"
    done
}

inc_c_elsewhere() {
    includes | awk '$2 ~ /\.inc\.c$/ && $1 !~ /engine\/kernels\/isa_[a-z0-9]*\.[ch]$/ { print $1 ": includes " $2 }
                    $2 ~ /\.c$/ && $2 !~ /\.inc\.c$/ { print $1 ": includes the source file " $2 }'
}

names_used_twice() {
    c_files | sed 's|.*/||' | sort | uniq -d
}

rule 'layers: a directory includes only what the table allows' layers_broken
rule 'layers: intrinsics, stb, jsmn and cmocka stay in their directories' system_includes_broken
rule 'layers: quoted includes are paths from the root' paths_not_from_root
rule 'layers: *.inc.c is included by isa files only, other .c files by nobody' inc_c_elsewhere
rule 'layers: C file names are unique across the tree' names_used_twice
