#!/usr/bin/env bash
# 1 GiB through an echo server with a heap of 64 MiB, from a client that begins to read 2 s after it began to write: what comes back
# is what was sent, byte for byte (count and CRC-32C), and the server's memory does not grow with the stream.
#
#   sample-app/scripts/01-slow-reader.sh [--mode=direct|workers] [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
build SlowReader.java
JVM=(-Xmx64m)

for mode in $MODES; do
    echo "$mode"
    start_echo "$mode"
    client 240 SlowReader "$HOST" "$PORT" $((1 << 30)) 2000
    say "$(value seconds) s, $(value mibPerSecond) MiB/s"
    equal "bytes echoed" "$(value received)" $((1 << 30))
    equal "their CRC-32C" "$(value receivedCrc)" "$(value sentCrc)"
    at_most "highest resident memory of the server" "$(($(rss_peak) / 1024))" 160 MiB
    equal "errors in the log" "$(log_lines 'WARNING|SEVERE|ERROR')" 0
    stop_server
done
passed
