#!/bin/sh
# The judge on real pixels: photographs spoilt in five ways by more and less, simulated raters who mind, and how well
# statistics of activations predict what they say of a way of spoiling that training did not see.
#
#   sh bench/judge_photos.sh BIN_DIRECTORY PHOTOS REFERENCE WEIGHTS [N [SEED]]
#
# PHOTOS and REFERENCE are sets of different photographs (folders, archives) of one kind; 6 N of PHOTOS are used (N 160).
# NETWORK (if set) is the network of WEIGHTS; NETWORK=A,B with WEIGHTS=FILE,FILE or synth:1 compares several of them.
# Prints tables; keeps nothing but what CACHE (a folder, if set) keeps.
set -u

if [ $# -lt 4 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
bin=$(cd "$1" && pwd) || exit 1
photos=$2 reference=$3 weights=$4 n=${5:-160} seed=${6:-1} network=${NETWORK:-inception-v3-fid}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-judge.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cache=${CACHE:-$work/cache}

"$bin/mkphotos" rated "$work/set" "$n" "$seed" "$photos" || exit
evaluate() { # OPTION...
    "$bin/bonafide" judge eval "$work/set/real" "$work/set/blur" "$work/set/jpeg" "$work/set/colour" "$work/set/shuffle" \
        "$work/set/noise" --ref "$reference" --labels "$work/set/labels.csv" ${NETWORK:+--network "$NETWORK"} \
        --weights "$weights" --cache "$cache" --quiet "$@"
}

# The layers before the last one are those of Inception-v3.
case $network in
*,*) of='' several=yes ;;
inception-*) of='768 192 64' several='' ;;
*) of='' several='' ;;
esac

echo "== one way of spoiling left out at a time, ten statistics, logistic regression"
evaluate -o "$work/report" || exit
echo
echo "== accuracy on single labels, Spearman within folds, by what is regressed and how"
table() { # OPTIONS...
    for options; do
        # shellcheck disable=SC2086
        evaluate $options >"$work/text" || exit
        awk -v what="$options" -v several="$several" '
            $1 == "network" { name = $2; sub(/,$/, "", name) }
            $1 == "accuracy" { a = $2 " " $3 " " $4 " " $5 } $1 == "Spearman" { s = $2 " " $3 " " $4 " " $5 }
            $1 == "verdict" { v = $0; sub(/^ *verdict */, "", v); sub(/:.*/, "", v) }
            $1 == "Spearman" && several { line[++n] = sprintf("  %-38s %s   %s   %s", name, a, s, v) }
            $1 == "best" && $2 == "network" { b = $0; sub(/^ *best network */, "", b) }
            END {
                if (!several) { printf "%-40s %s   %s   %s\n", what, a, s, v; exit }
                printf "%s: %s\n", what, b
                for (i = 1; i <= n; i++) print line[i]
            }' "$work/text"
    done
}
table "--cv logo" "--cv logo --model ridge" "--cv logo --model krr" "--cv logo --lambda auto" "--cv logo --pca 64" \
    "--cv logo --blocks stats,gmm,cosmu,kmmd" "--cv logo --blocks raw" "--cv logo --blocks stats,raw"
for tap in $of; do
    table "--cv logo --tap $tap"
done
table "--cv kfold:5" "--cv kfold:5 --blocks raw" "--cv kfold:5 --blocks stats,raw"
