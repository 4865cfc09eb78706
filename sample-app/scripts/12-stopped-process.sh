#!/usr/bin/env bash
# The server's process is stopped (SIGSTOP) for 30 s, three times as long as its idle and stall time-outs, while peers send to it or read
# what it owed them. When it goes on, none of those is taken for idle or stalled; those that really were silent are timed out.
#
#   sample-app/scripts/12-stopped-process.sh [--mode=direct|workers] [--keep]
#
# The peers are described in clients/Frozen.java.
. "$(dirname "$0")/lib.sh"
options "$@"
need_files 4000
build CountingServer.java Frozen.java

for mode in $MODES; do
    echo "$mode"
    start_counting "$mode" --idle-timeout=10 --stall-timeout=10
    mkfifo "$WORK/orders-$mode"
    exec 8<> "$WORK/orders-$mode"
    INPUT=$WORK/orders-$mode client_start "frozen-$mode" 120 Frozen "$HOST" "$PORT"
    frozen=$PID
    await_line "frozen-$mode" ready 30
    kill -STOP "$SERVER"
    sleep 15
    echo speak >&8
    await_line "frozen-$mode" spoken 30
    sleep 15
    kill -CONT "$SERVER"
    echo look >&8
    client_end "frozen-$mode" "$frozen"
    ask
    say "$STATS"
    equal "peers whose data waited, and which were answered" "$(value answered)" "$(value speakers)"
    equal "peers that read during the stop, and got the rest" "$(value whole)" "$(value readers)"
    equal "silent peers that were timed out" "$(value ended)" "$(value silent)"
    exec 8>&-
    stop_server
done
passed
