# The interface that callers are compiled against changes with tests/abi/interface.txt, or not at all.

# (The public headers are listed in layers.sh.) A machine with other sizes of pointers has other figures.
interface_differs() {
    # shellcheck disable=SC2086
    CC=${CC:-cc} sh tests/abi/list.sh $public_headers >"$scratch/interface" || echo "tests/abi/list.sh fails"
    diff tests/abi/interface.txt "$scratch/interface" | grep '^[<>]' | sed -e 's/^</was: /' -e 's/^>/is:  /'
}

exported_unversioned() { # every symbol of the shared library stands in the one version node
    for library in "$build"/libbonafide.so.*.*.*; do
        [ -f "$library" ] || continue
        nm -D --defined-only "$library" | awk '{ print $NF }' | grep -v '@@BONAFIDE_0\.1$' | grep -v '^BONAFIDE_0\.1' |
            sed 's/$/: exported without a version/'
    done
}

case $(echo __SIZEOF_POINTER__ | ${CC:-cc} -E -P -) in
*8*) rule 'abi: the interface is that of tests/abi/interface.txt (a change that is meant: make abi)' interface_differs ;;
*) skip 'abi: pointers of other than 8 bytes' ;;
esac
if command -v nm >/dev/null 2>&1; then
    rule 'abi: what the shared library exports has a version' exported_unversioned
else
    skip 'abi: versions of symbols (no nm here)'
fi
