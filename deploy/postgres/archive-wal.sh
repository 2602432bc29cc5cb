#!/bin/sh
# Puts a segment of PostgreSQL's write-ahead log into an archive; docs/OPERATIONS.md says how the server calls it.
# It never writes over a file: the same segment again is done already, another of the same name is refused.
# $1 the segment, $2 its file in the archive
set -eu
if test -e "$2"; then
    exec cmp "$1" "$2"
fi
cp "$1" "$2.part"
sync "$2.part"
mv "$2.part" "$2"
sync "$(dirname "$2")"
