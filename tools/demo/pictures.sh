#!/bin/sh
# The picture of the README: the top of the page that `make demo` writes, in Chromium. For developers, after make demo.
#
#   sh tools/demo/pictures.sh          wants chromium, and python3 with PIL to make a JPEG of it
set -eu

cd "$(dirname "$0")/../.."
page=build/demo/report/index.html
[ -f "$page" ] || {
    echo "there is no $page: run make demo" >&2
    exit 1
}
shot=build/demo/page.png
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb --window-size=1100,580 \
    --screenshot="$shot" "file://$(pwd)/$page" >/dev/null 2>&1
python3 -c 'import sys
from PIL import Image
Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2], quality=80, optimize=True)' "$shot" tools/demo/pictures/report.jpg
ls -l tools/demo/pictures
