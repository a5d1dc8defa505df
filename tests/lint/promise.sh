# What a version promises (tools/package/PROMISE.md) changes with the version, or not at all.

# (The public headers are listed in layers.sh.) A machine with other sizes of pointers has other figures.
promise_broken() {
    CC=${CC:-cc} PUBLIC=$public_headers sh tests/promise/check.sh "$build/bin/bonafide" 2>&1
}

exported_unversioned() { # every symbol of the shared library stands in the one version node
    for library in "$build"/libbonafide.so.*.*.*; do
        [ -f "$library" ] || continue
        nm -D --defined-only "$library" | awk '{ print $NF }' | grep -v '@@BONAFIDE_0\.1$' | grep -v '^BONAFIDE_0\.1' |
            sed 's/$/: exported without a version/'
    done
}

case $(echo __SIZEOF_POINTER__ | ${CC:-cc} -E -P -) in
*8*) rule 'promise: what differs from the last release is said by the version' promise_broken ;;
*) skip 'promise: pointers of other than 8 bytes' ;;
esac
if command -v nm >/dev/null 2>&1; then
    rule 'promise: what the shared library exports has a version' exported_unversioned
else
    skip 'promise: versions of symbols (no nm here)'
fi
