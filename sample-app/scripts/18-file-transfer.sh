#!/usr/bin/env bash
# 10 GiB by Connection.transferFrom from a sparse file, with a heap of 64 MiB: what arrives is the file (CRC-32C of both), in order with
# what was written before and behind it, and the server's memory does not grow with the file.
#
#   sample-app/scripts/18-file-transfer.sh [--mode=direct|workers] [--keep]
#
# The file has random bytes at its beginning and its end, around 2 GiB and 4 GiB, where 32 bits end, and at odd places between; the rest are
# holes. It takes a few MiB of the disk, under TMPDIR.
. "$(dirname "$0")/lib.sh"
options "$@"
build FileServer.java FileReceiver.java
JVM=(-Xmx64m)
GIB=$((1 << 30))
SIZE=$((10 * GIB))
FILE=$WORK/file

# mark OFFSET BYTES: random bytes there.
mark() {
    dd if=/dev/urandom of="$FILE" bs="$2" count=1 iflag=fullblock oflag=seek_bytes seek="$1" conv=notrunc status=none
}

truncate -s $SIZE "$FILE"
mark 0 100000
mark $((GIB + 12345)) 54321
mark $((2 * GIB - 70000)) 140000
mark $((4 * GIB - 70000)) 140000
mark $((7 * GIB + 1)) 1048577
mark $((SIZE - 3)) 3
say "$(du -k "$FILE" | cut -f1) KiB on the disk for $((SIZE / GIB)) GiB"

for mode in $MODES; do
    echo "$mode"
    start "server-$mode" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$WORK/classes" FileServer "$FILE" "$mode"
    started "server-$mode" 60
    SERVER_LOG=$WORK/server-$mode
    client 300 FileReceiver "$HOST" "$PORT" "$FILE"
    say "$(value seconds) s, $(value mibPerSecond) MiB/s"
    equal "bytes announced and received" "$(value received)" $SIZE
    equal "their CRC-32C" "$(value receivedCrc)" "$(value fileCrc)"
    equal "what came behind them" "$(value tail)" end
    await_line "server-$mode" '^sent' 10
    at_most "highest resident memory of the server" "$(($(rss_peak) / 1024))" 160 MiB
    equal "errors in the log" "$(log_lines 'WARNING|SEVERE|ERROR|^failed')" 0
    end "$SERVER"
done
passed
