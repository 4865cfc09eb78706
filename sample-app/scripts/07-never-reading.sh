#!/usr/bin/env bash
# 200 peers that write as fast as they can and never read: the server holds at most what its caps allow, closes every one of them as
# STALLED, and goes on answering the others in under a second.
#
#   sample-app/scripts/07-never-reading.sh [--mode=direct|workers] [--keep]
#
# The cap of what one connection may owe its peer is set to 256 KiB and the stall time-out to 5 s; received and not yet delivered may
# be another 128 KiB. Resident memory at its highest may exceed the empty server's by 200 times both and 16 MiB.
. "$(dirname "$0")/lib.sh"
options "$@"
build CountingServer.java NeverRead.java Paced.java
JVM=(-Xmx256m -XX:+UseSerialGC)
PEERS=200
CAP=$((256 * 1024))
MAILBOX=$((128 * 1024))

for mode in $MODES; do
    echo "$mode"
    start_counting "$mode" --stall-timeout=5 --write-cap=$CAP
    client 30 Paced "$HOST" "$PORT" 20 20 5
    collect_garbage
    before=$(rss)
    client_start "paced-$mode" 60 Paced "$HOST" "$PORT" 50 1000 20
    others=$PID
    await_line "paced-$mode" ready 30
    client 60 NeverRead "$HOST" "$PORT" $PEERS 40
    say "$(value writtenMiB) MiB taken from $PEERS peers before they were reset"
    equal "peers that saw a reset" "$(value reset)" $PEERS
    client_end "paced-$mode" "$others"
    at_most "slowest answer to the others" "$(value max)" 1000 ms
    equal "others unanswered or gone" "$(($(value unanswered) + $(value gone)))" 0
    ask
    equal "connections closed as STALLED" "$(stat STALLED)" $PEERS
    limit=$(((PEERS * (CAP + MAILBOX)) / 1024 + 16 * 1024))
    at_most "growth of resident memory at its highest" "$(($(rss_peak) - before))" $limit KiB
    stop_server
done
passed
