#!/usr/bin/env bash
# One peer that pipelines bursts of 100 000 requests, one after the other without a pause, beside 100 quiet clients: 99 of 100 answers
# to them take less than 50 ms.
#
#   sample-app/scripts/09-pipelining.sh [--mode=direct|workers] [--keep]
#
# Both speak a four-byte length prefix. The quiet ones send every 100 ms each; before, alone, so that what the machine itself does to
# them shows.
. "$(dirname "$0")/lib.sh"
options "$@"
build Pipeline.java Paced.java

for mode in $MODES; do
    echo "$mode"
    start_echo "$mode" --framing=length4
    client 60 Paced "$HOST" "$PORT" 100 100 5
    say "99th percentile of the quiet ones alone $(value p99) ms"
    client_start "pipeline-$mode" 90 Pipeline "$HOST" "$PORT" 100000 14
    greedy=$PID
    await_line "pipeline-$mode" ready 30
    client 60 Paced "$HOST" "$PORT" 100 100 10
    quiet=$OUT
    client_end "pipeline-$mode" "$greedy"
    say "the greedy one: $(value bursts) bursts of 100000, $(value perSecond) requests a second"
    at_least "bursts" "$(value bursts)" 1
    OUT=$quiet
    at_most "99th percentile of the quiet ones" "$(value p99)" 50 ms
    say "their median $(value p50) ms, the slowest $(value max) ms, $(value answered) answers"
    equal "quiet ones unanswered or gone" "$(($(value unanswered) + $(value gone)))" 0
    stop_server
done
passed
