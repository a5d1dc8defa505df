#!/bin/sh
# Makes sure that a list of headers and commands is there, installing the Debian packages of those that are not.
#
#   sh tools/package/deps.sh [--check] ITEM...
#
# ITEM is  header:jsmn.h  or  header:A|B[:package]  or  command:npm:npm  or  file:/a/path:package  or  machine
#
# Says what it will install before it does, and does nothing when all is there. --check only looks. Where it may not
# install (no root, no sudo, no apt-get) it names what is missing - files, where they come from, packages of this system -
# with the exact command, and stops with 1. "machine": does the compiler build for one that the program can run on?
# CC, CPPFLAGS and CFLAGS are honoured.
set -u

mode=install
[ "${1:-}" = --check ] && { mode=check; shift; }
cc=${CC:-gcc}

# Whose packages: the first manager that is here.
system=other
for manager in apt-get:debian dnf:fedora yum:fedora apk:alpine pacman:arch; do
    command -v "${manager%:*}" >/dev/null 2>&1 && system=${manager#*:} && break
done

# package DEBIAN FEDORA ALPINE ARCH WHERE: sets $package (of this system) and $origin.
package() {
    origin=$5
    case $system in
    debian) package=$1 ;;
    fedora) package=$2 ;;
    alpine) package=$3 ;;
    arch) package=$4 ;;
    *) package= origin="$5 (Debian: $1, Fedora: $2, Alpine: $3, Arch: ${4:-AUR})" ;;
    esac
}

# describe ITEM: sets $thing (the file or command), $package and $origin.
describe() {
    thing=${1#*:}
    given=
    case $thing in *:*) given=${thing##*:} thing=${thing%:*} ;; esac
    case $thing in
    stdio.h) package libc6-dev glibc-devel musl-dev glibc "the C library" ;;
    linux/audit.h) package linux-libc-dev kernel-headers linux-headers linux-api-headers "the kernel's headers" ;;
    stb/stb_image_write.h*)
        package libstb-dev stb_image_write-devel stb stb https://github.com/nothings/stb
        ;;
    jsmn.h*) # (Arch has it in the AUR, where pacman does not look.)
        package libjsmn-dev jsmn-devel jsmn '' https://github.com/zserge/jsmn
        ;;
    webp/demux.h) package libwebp-dev libwebp-devel libwebp-dev libwebp "libwebp; make WEBP=0 does without" ;;
    cmocka.h) package libcmocka-dev libcmocka-devel cmocka-dev cmocka https://cmocka.org ;;
    *) package "$given" '' '' '' '' ;;
    esac
    [ "$system" = debian ] && [ -n "$given" ] && package=$given
    thing=${thing%%|*}
}

preprocess() {
    # The unquoted words are lists on purpose.
    # shellcheck disable=SC2086
    $cc ${CPPFLAGS:-} ${CFLAGS:-} -E - >/dev/null 2>&1
}

have() {
    case $1 in
    header:*)
        names=${1#header:}
        names=${names%%:*}
        {
            echo '#if !(0'
            echo "$names" | tr '|' '\n' | sed 's/.*/|| __has_include(<&>)/'
            echo ')'
        } | tr '\n' ' ' | sed 's/$/\n#error missing\n#endif\n/' | preprocess
        ;;
    command:*)
        name=${1#command:}
        command -v "${name%%:*}" >/dev/null 2>&1
        ;;
    file:*)
        name=${1#file:}
        [ -e "${name%%:*}" ]
        ;;
    machine)
        printf '#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8\n#error\n#endif\n' | preprocess
        ;;
    *)
        echo "deps.sh: unknown item '$1'" >&2
        exit 2
        ;;
    esac
}

# Sets $missing, a list of items, and $packages, of this system.
find_missing() {
    missing= packages=
    for item in "$@"; do
        have "$item" && continue
        if [ "$item" = machine ]; then
            echo "bonafide is for little-endian machines of 64 bits, which these flags of $cc do not build for" >&2
            exit 1
        fi
        missing="$missing $item"
        describe "$item"
        case " $packages " in *" $package "*) ;; *) packages="$packages${package:+ $package}" ;; esac
    done
    missing=${missing# } packages=${packages# }
}

as_root='sudo '
[ "$(id -u)" = 0 ] && as_root=

# install_with PACKAGE...: the command of this system, in one line; nothing where it is not known.
install_with() {
    case $system in
    debian) echo "${as_root}apt-get update && ${as_root}apt-get install --no-install-recommends $*" ;;
    fedora) echo "${as_root}dnf install $*" ;;
    alpine) echo "${as_root}apk add $*" ;;
    arch) echo "${as_root}pacman -S $*" ;;
    esac
}

if ! command -v "${cc%% *}" >/dev/null 2>&1; then
    echo "There is no C compiler '$cc' here. $(install_with gcc make)" >&2
    exit 1
fi
find_missing "$@"
[ -z "$missing" ] && exit 0

advice() {
    echo "Missing here:" >&2
    headers=no
    for item in $missing; do
        describe "$item"
        case $item in header:*) headers=yes ;; esac
        [ -z "$package" ] || origin="$package${origin:+, }$origin"
        printf '    %-24s %s\n' "$thing" "$origin" >&2
    done
    command=
    # shellcheck disable=SC2086
    [ -z "$packages" ] || command=$(install_with $packages)
    [ -z "$command" ] || printf 'Install with\n    %s\nand run the same command again.%s\n' "$command" "${1:-}" >&2
    [ $headers = no ] || echo "Files elsewhere: make CPPFLAGS=-I/where/they/are. An archive of \"make sdist\" has stb's and jsmn's inside." >&2
    exit 1
}

[ "$mode" = check ] && { [ "$system" = debian ] && advice " ('make deps' does the same.)"; advice; }
[ "$system" = debian ] || advice

# Without a terminal sudo must not stop to ask for a password.
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || advice
    sudo=sudo
    [ -t 0 ] || sudo='sudo -n'
    $sudo true 2>/dev/null || advice
fi

echo "Installing from Debian: $packages"
log=$(mktemp "${TMPDIR:-/tmp}/bonafide-apt.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
apt() {
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}
# A machine that never ran `apt-get update` has no package lists, and old lists name versions that are gone.
# shellcheck disable=SC2086
if ! apt install -y --no-install-recommends $packages; then
    echo "  (refreshing the package lists first)"
    if ! { apt update && apt install -y --no-install-recommends $packages; }; then
        tail -n 15 "$log" >&2
        advice
    fi
fi
wanted=$packages
find_missing "$@"
[ -z "$missing" ] && exit 0
echo "apt-get installed $wanted, yet something is still not found:" >&2
advice
