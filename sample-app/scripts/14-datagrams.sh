#!/usr/bin/env bash
# More than 10^6 datagrams at full rate to an endpoint, while 50 TCP clients speak to a server in the same loop: 99 of 100 of their
# answers take at most twice as long as without, and each datagram was received, or dropped by the kernel and counted there.
#
#   sample-app/scripts/14-datagrams.sh [--mode=direct|workers] [--keep]
#
# Without means: while the same client sends at the same rate to a second endpoint, in a process of its own. So both runs have the same
# processes to share the processors with, and what differs is what the datagrams do to the loop.
. "$(dirname "$0")/lib.sh"
options "$@"
build DatagramFlood.java Paced.java
DATAGRAMS=1000000
SECONDS_EACH=12

# start_udp LOG MODE [OPTION...]
start_udp() {
    local log=$1
    start "$log" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$CORE/example-classes" UdpEcho --port=0 --tcp-port=0 \
        --dispatch="${@:2}"
    started "$log" 60
    SERVER_LOG=$WORK/$log
}

# kernel_drops PORT: of the socket bound to this port, by its line in /proc/net/udp.
kernel_drops() {
    awk -v port="$(printf ':%04X' "$1")" '$2 ~ port "$" { print $NF }' /proc/net/udp
}

# beside_flood LOG PORT: what the TCP clients wait while the flood goes to this port; sets QUIET and FLOOD.
beside_flood() {
    local flood
    client_start "$1" 120 DatagramFlood "$HOST" "$2" "$DATAGRAMS" "$((SECONDS_EACH + 2))"
    flood=$PID
    await_line "$1" ready 30
    client 60 Paced "$HOST" "$TCP" 50 20 "$SECONDS_EACH"
    QUIET=$OUT
    client_end "$1" "$flood"
    FLOOD=$OUT
}

for mode in $MODES; do
    echo "$mode"
    start_udp "elsewhere-$mode" "$mode"
    elsewhere=$SERVER elsewhere_port=$PORT
    start_udp "server-$mode" "$mode"
    TCP=$(grep -ahoE 'over TCP, on [^ ]+' "$SERVER_LOG.out" | grep -oE '[0-9]+$')

    client 60 Paced "$HOST" "$TCP" 50 20 5
    say "alone on the machine: median $(value p50) ms, 99th percentile $(value p99) ms"
    beside_flood "elsewhere-flood-$mode" "$elsewhere_port"
    end "$elsewhere"
    OUT=$QUIET
    without=$(value p99)
    say "flood elsewhere: median $(value p50) ms, 99th percentile $without ms, slowest $(value max) ms"

    beside_flood "flood-$mode" "$PORT"
    sleep 1
    kernel=$(kernel_drops "$PORT")
    OUT=$QUIET
    say "flood here: median $(value p50) ms, slowest $(value max) ms, $(value answered) answers"
    at_most "99th percentile" "$(value p99)" "$(calc "2 * $without" 2)" ms
    equal "TCP clients unanswered or gone" "$(($(value unanswered) + $(value gone)))" 0

    OUT=$FLOOD
    sent=$(value sent)
    say "$sent datagrams, $(value perSecond) a second"
    at_least "datagrams" "$sent" "$DATAGRAMS"
    equal "the greatest datagram" "$(value greatest)" answered
    end "$SERVER"
    OUT=$(grep -a UdpStats "$SERVER_LOG.out" | tr ',[]{}' '     ')
    received=$(value datagramsIn)
    dropped=$(sed 's/.*dropped=//; s/truncated.*//' <<< "$OUT" | tr ' ' '\n' | awk -F= '{ sum += $2 } END { print sum + 0 }')
    say "received $received, answered $(value datagramsOut), dropped here $dropped, by the kernel $kernel"
    equal "received and dropped by the kernel" "$((received + kernel))" "$sent"
    equal "answered and dropped here" "$(($(value datagramsOut) + $dropped))" "$received"
    equal "exceptions in the log" "$(log_lines 'Exception|Error:')" 0
done
passed
