#!/bin/sh
# What "make install" says at its end: what is left to do until there is a number, and where things are.
#
#   BINDIR=dir LIBDIR=dir PYTHONDIR=dir DOCDIR=dir sh tools/package/what_next.sh
set -u

as_root='sudo '
[ "$(id -u)" = 0 ] && as_root=

do_this() { # COMMAND WHY
    printf '    %-46s # %s\n' "$1" "$2"
}

echo
echo "bonafide is installed: $BINDIR/bonafide. Next:"
case ":$PATH:" in
*":$BINDIR:"*) ;;
*) do_this "export PATH=$BINDIR:\$PATH" "or call it by its full name" ;;
esac
# Folders that the loader reads by itself are those that ldconfig names; there it must be run once.
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig || true)
if [ -n "$ldconfig" ] && "$ldconfig" -v -N 2>/dev/null | grep -q "^$LIBDIR:"; then
    do_this "${as_root}ldconfig" "so that the loader finds libbonafide.so"
else
    do_this "export LD_LIBRARY_PATH=$LIBDIR" "or link with -Wl,-rpath,$LIBDIR; for C programs"
fi
do_this "bonafide weights get" "the published weights of FID, once"
do_this "bonafide fid REAL GENERATED" "two folders, archives or arrays"
do_this "export PYTHONPATH=$PYTHONDIR" "for \"import bonafide\""
echo "Documents and examples: $DOCDIR. C: pkg-config --cflags --libs gmet, or find_package(bonafide)."
