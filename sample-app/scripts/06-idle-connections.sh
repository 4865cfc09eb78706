#!/usr/bin/env bash
# 10 000 idle connections, at -Xmx256m -XX:+UseSerialGC: what one costs in resident memory, and what they cost 50 active ones beside
# them in latency.
#
#   sample-app/scripts/06-idle-connections.sh [--mode=direct|workers] [--keep]
#
# Resident memory is read after "jcmd GC.run", with 0 connections and with 10 000; the server has served 50 clients before, so that
# its compiled code counts for neither. The figure includes the pages of the young generation that are touched for the first time
# while 10 000 connections come, for the collector does not give them back.
#
# The 99th percentile of 50 active connections is taken five times, each time right after that of an empty server of the same kind, so
# that whatever else the machine does meets both; the medians are compared.
. "$(dirname "$0")/lib.sh"
options "$@"
need_files 12000
build Hold.java Paced.java
JVM=(-Xmx256m -XX:+UseSerialGC)
IDLE=10000

# p99 PORT SECONDS: of 50 connections that send every 20 ms; sets P99.
p99() {
    client 60 Paced "$HOST" "$1" 50 20 "$2"
    [[ $(value unanswered) == 0 && $(value gone) == 0 ]] || die "active clients were not answered: $OUT"
    P99=$(value p99)
}

resident() {
    collect_garbage
    rss
}

median() {
    sort -n | sed -n 3p
}

# hold MODE: the idle connections, from two processes and addresses, until descriptor 8 is closed.
hold() {
    local n
    HOLDERS=()
    mkfifo "$WORK/hold-$1"
    exec 8<> "$WORK/hold-$1"
    for n in 1 2; do
        INPUT=$WORK/hold-$1 client_start "hold-$1-$n" 400 Hold "$HOST" "$PORT" $((IDLE / 2)) "127.0.0.1$n"
        HOLDERS+=("$PID")
    done
    await_line "hold-$1-1" holding= 60
    await_line "hold-$1-2" holding= 60
}

for mode in $MODES; do
    echo "$mode"
    LABEL=$mode-empty start_echo "$mode"
    empty=$SERVER empty_port=$PORT
    start_echo "$mode"
    p99 "$empty_port" 5
    p99 "$PORT" 5
    before=$(resident)
    hold "$mode"
    at_least "descriptors of the server" "$(descriptors)" $IDLE
    after=$(resident)
    say "resident: $before KiB empty, $after KiB with $IDLE"
    at_most "resident memory per idle connection" "$(calc "($after - $before) * 1024 / $IDLE")" 2560 bytes

    beside=() alone=()
    for n in 1 2 3 4 5; do
        p99 "$empty_port" 4
        alone+=("$P99")
        p99 "$PORT" 4
        beside+=("$P99")
    done
    say "99th percentiles in ms, empty server: ${alone[*]}; beside idle ones: ${beside[*]}"
    limit=$(calc "2 * $(printf '%s\n' "${alone[@]}" | median)" 2)
    at_most "99th percentile beside the idle ones" "$(printf '%s\n' "${beside[@]}" | median)" "$limit" ms
    exec 8>&-
    end "$empty"
    stop_server
    for pid in "${HOLDERS[@]}"; do
        end "$pid"
    done
done
passed
