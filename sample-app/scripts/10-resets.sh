#!/usr/bin/env bash
# 20 000 clients that leave by a reset and 2 000 that send a FIN and a reset behind it, some with bytes that nobody has read: once with
# reading on, once with every connection paused, when neither can be noticed and the idle time-out (3 s) has to find them. Afterwards
# the descriptors and the count of connections are what they were, the server is at rest, each connection had one onClose, and the log
# has no errors.
#
#   sample-app/scripts/10-resets.sh [--mode=direct|workers] [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
need_files 18000
build CountingServer.java Resets.java
RESETS=20000
FIN_RESETS=2000
IDLE_SECONDS=3

# settle MS: waits until nothing is left of the clients, at most so long; sets SETTLED_MS.
settle() {
    local from
    from=$(now_ms)
    while SETTLED_MS=$(($(now_ms) - from)) && [[ $SETTLED_MS -le $1 ]]; do
        ask
        [[ $(stat active) -eq 0 && $(descriptors) -le $files && $(stat keys) -eq $keys ]] && return
        sleep 0.05
    done
}

# run MODE READING MS
run() {
    echo "$1, reading=$2"
    LABEL=$1-$2 start_counting "$1" --greeting=yes --reading="$2" --idle-timeout=$IDLE_SECONDS
    files=$(descriptors) keys=1
    # What the server opens once, it opens for these.
    client 60 Resets "$HOST" "$PORT" 100 100 1
    settle $((IDLE_SECONDS * 1000 + 4000))
    files=$(descriptors) first=$(stat opened)
    client 240 Resets "$HOST" "$PORT" $RESETS $FIN_RESETS 4
    equal "clients that were greeted and left" "$(value greeted)" $((RESETS + FIN_RESETS))
    say "in $(value seconds) s"
    settle "$3"
    at_most "until descriptors ($files) and connections (0) are as before" "$SETTLED_MS" "$3" ms
    ask
    say "$STATS"
    equal "descriptors" "$(descriptors)" "$files"
    equal "connections" "$(stat active)" 0
    equal "channels watched" "$(stat keys)" "$keys"
    equal "connections opened" "$(($(stat opened) - first))" $((RESETS + FIN_RESETS))
    equal "calls of onClose missing" "$(($(stat opened) - $(stat closed)))" 0
    equal "connections closed twice" "$(stat closedAgain)" 0
    at_most "CPU afterwards" "$(cpu_percent 5)" 5 %
    equal "lines with ERROR or SEVERE in the log" "$(log_lines 'ERROR|SEVERE')" 0
    say "$(log_lines '^WARNING') warnings"
    stop_server
}

for mode in $MODES; do
    run "$mode" yes 2000
    run "$mode" no $((IDLE_SECONDS * 1000 + 2000))
done
passed
