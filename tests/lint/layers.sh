# Which folder may include which: layers.txt is the law, layers_open.txt what still breaks it, one include a line.

law=tests/lint/layers.txt
open=tests/lint/layers_open.txt

# What the floors do not say. Reads: files matching the first pattern may include what matches the second, where their
# floors allow it (extended regular expressions). The lines that match a file are added up.
room_table='
engine/.*                 engine/.*
metrics/.*                (metrics|engine/base|engine/files|engine/kernels)/.*\.h
weights/.*                ((weights|engine/base|engine/files|engine/nets|engine/flat)/.*\.h|engine/feat\.h)
tools/.*                  ((tools|weights|engine/base|engine/files)/.*\.h|engine/feat\.h|metrics/(gmet|judge/gjudge)\.h)
tools/.*                  metrics/(across/across|diversity/diversity|frechet/frechet|linalg/linalg|manifold/manifold)\.h
tools/.*                  metrics/(moments/moments|twosample/twosample)\.h
tools/.*                  metrics/(base/(context|equal_rows|memo|row_order)|diversity/split_order|moments/stored_stats)\.h
tools/selftest/.*         engine/kernels/.*\.h
tools/mpi/.*              metrics/(pairs/(neighbours|pairs|team)|base/(paging|rows)|twosample/kid_(kernel|slots|subsets|sums))\.h
bench/.*                  (bench|engine|metrics|weights|tools)/.*\.h
tests/.*                  .*\.h
'

# Installed headers stand alone: they include each other and nothing else.
public_headers='engine/base/common.h engine/feat.h metrics/gmet.h metrics/base/context.h metrics/across/across.h
metrics/diversity/diversity.h metrics/frechet/frechet.h metrics/linalg/linalg.h metrics/manifold/manifold.h
metrics/moments/moments.h metrics/twosample/twosample.h metrics/judge/gjudge.h'

# The same for <...>: what is not in the table (the C library, POSIX) is open to all.
system_table='
(immintrin|x86intrin|xmmintrin|emmintrin|arm_neon|arm_acle)\.h  ^(engine/vec|tests|engine/base/(sha256_rounds|crc32)|tools/images/decode_jpeg_(idct|colour))
(stb/.*|stb_image_write\.h)                                     ^tools/photos/
webp/.*                                                         ^tools/images/decode_webp
(jsmn/)?jsmn\.h                                                 ^(tools/formats|weights/containers)/
cmocka\.h                                                       ^tests/
(complex|fenv)\.h                                               ^tests/
'

# One line per #include: "file included kind", kind being q for quotes and b for angle brackets.
includes() {
    c_files | xargs awk '
        /^[ \t]*#[ \t]*include[ \t]*"/ { split($0, part, "\""); print FILENAME, part[2], "q" }
        /^[ \t]*#[ \t]*include[ \t]*</ { s = $0; sub(/^[^<]*</, "", s); sub(/>.*/, "", s); print FILENAME, s, "b" }'
}

# Every include that the floors or the table forbid, as "file included"; and files that stand in no room.
against_the_law() {
    includes | table="$room_table" public="$public_headers" awk -v law="$law" '
        function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
        function allowed(file, included,   i) {
            for (i = 1; i <= rules; i++)
                if (file ~ who[i] && included ~ what[i])
                    return 1
            return 0
        }
        function floors_allow(from, to) {
            return from == to || !(from in floor) || !(to in floor) || floor[to] < floor[from]
        }
        BEGIN {
            while ((getline line < law) > 0)
                if (line ~ /^[a-z]/) {
                    n = split(line, word, /[ ]+/)
                    floors++
                    for (i = 1; i <= n; i++)
                        floor[word[i]] = floors
                }
            n = split(ENVIRON["table"], row, "\n")
            for (i = 1; i <= n; i++)
                if (split(row[i], word, /[ ]+/) >= 2) {
                    who[++rules] = "^(" word[1] ")$"
                    what[rules] = "^(" word[2] ")$"
                }
            n = split(ENVIRON["public"], word, /[ \n]+/)
            for (i = 1; i <= n; i++)
                public[word[i]] = 1
        }
        $3 == "q" {
            if (!floors_allow(folder($1), folder($2)) || !allowed($1, $2) || ($1 in public && !($2 in public)))
                print $1, $2
        }'
}

exceptions() {
    grep '^[a-z]' $open
}

layers_broken() {
    exceptions >"$scratch/open"
    against_the_law | sort -u | grep -v -x -F -f "$scratch/open" | sed 's/ \(.*\)/: may not include "\1"/'
}

