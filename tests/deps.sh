#!/bin/sh
# What make says before it compiles anything: which headers are missing, where they come from and what they are called on
# this system, and that there are no kernels for a machine. Systems are played by a PATH with their package manager alone.
#
#   CC=gcc sh tests/deps.sh
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
cc=${CC:-gcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-deps.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" || exit 1
for tool in sh sed tr id env cat "${cc%% *}"; do
    ln -s "$(command -v "$tool")" "$work/bin/" || exit 1
done

fail() {
    echo "deps: FAILED: $*"
    exit 1
}

# says SYSTEM MANAGER WORDS...: without any header the words stand in the advice of that system.
says() {
    system=$1
    printf '#!/bin/sh\nexit 1\n' >"$work/bin/$2"
    chmod +x "$work/bin/$2"
    shift 2
    PATH=$work/bin CC="$cc -nostdinc" CPPFLAGS='' sh tools/package/deps.sh --check header:stdio.h header:linux/audit.h \
        'header:stb/stb_image_write.h|stb_image_write.h' 'header:jsmn.h|jsmn/jsmn.h' header:webp/demux.h >"$work/said" 2>&1 &&
        fail "$system: nothing is missed"
    for words in "$@" ' stdio.h ' ' linux/audit.h ' ' stb/stb_image_write.h ' ' jsmn.h ' github.com/zserge/jsmn WEBP=0; do
        grep -qF -e "$words" "$work/said" || fail "$system: '$words' is not in: $(cat "$work/said")"
    done
    [ "$system" = Debian ] || ! grep -q 'apt\|make deps' "$work/said" || fail "$system has no apt: $(cat "$work/said")"
    rm -f "$work/bin/apt-get" "$work/bin/dnf" "$work/bin/apk" "$work/bin/pacman"
}
says Debian apt-get 'apt-get install --no-install-recommends libc6-dev linux-libc-dev libstb-dev libjsmn-dev libwebp-dev'
says Fedora dnf 'dnf install glibc-devel kernel-headers stb_image_write-devel jsmn-devel libwebp-devel'
says Alpine apk 'apk add musl-dev linux-headers stb jsmn libwebp-dev'
says Arch pacman 'pacman -S glibc linux-api-headers stb libwebp'
says 'a system without packages' nothing 'Fedora: jsmn-devel, Alpine: jsmn, Arch: AUR'

# Headers are taken where other systems have them.
mkdir -p "$work/include/jsmn" && touch "$work/include/stb_image_write.h" "$work/include/jsmn/jsmn.h" || exit 1
CC="$cc -nostdinc" CPPFLAGS="-I$work/include" sh tools/package/deps.sh --check \
    'header:stb/stb_image_write.h|stb_image_write.h' 'header:jsmn.h|jsmn/jsmn.h' || fail "other places are not looked at"

# The whole of make: nothing is compiled. (-nostdinc leaves the compiler no header at all.)
# refused WORDS MAKE-ARGUMENT...
refused() {
    words=$1
    shift
    ! $make BUILD="$work/build" "$@" >"$work/said" 2>&1 || fail "make $*: goes through"
    grep -q -e "$words" "$work/said" || fail "make $*: no '$words': $(cat "$work/said")"
    ! grep -q '^  CC ' "$work/said" || fail "make $*: compiles before it says what is missing"
}
refused ' stdio\.h ' CC="$cc -nostdinc"
refused ' stdio\.h ' CC="$cc -nostdinc" "$work/build/libfeat.a"
refused ' linux/audit\.h ' CC="$cc -nostdinc" "$work/build/libgmet.a"
for target in s390x-linux-gnu i686-linux-gnu aarch64_be-linux-gnu powerpc64le-linux-gnu riscv32-linux-gnu; do
    printf '#!/bin/sh\necho %s\n' $target >"$work/$target-gcc"
    chmod +x "$work/$target-gcc"
    refused "no kernels for ${target%%-*}: .* x86_64, aarch64 and riscv64" CC="$work/$target-gcc"
    [ "$(wc -l <"$work/said")" = 1 ] || fail "$target is not refused in one line: $(cat "$work/said")"
done
if echo | $cc -m32 -E - >/dev/null 2>&1; then
    refused 'little-endian machines of 64 bits' CC="$cc" CFLAGS=-m32
fi
refused 'no C compiler' CC="$work/none"
echo "deps: what is missing is said before the first file is compiled, as Debian, Fedora, Alpine and Arch call it"
