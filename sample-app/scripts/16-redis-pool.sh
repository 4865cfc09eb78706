#!/usr/bin/env bash
# A pool of connections to a real Redis server that is treated badly: connections killed in a loop, CLIENT PAUSE, an idle time-out of a
# second at the server, fewer clients allowed than the pool may have, the process stopped and continued, and killed and started again.
# Twelve threads ask for an echo of what only they have said: none gets somebody else's, waiting for a connection ends on time,
# everybody is served again within 2 s, and nothing is left.
#
#   sample-app/scripts/16-redis-pool.sh [--mode=direct|workers] [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
need redis-server redis-server
need redis-cli redis-tools
build RedisPool.java
ACQUIRE_MS=400

cli() {
    redis-cli -h 127.0.0.1 -p "$REDIS_PORT" "$@" > /dev/null
}

# tell WORD: a question to the client; its answer goes to OUT.
tell() {
    local n
    QUESTION=$((QUESTION + 1))
    echo "$1" >&9
    for ((n = 0; n < 600; n++)); do
        OUT=$(grep -a "^answer=$QUESTION\b" "$WORK/$mode.out" || true)
        [[ -z $OUT ]] || return 0
        alive "$BORROWERS" || die "the client ended: $(tail -n 3 "$WORK/$mode.err")"
        sleep 0.05
    done
    die "no answer to '$1' within 30 s"
}

recovered() {
    tell mark
    at_most "$1: until all threads are served again" "$(value recovered)" 2000 ms
    tell stat
    say "$OUT"
}

for mode in $MODES; do
    echo "$mode"
    start_redis
    mkfifo "$WORK/$mode.in"
    exec 9<> "$WORK/$mode.in"
    INPUT=$WORK/$mode.in start "$mode" "${BIN}java" -Xmx256m -cp "$CORE/classes:$WORK/classes" \
        RedisPool 127.0.0.1 "$REDIS_PORT" "$mode" 12 8 $ACQUIRE_MS
    BORROWERS=$PID QUESTION=0
    await_line "$mode" ready 30
    recovered "at the start"

    for ((n = 0; n < 100; n++)); do
        cli CLIENT KILL TYPE normal SKIPME yes
        sleep 0.02
    done
    recovered "CLIENT KILL 100 times"

    cli CLIENT PAUSE 1500 ALL
    sleep 1.5
    recovered "CLIENT PAUSE"

    cli CONFIG SET timeout 1
    tell stat
    before=$(value broken)
    for n in 1 2; do
        tell rest
        sleep 3.5
        tell go
        sleep 0.3
    done
    tell stat
    equal "connections lent although the server's time-out had closed them" "$(($(value broken) - before))" 0
    cli CONFIG SET timeout 0
    recovered "timeout 1"

    # One connection for all three commands: another one might not be let in.
    mkfifo "$WORK/$mode.cli"
    exec 8<> "$WORK/$mode.cli"
    INPUT=$WORK/$mode.cli start cli redis-cli -p "$REDIS_PORT"
    CLI=$PID
    printf 'CONFIG SET maxclients 5\nCLIENT KILL TYPE normal SKIPME yes\n' >&8
    sleep 3
    recovered "maxclients 5, with a pool of 8"
    at_least "clients turned away" "$(($(value refused) + $(value stale)))" 1
    echo 'CONFIG SET maxclients 1000' >&8
    sleep 0.2
    end "$CLI"
    exec 8>&-

    kill -STOP "$REDIS"
    sleep 3
    kill -CONT "$REDIS"
    recovered "stopped for 3 s"

    kill -KILL "$REDIS"
    wait "$REDIS" 2> /dev/null || true
    sleep 1
    start_redis "$REDIS_PORT"
    recovered "killed and started again"

    tell stat
    at_least "calls that waited in vain" "$(value timeouts)" 1
    at_most "that were told so later or earlier than after $ACQUIRE_MS ms, by" "$(value worstLateness)" 150 ms
    echo end >&9
    wait "$BORROWERS" || die "the client failed: $(tail -n 3 "$WORK/$mode.err")"
    exec 9>&-
    OUT=$(grep -a "^end " "$WORK/$mode.out")
    at_least "answers" "$(value answered)" 10000
    equal "answers to somebody else" "$(value wrong)" 0
    equal "leases not given back" "$(value leaks)" 0
    equal "connections left after the close" "$(value left)" 0
    equal "clients at the server" "$(redis-cli -p "$REDIS_PORT" CLIENT LIST | wc -l)" 1
    end "$REDIS"
done
passed
