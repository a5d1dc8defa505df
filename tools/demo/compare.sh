#!/bin/sh
# The comparison in the README: crops of the demo's photographs in three sets, the third blurred into a fourth. After
# make demo.
#
#   sh tools/demo/compare.sh BIN_DIRECTORY
set -eu

bin=$(cd "${1:?usage: sh tools/demo/compare.sh BIN_DIRECTORY}" && pwd)
cd "$(dirname "$0")/../../build/demo" || exit 1
rm -rf compared
mkdir compared
"$bin/mkphotos" crops compared/all 600 96 photographs
cd compared
mkdir real one two
i=0
for picture in all/*; do
    i=$((i + 1))
    case $((i % 3)) in
    0) mv "$picture" real/ ;;
    1) mv "$picture" one/ ;;
    *) mv "$picture" two/ ;;
    esac
done
"$bin/mkphotos" degrade two worse
for set in one two worse; do
    "$bin/bonafide" eval real $set --weights ../nsfwjs.iv3 --metrics kid,pr --quiet --json=$set.json >/dev/null
done
"$bin/bonafide" compare one.json two.json worse.json --by kid --report page
