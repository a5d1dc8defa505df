#!/bin/sh
# The pictures of the README: the tops of the pages that `make demo` and tools/demo/compare.sh write, in Chromium. For
# developers, after both.
#
#   sh tools/demo/pictures.sh          wants chromium, and python3 with PIL to make JPEGs of them
set -eu

cd "$(dirname "$0")/../.."

# picture PAGE HEIGHT NAME: of the page's top.
picture()
{
    [ -f "$1" ] || {
        echo "there is no $1: run make demo, then sh tools/demo/compare.sh BIN_DIRECTORY" >&2
        exit 1
    }
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb --window-size="1100,$2" \
        --screenshot=build/demo/page.png "file://$(pwd)/$1" >/dev/null 2>&1
    python3 -c 'import sys
from PIL import Image
Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2], quality=80, optimize=True)' \
        build/demo/page.png "tools/demo/pictures/$3.jpg"
}

picture build/demo/report/index.html 580 report
picture build/demo/compared/page/index.html 725 compare
ls -l tools/demo/pictures
