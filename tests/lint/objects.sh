# Rules read from the built objects, where no macro or comment can hide a call. $build is the build directory (run.sh).

nm=${NM:-nm}
objdump=${OBJDUMP:-objdump}

objects() { # DIRECTORY...: the objects of today's sources (a build directory may hold older ones)
    for dir in "$@"; do
        [ -d "$dir" ] || continue
        find "$dir" -name '*.c' ! -name '*.inc.c' | sort | while IFS= read -r source; do
            object=$build/obj/${source%.c}.o
            [ -f "$object" ] && printf '%s\n' "$object"
        done
    done
}

# calls 'regular expression' OBJECT...: which of these undefined symbols an object asks for.
calls() {
    pattern=$1
    shift
    for object in "$@"; do
        $nm -u "$object" | awk -v o="${object#"$build"/obj/}" -v pattern="^(__)?($pattern)(_chk)?\$" \
            '$2 ~ pattern { print o ": calls " $2 }'
    done
}

heap_calls() {
    # shellcheck disable=SC2046
    calls '(m|c|re|aligned_|v|pv)alloc|free|posix_memalign|memalign|str(n)?dup|v?asprintf|getline|reallocarray' \
        $(objects engine metrics weights tools | grep -v '/engine/base/alloc\.o$')
}

process_calls() {
    # shellcheck disable=SC2046
    calls 'exit|_exit|_Exit|quick_exit|abort|atexit|v?f?printf|puts|putchar|putc|fputs|fputc|perror|(secure_)?getenv|setenv|putenv|signal|sigaction|system|rand|srand|random|time|setlocale|std(out|err|in)' \
        $(objects engine metrics weights)
}

libm_calls() {
    # sqrt, fma, floor, ceil, trunc, fabs, copysign and ldexp round the same way everywhere; nothing else is promised to.
    # shellcheck disable=SC2046
    calls '(a?(sin|cos|tan)h?|sincos|atan2|exp(2|10|m1)?|log(2|10|1p|b)?|pow|cbrt|hypot|erfc?|[lt]gamma|fmod|remainder|l?l?rint|nearbyint)(f|l|_finite)?' \
        $(objects engine metrics)
}

# content.o asks the CPU itself, and has integers only: no bit depends on the register.
wide_registers() {
    case $($objdump -f "$build/libfeat.a" | grep -m1 'file format') in
    *x86-64*) ;;
    *) return 0 ;;
    esac
    objects engine metrics weights tools | grep -v -e '/engine/kernels/isa_[a-z0-9]*\.o$' -e '/engine/flat/content\.o$' | while IFS= read -r object; do
        $objdump -d --no-show-raw-insn "$object" | grep -m1 -E '%[yz]mm' | sed "s|^|${object#"$build"/obj/}: |"
    done
}

isa_globals() {
    objects engine/kernels | grep '/isa_[a-z0-9]*\.o$' | while IFS= read -r object; do
        isa=${object##*/isa_}
        $nm -g --defined-only "$object" | awk -v o="${object##*/}" -v want="feat_kernels_${isa%.o}" \
            '$3 != want && !(o == "isa_avx512.o" && $3 == "feat_kernels_amx") { print o ": defines " $3 ", only " want " may be global" }'
    done
}

foreign_names() { # ARCHIVE PREFIXES
    $nm -g --defined-only "$build/$1" | awk -v a="$1" -v prefix="^($2)" \
        'NF == 3 && $3 !~ prefix { print a ": defines " $3 }'
}

writable_globals() {
    for archive in libfeat.a libgmet.a; do
        $objdump -t "$build/$archive" | awk -v a="$archive" '
            /:[ ]+file format/ { member = $1; sub(/:$/, "", member) }
            $0 ~ / O \.(data|bss|tdata|tbss)/ && $0 !~ / O \.data\.rel\.ro/ {
                name = $NF
                if (member == "alloc.o" && name ~ /^(fail_after|n_live|n_calls|n_bytes|n_peak|n_limit)$/) next
                if (member == "cpu.o" && name == "known") next
                if (member == "new_file.o" && name == "unsynced") next
                if (member == "mapped.o" && name ~ /^(mappings|n_mappings)$/) next
                print a "(" member "): " name " is writable"
            }'
    done
}

rule 'objects: the heap is reached through engine/base/alloc.c only' heap_calls
rule 'objects: engine, metrics and weights never print, exit or read the environment' process_calls
rule 'objects: engine and metrics call nothing of libm that may round differently' libm_calls
rule 'objects: ymm and zmm registers occur in isa_*.o and content.o only' wide_registers
rule 'objects: an ISA object exports its table and nothing else' isa_globals
rule 'objects: libfeat.a defines feat_ names only' foreign_names libfeat.a feat_
rule 'objects: libgmet.a defines gmet_ names only' foreign_names libgmet.a gmet_
rule 'objects: the tools define bf_ and feat_ names (and those of stb_image_write) only' foreign_names libtool.a 'bf_|feat_|stbi_'
rule 'objects: no writable globals but the counters of alloc.c, the table of mapped.c, the switch of new_file.c and what cpu.c knows' writable_globals
