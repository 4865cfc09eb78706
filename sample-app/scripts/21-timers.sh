#!/usr/bin/env bash
# A million timers of which nine in ten are cancelled give back their share of the memory; at 1 000 fires a second beside 100 000 pending
# timers 99 of 100 run at most 2 ms late, and none early, on a machine with a processor to spare; and a loop with poll timeout 0 that has nothing to do makes no system call in 10 s.
#
#   sample-app/scripts/21-timers.sh [--keep]
#
# The last is watched by strace on every thread of the loop, and once more while a client connects, so that it is known to see.
. "$(dirname "$0")/lib.sh"
options "$@"
need strace strace
build Timers.java
TIMERS=1000000
PENDING=100000

echo "$TIMERS timers, 90 % of them cancelled, half by the reactor and half by another thread"
JVM=(-Xmx768m -XX:+UseSerialGC)
program 120 Timers memory $TIMERS
all=$(value allKib)
say "$all KiB of heap for all, tasks of about 130 bytes included; $(value tenthKib) KiB for the tenth that is left"
equal "timers cancelled" "$(value cancelled)" $TIMERS
at_most "heap for the tenth that is left" "$(value tenthKib)" "$(calc "$all / 10 + 1024")" KiB
at_most "heap when none is left" "$(value noneKib)" 1024 KiB

echo "1000 fires a second, $PENDING pending"
JVM=(-Xmx256m)
program 120 Timers lateness $PENDING 1000 20
say "a thread that only sleeps is late by $(value controlP99) ms in its 99th percentile: the machine's share"
say "$(value fired) fired; late by $(value p50) ms at the median, $(value max) ms at most"
equal "timers still pending" "$(value pending)" $PENDING
equal "fired early" "$(value early)" 0
at_most "99th percentile of the lateness" "$(value p99)" 2 ms

# system_calls NAME SECONDS: that any thread of the loop made or came back from; begun before and not ended are not among them.
system_calls() {
    local task threads=()
    for task in /proc/"$SERVER"/task/*; do
        [[ $(< "$task/comm") == idle-* ]] && threads+=(-p "${task##*/}")
    done
    [[ ${#threads[@]} -gt 0 ]] || die "no thread of the loop was found"
    start strace strace -o "$WORK/$1.strace" "${threads[@]}"
    sleep "$2"
    end "$PID"
    THREADS=$((${#threads[@]} / 2))
    CALLS=$(grep -cE '\) += |resumed>' "$WORK/$1.strace" || true)
}

echo "an idle loop with poll timeout 0"
JVM=(-Xmx64m)
start idle "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$WORK/classes" Timers idle
started idle 60
sleep 3
# Attaching interrupts the wait once, and the JDK loads a class the first time it begins one again.
system_calls first 1
system_calls quiet 10
say "$THREADS threads of the loop were watched"
equal "system calls in 10 s" "$CALLS" 0
[[ $CALLS -eq 0 ]] || grep -vE 'unfinished' "$WORK/quiet.strace" | head -n 5
start knock bash -c "sleep 1; exec 3<> /dev/tcp/$HOST/$PORT; sleep 1"
system_calls knocked 2
at_least "system calls while a client connects" "$CALLS" 2
passed
