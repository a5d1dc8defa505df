# Helpers of the audit tests:  . "$LIB"; . "${LIB%lib.sh}audit/audit_lib.sh"

make_run()
{
    mkdir -p "$SHARED/audit" &&
        $BONAFIDE weights synth 1 "$SHARED/w.iv3" --dtype float16 --quiet >/dev/null &&
        ln -s "$SHARED/w.iv3" "$SHARED/audit/w.iv3" &&
        cd "$SHARED/audit" && images real 1 3 && images gen 4 6 &&
        $BONAFIDE eval real gen --weights w.iv3 --preset tf1 --splits 2 -k 1 --threads 5 --batch 8 \
            --manifest run.json --quiet >/dev/null
}

# A recorded run of three against three pictures with weights from a file: copies of all of it in this folder.
need_run()
{
    once run make_run
    cp -r "$SHARED/audit/." .
}

# gives STATUS PATTERN COMMAND...: the command ends with STATUS and says one line on standard error that matches.
gives()
{
    expected=$1 pattern=$2
    shift 2
    "$@" >out.txt 2>err.txt
    found=$?
    [ "$found" = "$expected" ] || die "$*: exit status $found, expected $expected: $(cat err.txt)"
    [ "$(wc -l <err.txt)" -eq 1 ] || die "$*: more than a line: $(cat err.txt)"
    # shellcheck disable=SC2254
    case $(cat err.txt) in
    $pattern) ;;
    *) die "$*: expected '$pattern', found '$(cat err.txt)'" ;;
    esac
}

# edited FROM TO: run.json with the first line that has FROM (a sed pattern) changed, as bad.json with its leaves.
edited()
{
    awk -v from="$1" -v to="$2" '!done && $0 ~ from { sub(from, to); done = 1 } { print } END { exit !done }' run.json \
        >bad.json || die "'$1' is not in run.json"
    cp run.json.leaves bad.json.leaves
}
