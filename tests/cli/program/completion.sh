# Completion scripts parse in the shells that are here, and bash completes words, values and files by one.
. "$LIB"
for shell in bash zsh fish; do
    $BONAFIDE completion $shell >script.$shell || die "completion $shell failed"
    if command -v $shell >/dev/null 2>&1; then
        $shell -n script.$shell || die "$shell does not parse its script"
    fi
done
command -v bash >/dev/null 2>&1 || exit 0
mkdir samples
: >sample.npy
cat >try.bash <<'EOF'
. ./script.bash
compopt() { :; }
try() { # WORD... EXPECTED: the last word but one is the one to complete
    local expected=${!#}
    COMP_WORDS=("${@:1:$#-1}")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _bonafide bonafide "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    local sorted
    sorted=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')
    [ "${sorted% }" = "$expected" ] || echo "${COMP_WORDS[*]}: '$expected' expected, '${sorted% }' found"
}
try bonafide fi fid
try bonafide weights i info
try bonafide weights info --v --variant
try bonafide fid --preset stu 'studiogan-clean studiogan-friendly studiogan-legacy'
try bonafide fid a b --preset = py pytorch-fid
try bonafide eval --kid '--kid-kernel --kid-sigma --kid-size --kid-subsets'
try bonafide features sam 'sample.npy samples'
try bonafide fid a --cache sam samples
try bonafide fid --threads '' ''
try bonafide completion z zsh
try bonafide weights get dinov2-vits 'dinov2-vits14 dinov2-vits14-reg4'
try bonafide help selft selftest
EOF
bash try.bash >said 2>&1 || die "try.bash failed"
[ ! -s said ] || die "$(cat said)"
