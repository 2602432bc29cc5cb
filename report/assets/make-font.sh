#!/bin/sh
# Makes DejaVuSans-subset.ttf from the font of Debian's package fonts-dejavu-core, by pyftsubset (fontTools.subset) of
# Debian's package python3-fonttools. Run it in this folder.
set -eu
python3 -m fontTools.subset /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf \
  --output-file=DejaVuSans-subset.ttf \
  --unicodes=U+0020-007E,U+00A0-00FF,U+0152-0153,U+0160-0161,U+0178,U+017D-017E,U+0391-03A9,U+03B1-03C9,U+2010-2015,U+2018-201A,U+201C-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2080-2089,U+209B,U+20AC,U+2190-2193,U+2212,U+221A,U+221E,U+2248,U+2260,U+2264-2265,U+25B2,U+25CF,U+FFFD \
  --layout-features=kern --no-hinting --desubroutinize --notdef-outline --name-IDs=0,1,2,3,4,5,6,13,14