# Circles of units: a .c with its .h, and with a private header that has _parts or _internal behind that name. Prints
# the includes that lie on circles or lead from one to another, the exceptions left out but for number `but`.
circles() { # BUT
    includes | awk -v open="$open" -v but="$1" '
        function unit(path) { sub(/(_(parts|internal))?\.h$/, "", path); sub(/\.c$/, "", path); return path }
        BEGIN {
            while ((getline line < open) > 0)
                if (line ~ /^[a-z]/ && ++n != but)
                    left_out[line] = 1
        }
        $3 == "q" && !($1 " " $2 in left_out) && unit($1) != unit($2) {
            from[++edges] = unit($1)
            to[edges] = unit($2)
            text[edges] = $1 " " $2
        }
        END {
            # What includes nothing that is left, and what nothing left includes, is in no circle.
            do {
                split("", includes)
                split("", included)
                for (i = 1; i <= edges; i++)
                    if (!gone[i]) {
                        includes[from[i]] = 1
                        included[to[i]] = 1
                    }
                some = 0
                for (i = 1; i <= edges; i++)
                    if (!gone[i] && (!(to[i] in includes) || !(from[i] in included)))
                        some = gone[i] = 1
            } while (some)
            for (i = 1; i <= edges; i++)
                if (!gone[i])
                    print text[i]
        }'
}

in_circles() {
    circles 0 | sed 's/ \(.*\)/: "\1" is part of a circle/'
}

# An exception that breaks nothing any more is to be struck from the list.
not_needed() {
    against_the_law >"$scratch/broken"
    exceptions | awk '{ print NR, $0 }' | while read -r number file included; do
        grep -q -x -F "$file $included" "$scratch/broken" && continue
        circles "$number" | grep -q -x -F "$file $included" && continue
        echo "$file $included: no longer an exception"
    done
    exceptions | sort | uniq -d
}

in_no_room() {
    grep '^[a-z]' $law | tr -s ' ' '\n' | sort >"$scratch/rooms"
    uniq -d "$scratch/rooms" | sed 's/$/: is on two lines/'
    c_files engine metrics weights tools | sed 's|/[^/]*$||' | sort -u | grep -v -x -F -f "$scratch/rooms" |
        sed "s|\$|: has C files and is on no line of $law|"
}

crowded() {
    c_files engine metrics weights tools bench | sed 's|/[^/]*$||' | sort | uniq -c |
        awk '$1 > 25 { print $2 ": " $1 " C files" }'
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

# The header that a .c implements comes first, so that it leans on no include before it.
own_header_late() {
    c_files >"$scratch/c_files"
    includes | awk -v list="$scratch/c_files" '
        BEGIN { while ((getline file < list) > 0) there[file] = 1 }
        !seen[$1]++ {
            own = $1
            if (sub(/\.c$/, ".h", own) && own in there && $2 != own) print $1 ": includes " $2 " before " own
        }'
}

names_used_twice() {
    c_files | sed 's|.*/||' | sort | uniq -d
}

# What a newcomer sees first is fixed; what a command left there by mistake is not for the repository. (An archive of the
# sources has headers of others there.)
strays_at_top() {
    git ls-files --cached --others --exclude-standard 2>/dev/null | sed 's|/.*||' | sort -u | grep -v -x -e '\.ci' -e '\.clang-format' -e '\.gitignore' -e CHANGELOG.md \
        -e CONTRIBUTING.md -e LICENSE -e Makefile -e README.md -e engine -e metrics -e weights -e tools -e tests -e bench
}

rule 'layers: a folder includes only what its floor allows' layers_broken
rule 'layers: no units include each other in a circle' in_circles
rule "layers: each of the $(exceptions | wc -l) exceptions in $open is needed" not_needed
rule 'layers: every folder with C files has a floor, and one only' in_no_room
rule 'layers: no folder has more than 25 C files (tests excepted)' crowded
rule 'layers: intrinsics, stb, jsmn and cmocka stay in their folders' system_includes_broken
rule 'layers: quoted includes are paths from the root' paths_not_from_root
rule 'layers: *.inc.c is included by isa files only, other .c files by nobody' inc_c_elsewhere
rule 'layers: a .c file includes the header of its name before any other' own_header_late
guards_of_other_names() {
    c_files | grep '\.h$' | while IFS= read -r file; do
        wanted=BONAFIDE_$(echo "$file" | tr 'a-z/.-' 'A-Z___')
        guard=$(sed -n 's/^#ifndef \(BONAFIDE_[A-Z0-9_]*\)$/\1/p;/^#ifndef/q' "$file")
        [ -z "$guard" ] || [ "$guard" = "$wanted" ] || echo "$file: its guard is $guard"
    done
}

rule 'layers: the guard of a header is its path' guards_of_other_names
rule 'layers: C file names are unique across the tree' names_used_twice
rule 'layers: at the top of the tree is nothing but what belongs there' strays_at_top
