#!/bin/sh
# A day's work in miniature: very many small images through whole commands, with a network of a few thousand weights in
# the place of the real one (tests/faults), so that everything beside it is what runs. Memory, descriptors and the time
# of an image are looked at twice a second; in the last tenth of a run they must be what they were in the first.
#
#   sh tests/long_run.sh BUILD [IMAGES]     default 100000; BUILD has bin/mkphotos and tests/small_bonafide
#
# Time is processor time, of the program and its sandboxes, so that a busy machine does no harm. Wants Linux's /proc
# and script (of util-linux: the count of images is read off the progress line, which only a terminal gets).
# shellcheck disable=SC2086
set -u
LC_ALL=C
export LC_ALL
build=$(cd "$1" && pwd) || exit 2
images=${2:-100000}
work=$(mktemp -d "${TMPDIR:-/tmp}/bonafide-long.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
unset BONAFIDE_WEIGHTS BONAFIDE_CACHE
TERM=vt100
export TERM
hertz=$(getconf CLK_TCK)

# kb WHAT PID: a line of the status of a process, in KB.
kb() {
    sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$2/status" 2>/dev/null
}

# Prints a line: images done, KB the program has in memory, and its children, descriptors, KB it has asked for, processor
# time in ticks.
sample() { # PID
    children=$(cat "/proc/$1"/task/*/children 2>/dev/null)
    own=$(kb VmRSS "$1")
    asked=$(kb VmData "$1")
    [ -n "$own" ] && [ -n "$asked" ] || return
    others=0
    ticks=$(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' "/proc/$1/stat")
    for child in $children; do
        held=$(kb VmRSS "$child")
        t=$(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$child/stat" 2>/dev/null)
        others=$((others + ${held:-0}))
        ticks=$((ticks + ${t:-0}))
    done
    set -- "/proc/$1/fd"/*
    images_done=$(tail -c 400 typescript | tr '\r' '\n' | sed -n "s|.*\] \([0-9]*\)/$images .*|\1|p" | tail -n 1)
    [ -z "$images_done" ] || echo "$images_done $own $others $# $asked $ticks"
}

# The largest of each tenth, and the processor time of an image in it.
judge() { # NAME
    awk -v name="$1" -v n="$images" -v hertz="$hertz" -v room=$((256 + images * record / 1024)) '
        function at(share,    i) { # ticks when so many were done, between two samples
            for (i = 2; i <= NR; i++)
                if (done[i] >= share * n)
                    break
            if (i > NR || done[i] == done[i - 1])
                i = NR
            return ticks[i - 1] + (ticks[i] - ticks[i - 1]) * (share * n - done[i - 1]) / (done[i] - done[i - 1])
        }
        {
            done[NR] = $1
            ticks[NR] = $6
            tenth = $1 <= n / 10 ? 1 : $1 >= n * 9 / 10 && $1 < n ? 2 : 0 # (when all are done, files are written)
            seen[tenth]++
            for (k = 2; k <= 5; k++)
                if ($k > most[tenth, k])
                    most[tenth, k] = $k
        }
        END {
            if (NR < 20 || !seen[1] || !seen[2]) {
                print name ": only " NR " looks at it, too few; more images?"
                exit 1
            }
            first = (at(0.1) - at(0.02)) / 8
            last = (at(0.98) - at(0.9)) / 8
            print name ": " NR " looks"
            for (k = 1; k <= 2; k++)
                printf "    %s tenth: %d KB asked for, %d KB in memory, %d KB in sandboxes, %d descriptors, " \
                    "%.3f ms an image\n", k == 1 ? "first" : "last ", most[k, 5], most[k, 2], most[k, 3], most[k, 4],
                    1e5 * (k == 1 ? first : last) / hertz / n
            bad = most[2, 4] > most[1, 4] + 2 || last > 1.5 * first || most[2, 5] > most[1, 5] + room ||
                most[2, 3] > most[1, 3] + 256
            if (bad)
                print name ": FAILED: the last tenth takes more than the first"
            exit bad
        }' samples
}

watch() { # NAME ARGUMENT...
    name=$1
    shift
    rm -f pid status typescript
    script -q -f -c "sh -c 'echo \$\$ >pid; exec \"$build/tests/small_bonafide\" $*'; echo \$? >status" typescript \
        >/dev/null </dev/null &
    runs=$!
    : >samples
    while kill -0 $runs 2>/dev/null; do
        [ ! -s pid ] || sample "$(cat pid)" >>samples
        sleep "$every"
    done
    wait $runs
    if [ "$(cat status)" != 0 ]; then
        echo "$name: exit code $(cat status)"
        tr '\r' '\n' <typescript | tail -n 5
        return 1
    fi
    judge "$name"
}

echo "$images images of 8 x 8 pixels"
"$build/bin/mkphotos" paint set "$images" 8 5 || exit 1
failed=0
record=0 # bytes that are kept of an image
every=0.5
net='--weights synth:1 --threads 2'
watch 'features, new' features set $net --cache cache -o new.npy || failed=1
watch 'statistics, no sandbox' stats set $net --batch 8 --sandbox off -o stats.npz || failed=1
# From the cache an image takes microseconds: twelve times as many of them, so that there is something to look at.
often=12
find set -type f | sort >once.txt
for i in $(seq $often); do
    sed 's|^|./|' once.txt
done >list.txt
images=$((often * images))
every=0.1
watch 'features, from the cache' features @list.txt $net --cache cache -o again.npy || failed=1
record=512
watch 'features, with a manifest' features @list.txt $net --cache cache -o told.npy --manifest run.json || failed=1
# The rows of the first time through are those of the set, whose order is that of the list.
row_bytes=$(($(tail -c +129 new.npy | wc -c)))
for again in again.npy told.npy; do
    tail -c +129 "$again" | head -c "$row_bytes" >first.rows
    tail -c +129 new.npy | cmp - first.rows || failed=1
done
cmp again.npy told.npy || failed=1
exit $failed
