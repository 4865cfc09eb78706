#!/usr/bin/env bash
# A feed of 1 MiB/s to 100 subscribers of the chat example, one of them stopped by a signal: the other 99 get every message, in order and
# undamaged, the stopped one is cut, and what the server keeps for it stays within its cap.
#
#   sample-app/scripts/17-broadcast.sh [--mode=direct|workers] [--keep]
#
# The cap is the default, 4 MiB, and so is the stall time-out, 30 s. Resident memory at its highest may exceed that of the server warmed up,
# its heap touched, by the 16 MiB that the loop may buffer at all (a quarter of the heap) and as much for everything else.
. "$(dirname "$0")/lib.sh"
options "$@"
build Publisher.java Subscribers.java
JVM=(-Xms64m -Xmx64m -XX:+AlwaysPreTouch -XX:+UseSerialGC)
OTHERS=99
BYTES=4000
PER_SECOND=260
SECONDS_EACH=30
MESSAGES=$((PER_SECOND * SECONDS_EACH))

# subscribe LOG SUBSCRIBERS MESSAGES: in the background, until they are in the room; sets PID.
subscribe() {
    start "$1" "${BIN}java" -Xmx256m -XX:+UseSerialGC -cp "$WORK/classes" Subscribers "$HOST" "$PORT" "$2" "$3" $((SECONDS_EACH + 60))
    await_line "$1" ready 30
}

for mode in $MODES; do
    echo "$mode"
    start "server-$mode" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$CORE/example-classes" ChatServer --port=0 --dispatch="$mode"
    started "server-$mode" 60
    SERVER_LOG=$WORK/server-$mode

    subscribe "warm-up-$mode" 20 2000
    warm=$PID
    client 60 Publisher "$HOST" "$PORT" 2000 $BYTES 1000
    client_end "warm-up-$mode" "$warm"
    collect_garbage
    before=$(rss)

    subscribe "stopped-$mode" 1 $MESSAGES
    stopped=$PID
    subscribe "others-$mode" $OTHERS $MESSAGES
    others=$PID
    kill -STOP "$stopped"
    client $((SECONDS_EACH + 60)) Publisher "$HOST" "$PORT" $MESSAGES $BYTES $PER_SECOND
    say "$(value published) messages of $BYTES bytes in $(value seconds) s"
    client_end "others-$mode" "$others"
    equal "subscribers that got everything" "$(value complete)" $OTHERS
    equal "messages that they got" "$(value received)" $((OTHERS * MESSAGES))
    equal "gaps, damaged messages, and subscribers gone" "$(($(value gaps) + $(value corrupt) + $(value gone)))" 0
    # PEER is the publisher, which had said everything.
    left=$(value left | tr , '\n' | grep -vx PEER || true)
    equal "how the stopped one was cut, at its cap before it counted as stalled" "$left" WRITE_OVERFLOW
    at_most "growth of resident memory at its highest" "$(($(rss_peak) - before))" $((32 * 1024)) KiB
    kill -CONT "$stopped"
    client_end "stopped-$mode" "$stopped"
    say "the stopped one had $(value received) messages when it went on"
    equal "its messages damaged or out of order" "$(($(value gaps) + $(value corrupt)))" 0
    equal "it found its connection cut" "$(value gone)" 1
    equal "exceptions in the log" "$(log_lines 'Exception|Error:')" 0
    end "$SERVER"
done
passed
