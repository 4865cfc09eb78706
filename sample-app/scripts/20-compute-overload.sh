#!/usr/bin/env bash
# Ten times what a compute pool can do, for 60 s, in all four priorities and with cancellations: its memory stays flat, no priority starves, and
# every task is in exactly one of the counters.
#
#   sample-app/scripts/20-compute-overload.sh [--keep]
#
# The offer is ten times what the pool did before with a queue that was never empty. Heap in use after a collection may grow by 2 MiB after
# the first ten seconds, resident memory, with the heap touched before, by 16 MiB.
. "$(dirname "$0")/lib.sh"
options "$@"
build ComputeOverload.java
JVM=(-Xms128m -Xmx128m -XX:+AlwaysPreTouch -XX:+UseSerialGC)

program 180 ComputeOverload 2 10 60
grep -aE '^(priority|breach)' <<< "$OUT" | sed 's/^/       /'
say "$(value capacityPerSecond) tasks a second were done, $(value offeredPerSecond) were to be offered"
say "heap after collections: $(value heapKib) KiB; resident: $(value residentKib) KiB"
at_least "tasks offered for each one done" "$(value factor)" 9.5
at_most "growth of the heap in use" "$(value heapGrowth)" 2048 KiB
at_most "growth of resident memory" "$(value residentGrowth)" 16384 KiB
equal "counters that do not add up" "$(value breaches)" 0
passed
