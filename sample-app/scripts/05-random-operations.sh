#!/usr/bin/env bash
# 24 threads register, deregister, write, pause, kill and close at random for 60 s on one loop, beside a model of what each must find: at
# the end loop and model are equal, and no channel, descriptor, buffer or timer is left over. The same that a test does for 5 s.
#
#   sample-app/scripts/05-random-operations.sh [--mode=direct|workers] [--keep]
#
# What it does is told in mill-io-core/src/test/java/io/millio/net/RandomOperations.java; SEED=... repeats a run.
. "$(dirname "$0")/lib.sh"
options "$@"
build
CLASSPATH=$CORE/classes:$CORE/test-classes
if [[ ! -f $CORE/test-classes/io/millio/net/RandomOperations.class ]]; then
    need mvn maven
    (cd "$ROOT" && mvn -q -pl mill-io-core test-compile) || die "the build failed"
fi

for mode in $MODES; do
    echo "$mode"
    start "random-$mode" timeout -k 5 300 "${BIN}java" -cp "$CLASSPATH" io.millio.net.RandomOperations "$mode" 60 ${SEED:+"$SEED"}
    wait "$PID" || { tail -n 5 "$WORK/random-$mode.err"; die "the run failed or took longer than 300 s"; }
    OUT=$(cat "$WORK/random-$mode.out")
    grep -a '^breach' <<< "$OUT" || true
    at_least "operations on tokens" "$(value tokenOperations)" 100000
    at_least "connections" "$(value connections)" 1000
    at_least "echoes" "$(value echoes)" 1000
    at_least "frames pushed by others" "$(value pushes)" 100
    equal "differences between loop and model, and left-overs" "$(value breaches)" 0
    say "seed $(value seed)"
done
passed
