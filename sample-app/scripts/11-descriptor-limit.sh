#!/usr/bin/env bash
# The limit of open files is lowered on the running server for 30 s, so that every accept fails, and then raised again, while clients
# knock and others are being served: the server tries to accept at most 20 times a second (counted by strace), uses at most 10 % of a
# core and writes at most one line per second, goes on serving those it has, and lets the waiting ones in within a second.
#
#   sample-app/scripts/11-descriptor-limit.sh [--mode=direct|workers] [--jar=mill-io-core/target/mill-io-core-<version>.jar] [--keep]
#
# With --jar the server's classes come from there and not from class directories: those need a descriptor for each class that is loaded
# while there is none.
#
# strace slows the process that it watches: the first 15 s are without it and give the CPU time, the next 10 s are its own.
. "$(dirname "$0")/lib.sh"
options "$@"
need strace strace
need prlimit util-linux
build Knock.java Paced.java
HARD=$(ulimit -H -n)

# free_descriptor: the lowest number that is free, for that is the one an accept would get.
free_descriptor() {
    local n=0
    while [[ -L /proc/$SERVER/fd/$n ]]; do
        n=$((n + 1))
    done
    echo "$n"
}

# log_records: lines that begin a record; the lines of a stack trace belong to the one before.
log_records() {
    log_lines '^(WARNING|SEVERE|ERROR|INFO)'
}

for mode in $MODES; do
    echo "$mode${JAR:+, $JAR}"
    start_echo "$mode"
    client_start "served-$mode" 90 Paced "$HOST" "$PORT" 20 100 33
    served=$PID
    await_line "served-$mode" ready 30
    sleep 1

    prlimit --pid "$SERVER" --nofile="$(free_descriptor):$HARD"
    lowered=$(now_ms)
    client_start "knock-$mode" 90 Knock "$HOST" "$PORT" 50 60
    knock=$PID
    await_line "knock-$mode" ready 30
    at_most "CPU while accept fails" "$(cpu_percent 15)" 10 %
    timeout -s INT 10 strace -f -qq -e trace=accept,accept4 -e signal=none -o "$WORK/strace-$mode" -p "$SERVER" || true
    attempts=$(grep -acE 'accept4?\(' "$WORK/strace-$mode" || true)
    at_least "attempts to accept in 10 s" "$attempts" 1
    at_most "attempts to accept per second" "$(calc "$attempts / 10" 1)" 20
    while [[ $(now_ms) -lt $((lowered + 30000)) ]]; do
        sleep 0.05
    done
    records=$(log_records)
    raised=$(now_ms)
    prlimit --pid "$SERVER" --nofile="$HARD:$HARD"
    client_end "knock-$mode" "$knock"
    equal "waiting clients answered after the limit was raised" "$(value answered)" 50
    at_least "the first of them after" "$(($(value first) - raised))" 0 ms
    at_most "all of them after" "$(($(value last) - raised))" 1000 ms
    say "$records log records in 30 s"
    at_most "log records per second" "$(calc "$records / 30" 2)" 1
    client_end "served-$mode" "$served"
    equal "served clients unanswered or gone" "$(($(value unanswered) + $(value gone)))" 0
    say "their 99th percentile $(value p99) ms, the slowest $(value max) ms (strace included)"
    stop_server
done
passed
