#!/usr/bin/env bash
# A client against a real Redis server: 1 000 000 pipelined commands over one connection, whose replies come in order; and a connection
# that is kept up by reconnecting while the server is killed and started again five times.
#
#   sample-app/scripts/15-redis-client.sh [--mode=direct|workers] [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
need redis-server redis-server
build RedisClient.java
COMMANDS=1000000
KILLS=5

for mode in $MODES; do
    echo "$mode"
    start_redis
    OUT=$(timeout -k 5 150 "${BIN}java" -Xmx256m -cp "$CORE/classes:$WORK/classes" \
        RedisClient pipeline 127.0.0.1 "$REDIS_PORT" "$mode" $COMMANDS 2>> "$WORK/client.err") \
        || die "the client failed: $(tail -n 3 "$WORK/client.err")"
    equal "replies" "$(value replies)" $COMMANDS
    equal "replies out of order" "$(value disordered)" 0
    say "$(calc "$COMMANDS / $(value seconds)") commands per second"

    mkfifo "$WORK/$mode.in"
    exec 9<> "$WORK/$mode.in"
    INPUT=$WORK/$mode.in start "$mode" "${BIN}java" -Xmx256m -cp "$CORE/classes:$WORK/classes" \
        RedisClient reconnect 127.0.0.1 "$REDIS_PORT" "$mode"
    reconnecting=$PID
    await_line "$mode" "up=1 " 30
    slowest=0
    for ((kill = 1; kill <= KILLS; kill++)); do
        sleep 0.3
        kill -KILL "$REDIS"
        wait "$REDIS" 2> /dev/null || true
        sleep 0.$((RANDOM % 10))
        start_redis "$REDIS_PORT"
        from=$(now_ms)
        await_line "$mode" "up=$((kill + 1)) " 10
        up=$(grep -a "up=$((kill + 1)) " "$WORK/$mode.out" | sed 's/.*at=//')
        [[ $((up - from)) -le $slowest ]] || slowest=$((up - from))
    done
    at_most "until the slowest reconnect had its first reply" "$slowest" 1500 ms
    kill "$reconnecting"
    wait "$reconnecting" 2> /dev/null || true
    exec 9>&-
    end "$REDIS"
    equal "lines about a reply out of order" "$(grep -c 'after .* came' "$WORK/$mode.err" || true)" 0
    say "$(grep -ac 'failed' "$WORK/$mode.err" || true) lines in the log"
done
passed
