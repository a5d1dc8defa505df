# A run on the best table, with 5 threads and 8 images per call, is the same on the others with 1 and 1. Plain C without
# fused multiply-add takes a minute: make nightly has it, and AArch64.
. "$LIB"
. "${LIB%lib.sh}audit/audit_lib.sh"
need_run
best=$($BONAFIDE cpu --json | sed -n 's/^ *"isa": "\(.*\)".*/\1/p')
[ -n "$best" ] || die "cpu names no table"
grep -q '"isa": "'"$best"'"' run.json || die "the run was not on $best"
grep -q '"threads": 5' run.json && grep -q '"batch": 8' run.json || die "not 5 threads and 8 images per call"
others=$($BONAFIDE cpu --json | sed -n 's/^ *"cpu_features": "\(.*\)".*/\1/p')
for isa in $others; do
    [ "$isa" != "$best" ] || continue
    $BONAFIDE audit run.json --isa "$isa" --threads 1 --batch 1 >said.txt || die "$isa: not identical"
    case $(cat said.txt) in
    *identical*"($best then, $isa now)"*) ;;
    *) die "expected '$best then, $isa now', found '$(cat said.txt)'" ;;
    esac
done
