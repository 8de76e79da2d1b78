#!/bin/sh
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# sh tests/look/pages.sh FOLDER [TEMPLATE]   pictures of the visitors' pages, for people to look at
# Writes every page as HTML, and of some a picture: phone (320 and 390 px wide), desktop, dark, print.
# Needs chromium. LOOK="en-03 de-05": others than those chosen here.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
folder=${1:?usage: sh tests/look/pages.sh FOLDER [TEMPLATE]}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

command -v chromium >/dev/null || { echo "pages.sh: chromium is missing" >&2; exit 1; }
make -s -f Makefile.apxs BUILD="$BUILD" "$BUILD/look/render"
"$BUILD/look/render" "$folder" ${2:+"$2"}

look() { # look PAGE SUFFIX WIDTH,HEIGHT [ARGUMENT]...
    page=$1 suffix=$2 size=$3
    shift 3
    # A window is never narrower than 500 px, so the page stands in a frame of the width.
    printf '<!DOCTYPE html><style>body{margin:0}iframe{border:0;display:block}</style><iframe width="%s" height="%s" src="%s.html">' \
        "${size%,*}" "${size#*,}" "$page" >"$folder/frame.html"
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$folder/profile" \
        --window-size="$size" --screenshot="$folder/$page-$suffix.png" "$@" "file://$folder/frame.html" 2>/dev/null
}

for page in ${LOOK:-en-01 en-03 en-05 en-09 de-02 de-05 fr-10 pl-04}; do
    look "$page" 320 320,1100
    look "$page" 390 390,1000
    look "$page" desktop 1100,900
    look "$page" dark 1100,900 --force-dark-mode --blink-settings=preferredColorScheme=0
    chromium --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --no-pdf-header-footer \
        --print-to-pdf="$folder/$page.pdf" "file://$folder/$page.html" 2>/dev/null
done
rm -rf "$folder/profile" "$folder/frame.html"
ls "$folder"/*.png
