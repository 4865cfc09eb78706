#!/usr/bin/env bash
# DIRECT echo over 50 connections allocates nothing per message. Two witnesses. The garbage collector: with a young generation of 8 MiB
# two million messages do not fill it once, while one object of the smallest size for each message would do so four times. And the
# JVM's count of what the reactor thread has allocated: next to 0 bytes per message (a timer now and then is allowed).
#
#   sample-app/scripts/04-allocation.sh [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
build Pump.java
MESSAGES=2000000

# Bytes that the reactor has allocated so far; a K in the JVM's figure is 1024.
allocated() {
    "${BIN}jcmd" "$SERVER" Thread.print -e=true | awk '/^"echo-reactor-0"/ && match($0, /allocated=[0-9]+[BKM]/) {
        figure = substr($0, RSTART + 10, RLENGTH - 10)
        print (figure + 0) * (figure ~ /M/ ? 1048576 : figure ~ /K/ ? 1024 : 1)
    }'
}

collections() {
    grep -acE 'Pause (Young|Full).*->' "$WORK/gc.log" || true
}

JVM=(-XX:+UseSerialGC -Xms64m -Xmx64m -Xmn8m "-Xlog:gc*:file=$WORK/gc.log")
start_echo direct
mkfifo "$WORK/orders"
exec 8<> "$WORK/orders"
INPUT=$WORK/orders client_start pump 400 Pump "$HOST" "$PORT" 50 128
await_line pump ready 30
echo 500000 >&8
await_line pump done=500000 120
say "warm after $(grep -a done=500000 "$WORK/pump.out")"
collect_garbage

bytes=$(allocated) gcs=$(collections) heap=$(heap_used)
echo $MESSAGES >&8
await_line pump done=$MESSAGES 270
say "$(grep -a done=$MESSAGES "$WORK/pump.out")"
bytes=$(($(allocated) - bytes)) gcs=$(($(collections) - gcs)) heap=$(($(heap_used) - heap))
echo "direct, 50 connections"
equal "collections during $MESSAGES messages" "$gcs" 0
at_most "bytes that the reactor allocated per message" "$(calc "$bytes / $MESSAGES" 4)" 0.08
say "the reactor $bytes bytes in all; the heap grew by $heap KiB, what the JVM and this script allocate included"
exec 8>&-
stop_server
passed
