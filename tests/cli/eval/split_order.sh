# Rows that are not shuffled and lie in order of class: a warning, with the score of shuffled rows beside it.
. "$LIB"
# logits FILE STEP: 600 rows of 10 logits, 6 at the row's class and about 0 elsewhere; the class of row i is i / 60 for
# STEP 0, else i x STEP.
logits()
{
    printf '\223NUMPY\001\000v\000' >"$1"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (600, 10), }" >>"$1"
    awk -v step="$2" 'BEGIN {
        x = 5
        for (i = 0; i < 600; i++) {
            class = step == 0 ? int(i / 60) : (i * step) % 10
            for (k = 0; k < 10; k++) {
                x = (x * 16807) % 2147483647
                printf "%c%c%c%c", 1 + x % 120, 1 + int(x / 1000) % 120, k == class ? 64 : 1, k == class ? 64 : 62
            }
        }
    }' >>"$1"
}
logits sorted.npy 0
logits mixed.npy 7
score()
{
    $BONAFIDE is "$@" --json=out.json >out.txt 2>err.txt || die "$*: $(cat err.txt)"
    grep order err.txt
    grep '"inception_score_[^e]*mean"' out.json | sed 's/\([0-9]\.[0-9]\)[0-9]*/\1/'
}
score sorted.npy --no-shuffle
score sorted.npy
score mixed.npy --no-shuffle
score sorted.npy --no-shuffle --splits 1
score sorted.npy --preset adm
