#!/usr/bin/env bash
# 10^8 times four threads borrow from a pool of buffers, and as often from a pool of objects, beside a model that knows whose each piece is:
# none is lent twice, the bounds hold, and nothing is missing at the end. With leak detection, which costs more, a tenth and a hundredth of that.
# The same that the tests of the pools do 10^6 times. Takes about a minute.
#
#   sample-app/scripts/22-pool-ownership.sh [--keep]
#
# What it does is told in mill-io-core/src/test/java/io/millio/pool/PoolOwnership.java; SEED=... repeats a run.
. "$(dirname "$0")/lib.sh"
options "$@"
build
if [[ ! -f $CORE/test-classes/io/millio/pool/PoolOwnership.class ]]; then
    need mvn maven
    (cd "$ROOT" && mvn -q -pl mill-io-core test-compile) || die "the build failed"
fi
JVM=(-Xmx512m)

# borrow buffers|objects OFF|SAMPLED|ALL OPERATIONS
borrow() {
    echo "$1, leak detection $2"
    OUT=$(timeout -k 5 900 "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$CORE/test-classes" \
        io.millio.pool.PoolOwnership "$1" "$2" "$3" ${SEED:+"$SEED"} 2>> "$WORK/ownership.err") \
        || { tail -n 5 "$WORK/ownership.err"; die "a piece was lent twice, or the run took longer than 900 s"; }
    say "$(value seconds) s, $(value creations) were made, seed $(value seed)"
    equal "borrowed" "$(value acquired)" "$3"
    equal "not given back, leaked, or missing" "$(value used) $(value leaks) $(value missing)" "0 0 0"
}

for kind in buffers objects; do
    borrow $kind off 100000000
    borrow $kind sampled 10000000
    borrow $kind all 1000000
done
passed
