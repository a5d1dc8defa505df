#!/bin/sh
# Makes sure that a list of headers and commands is there, installing the Debian packages of those that are not.
#
#   sh tools/package/deps.sh [--check] ITEM...
#
# ITEM is  header:jsmn.h:libjsmn-dev  or  command:npm:npm  or  file:/a/path:package
#
# Says what it will install before it does, and does nothing when all is there. --check only looks. Where it may not
# install (no root, no sudo, no apt-get) it prints the exact command and stops with 1. CC and CPPFLAGS are honoured.
set -u

mode=install
[ "${1:-}" = --check ] && { mode=check; shift; }

have() {
    case $1 in
    header:*)
        name=${1#header:}
        # The unquoted CPPFLAGS is a list of words on purpose. stddef.h comes first: cmocka.h expects the caller to
        # have included what it needs, and "is there" is all we ask.
        # shellcheck disable=SC2086
        printf '#if !__has_include(<%s>)\n#error missing\n#endif\n' "${name%%:*}" |
            ${CC:-gcc} ${CPPFLAGS:-} -E - >/dev/null 2>&1
        ;;
    command:*)
        name=${1#command:}
        command -v "${name%%:*}" >/dev/null 2>&1
        ;;
    file:*)
        name=${1#file:}
        [ -e "${name%%:*}" ]
        ;;
    *)
        echo "deps.sh: unknown item '$1'" >&2
        exit 2
        ;;
    esac
}

find_missing() {
    missing=
    for item in "$@"; do
        have "$item" || missing="$missing ${item##*:}"
    done
    missing=${missing# }
}

if ! command -v "${CC:-gcc}" >/dev/null 2>&1; then
    echo "There is no C compiler '${CC:-gcc}' here. On Debian: apt-get install gcc make" >&2
    exit 1
fi
find_missing "$@"
[ -z "$missing" ] && exit 0

advice() {
    echo "Missing here: $missing. Install with" >&2
    echo "    ${sudo_shown}apt-get update && ${sudo_shown}apt-get install --no-install-recommends $missing" >&2
    echo "and run the same command again.${1:-}" >&2
    exit 1
}

sudo_shown='sudo '
[ "$(id -u)" = 0 ] && sudo_shown=
[ "$mode" = check ] && advice " ('make deps' does the same.)"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is not a Debian-like system: put the headers of $missing on the include path" >&2
    echo "(make CPPFLAGS=-I/where/they/are), or on Debian:" >&2
    advice
fi

# Without a terminal sudo must not stop to ask for a password.
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || advice
    sudo=sudo
    [ -t 0 ] || sudo='sudo -n'
    $sudo true 2>/dev/null || advice
fi

echo "Installing from Debian: $missing"
log=$(mktemp "${TMPDIR:-/tmp}/bonafide-apt.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
apt() {
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}
# A machine that never ran `apt-get update` has no package lists, and old lists name versions that are gone.
# shellcheck disable=SC2086
if ! apt install -y --no-install-recommends $missing; then
    echo "  (refreshing the package lists first)"
    if ! { apt update && apt install -y --no-install-recommends $missing; }; then
        tail -n 15 "$log" >&2
        advice
    fi
fi
wanted=$missing
find_missing "$@"
[ -z "$missing" ] && exit 0
echo "apt-get installed $wanted, yet something is still not found:" >&2
advice
