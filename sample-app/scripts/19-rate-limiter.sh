#!/usr/bin/env bash
# 16 threads that ask one limiter for 10 s as often as they can: granted is never more than the burst and the rate times the time, and at
# least 98 % of it. A million keys: each with a place takes the memory that is documented and gets its whole burst; and coming as a flood to a
# limiter with the default number of places, they take no permit from a key in use.
#
#   sample-app/scripts/19-rate-limiter.sh [--keep]
#
# Documented are about 80 bytes and the key for each place; the keys are Long objects of at most 24 bytes, and "about" may be 5 % more.
. "$(dirname "$0")/lib.sh"
options "$@"
build RateLimits.java
JVM=(-Xmx512m -XX:+UseSerialGC)
THREADS=16
SECONDS_EACH=10
KEYS=1000000
PLACE=$((80 + 24))

# limits ARG...
limits() {
    program 120 RateLimits "$@"
}

# each RATE BURST MOST-AT-ONCE
each() {
    echo "$1 a second, burst $2, 1 to $3 at a time"
    limits rate "$1" "$2" "$3" $THREADS $SECONDS_EACH
    say "$(value attempts) attempts by $THREADS threads"
    at_most "granted" "$(value granted)" "$(value most)"
    at_least "granted of what was due" "$(value share)" 98 %
    equal "what the limiter counted as granted" "$(value counted)" "$(value granted)"
}

each 1000 100 1
each 1000000 100000 1
each 100000 10000 7

echo "$KEYS keys with a place each"
limits places $KEYS
equal "keys remembered" "$(value keys)" $KEYS
equal "requests within the burst denied" "$(value denied)" 0
equal "requests beyond it granted" "$(value beyond)" 0
at_most "heap for each key" "$(value bytesPerKey)" "$(calc "1.05 * $PLACE" 1)" B

echo "$KEYS keys as a flood, 65536 places, 1000 keys in use"
limits flood $KEYS 1000 $SECONDS_EACH
say "$(value flooded) requests of the flood, $(value overflowed) of them without a place"
at_least "requests of the keys in use" "$(value honestAsked)" 20000
equal "of them denied" "$(value honestDenied)" 0
at_most "keys remembered" "$(value keys)" 65536
at_most "heap of the limiter" "$(value kib)" "$(calc "1.05 * 65536 * $PLACE / 1024")" KiB
passed
