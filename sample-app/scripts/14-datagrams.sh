#!/usr/bin/env bash
# More than 10^6 datagrams at full rate to an endpoint, while 50 TCP clients speak to a server in the same loop: 99 of 100 of their
# answers take at most twice as long as without, and each datagram was received, or dropped by the kernel and counted there.
#
#   sample-app/scripts/14-datagrams.sh [--mode=direct|workers] [--keep]
#
# First the server has one processor and those who ask have another, on which the flood gives way to the TCP clients: so the times are
# the server's, and not those of a queue for a processor. Then everything runs where it likes, which is more than two processors
# can do, and nothing may be lost but what the kernel counts.
. "$(dirname "$0")/lib.sh"
options "$@"
need taskset util-linux
need chrt util-linux
[[ $(nproc) -ge 2 ]] || die "this needs two processors, there is $(nproc)"
build DatagramFlood.java Paced.java
DATAGRAMS=1000000
SECONDS_EACH=12

# start_udp LOG MODE [COMMAND...]: a server, by a command that runs it.
start_udp() {
    local log=$1 mode=$2
    shift 2
    start "$log" "$@" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$CORE/example-classes" UdpEcho --port=0 --tcp-port=0 \
        --dispatch="$mode"
    started "$log" 60
    SERVER_LOG=$WORK/$log
    TCP=$(grep -ahoE 'over TCP, on [^ ]+' "$SERVER_LOG.out" | grep -oE '[0-9]+$')
}

# aside: this script and what it starts from now on keep off the server's processor; together: no longer.
aside() { taskset -cp 0 $$ > /dev/null; }
together() { taskset -cp "0-$(($(nproc) - 1))" $$ > /dev/null; }

# beside_flood LOG [yielding]: what the TCP clients wait during a flood, which may give way to them; sets QUIET and FLOOD.
beside_flood() {
    local flood
    client_start "$1" 120 DatagramFlood "$HOST" "$PORT" "$DATAGRAMS" "$((SECONDS_EACH + 2))"
    flood=$PID
    await_line "$1" ready 30
    if [[ ${2:-} == yielding ]]; then
        chrt --idle --all-tasks --pid 0 "$(pgrep -P "$flood")" || die "the flood's priority cannot be changed"
    fi
    client 60 Paced "$HOST" "$TCP" 50 20 "$SECONDS_EACH"
    QUIET=$OUT
    client_end "$1" "$flood"
    FLOOD=$OUT
}

# accounted: what was sent in FLOOD, against the server's and the kernel's figures; ends the server.
accounted() {
    local sent kernel dropped
    kernel=$(kernel_drops "$PORT")
    OUT=$QUIET
    equal "TCP clients unanswered or gone" "$(($(value unanswered) + $(value gone)))" 0
    OUT=$FLOOD
    sent=$(value sent)
    say "$sent datagrams, $(value perSecond) a second"
    at_least "datagrams" "$sent" "$DATAGRAMS"
    equal "the greatest datagram" "$(value greatest)" answered
    end "$SERVER"
    OUT=$(grep -a UdpStats "$SERVER_LOG.out" | tr ',[]{}' '     ')
    dropped=$(sed 's/.*dropped=//; s/truncated.*//' <<< "$OUT" | tr ' ' '\n' | awk -F= '{ sum += $2 } END { print sum + 0 }')
    say "received $(value datagramsIn), answered $(value datagramsOut), dropped here $dropped, by the kernel $kernel"
    equal "received and dropped by the kernel" "$(($(value datagramsIn) + kernel))" "$sent"
    equal "answered and dropped here" "$(($(value datagramsOut) + dropped))" "$(value datagramsIn)"
    equal "exceptions in the log" "$(log_lines 'Exception|Error:')" 0
}

for mode in $MODES; do
    echo "$mode, a processor for the server"
    start_udp "apart-$mode" "$mode" taskset -c 1
    aside
    client 60 Paced "$HOST" "$TCP" 50 20 5
    client 60 Paced "$HOST" "$TCP" 50 20 "$SECONDS_EACH"
    without=$(value p99)
    say "without: median $(value p50) ms, 99th percentile $without ms, slowest $(value max) ms"
    beside_flood "flood-apart-$mode" yielding
    together
    OUT=$QUIET
    say "with: median $(value p50) ms, slowest $(value max) ms, $(value answered) answers"
    at_most "99th percentile" "$(value p99)" "$(calc "2 * $without" 2)" ms
    accounted

    echo "$mode, everything anywhere"
    start_udp "anywhere-$mode" "$mode"
    client 60 Paced "$HOST" "$TCP" 50 20 5
    beside_flood "flood-anywhere-$mode"
    OUT=$QUIET
    say "with: median $(value p50) ms, 99th percentile $(value p99) ms, slowest $(value max) ms, $(value answered) answers"
    accounted
done
passed
