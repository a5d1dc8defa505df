# Shared by the rule scripts of this folder, which run.sh sources: a rule is a function that prints what breaks it.

n_passed=0
n_failed=0

# rule 'what must hold' FUNCTION [ARG...]: passes when the function prints nothing.
rule() {
    rule_name=$1
    shift
    offenders=$("$@" 2>&1)
    if [ -z "$offenders" ]; then
        n_passed=$((n_passed + 1))
        echo "ok    $rule_name"
    else
        n_failed=$((n_failed + 1))
        echo "FAIL  $rule_name"
        printf '%s\n' "$offenders" | head -n 20 | sed 's/^/          /'
    fi
}

skip() {
    echo "skip  $1"
}

# C sources and headers of the directories named (all when none is), one path a line.
c_files() {
    [ $# -gt 0 ] || set -- engine metrics weights tools tests bench
    for dir in "$@"; do
        [ -d "$dir" ] && find "$dir" -type f \( -name '*.c' -o -name '*.h' \)
    done | sort
}

# Every text file that is part of the project. Outside a git checkout: everything but build outputs.
text_files() {
    {
        git ls-files --cached --others --exclude-standard 2>/dev/null ||
            find . -type f ! -path './build/*' ! -path './.git/*' | sed 's|^\./||'
    } | sort -u | while IFS= read -r file; do
        [ -s "$file" ] && grep -qI . "$file" && printf '%s\n' "$file"
    done
}
