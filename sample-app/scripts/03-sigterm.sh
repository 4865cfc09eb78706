#!/usr/bin/env bash
# SIGTERM under load from 100 clients, 10 times: every message that the server received completely is answered, then comes the FIN,
# and the process ends within the time-out of its drain.
#
#   sample-app/scripts/03-sigterm.sh [--mode=direct|workers] [--jar=sample-app/target/sample-app.jar] [--keep]
#
# Without --jar it is the echo example that gets the signal, whose drain may take 10 s; with it the packaged sample, which has 30 s.
#
# What can a client know about what the server has received? Half of the clients wait for each answer, the others keep up to 16
# messages of 256 bytes under way, and all of them go on until they see the FIN. The client process itself sends the signal, right
# after it has noted how far each client has written. On loopback those messages are in the server's sockets by then, so a drain that
# reads every socket once more after the signal must find and answer them: "lost" has to be 0. Of what is written after the signal the
# server may leave unread what arrives after its last look; there the client checks that the answers are a prefix of what it sent and
# that they end with a FIN. A reset would show that the server closed with unread input, and may take answers with it that were on
# their way. clients/DrainUnderLoad.java says the same where it counts.
. "$(dirname "$0")/lib.sh"
options "$@"
build DrainUnderLoad.java

start_target() {
    if [[ -n $JAR ]]; then
        start "server-$1" "${BIN}java" -jar "$JAR" --server.port=0 --mill.servers.echo.port=0 --mill.servers.rpc.port=0 \
            --mill.servers.statsd-udp.port=0 --mill.servers.statsd-tcp.port=0 \
            --mill.event-loop.dispatch="$1"
        started "server-$1" 120
        SERVER_LOG=$WORK/server-$1
    else
        start_echo "$1"
    fi
}

round() {
    local status=0 ended
    start_target "$1"
    client_start clients 120 DrainUnderLoad "$HOST" "$PORT" "$SERVER" 100 1000
    wait "$SERVER" || status=$?
    ended=$(now_ms)
    client_end clients "$PID"
    local took=$((ended - $(value signalled)))
    say "round $2: $(value answered) answers, $(value answeredAfterSignal) of them after the signal; fin=$(value fin)" \
        "reset=$(value reset) wrong=$(value wrong) lost=$(value lost), exit status $status after $took ms"
    lost=$((lost + $(value lost) + $(value wrong)))
    fin=$((fin + $(value fin)))
    slowest=$((took > slowest ? took : slowest))
    [[ $status -eq 143 || $status -eq 0 ]] || statuses+=" $status"
}

limit=${JAR:+30000}
for mode in $MODES; do
    echo "$mode${JAR:+, $JAR}"
    lost=0 fin=0 slowest=0 statuses=
    for n in 1 2 3 4 5 6 7 8 9 10; do
        round "$mode" "$n"
    done
    equal "messages received and not answered, or answered wrong" "$lost" 0
    equal "streams that ended with a FIN" "$fin" 1000
    at_most "slowest exit" "$slowest" "${limit:-10000}" ms
    equal "exit statuses other than 0 and 143" "${statuses:-none}" none
    equal "errors in the log of the last round" "$(log_lines 'SEVERE|ERROR')" 0
done
passed
