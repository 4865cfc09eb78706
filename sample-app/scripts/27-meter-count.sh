#!/usr/bin/env bash
# 10 000 peers, each with an address of its own, leave as many mill_* series in a scrape of the packaged sample as one peer does.
#
#   sample-app/scripts/27-meter-count.sh [--jar=sample-app/target/sample-app.jar] [--keep]
#
# Each peer of clients/Peers.java talks to the echo server and to the method that speaks JSON-RPC, whose calls are observed. Every connection is
# closed before the second scrape, and counted by then, so that what depends on being open or not is the same both times.
. "$(dirname "$0")/lib.sh"
options "$@"
need curl curl
build Peers.java
PEERS=10000

start_sample app --mill.observation.enabled=true
echo_port=$(sample_port echo)
rpc_port=$(sample_port rpc)

# scrape NAME CONNECTIONS: when so many connections of each of both servers have been closed; sets SERIES.
scrape() {
    local n
    for ((n = 0; n < 200; n++)); do
        curl -sf --max-time 20 "http://127.0.0.1:$HTTP_PORT/actuator/prometheus" > "$WORK/$1.scrape" || die "no scrape from port $HTTP_PORT"
        [[ $(grep -cE "^mill_server_connections_closed.*reason=\"peer\".* $2(\.0)?\$" "$WORK/$1.scrape" || true) -eq 2 ]] && break
        sleep 0.1
    done
    grep -E '^mill_' "$WORK/$1.scrape" | sed -E 's/ [^ ]+$//' | sort > "$WORK/$1.series"
    SERIES=$(wc -l < "$WORK/$1.series")
}

client 60 Peers 0 1 "$echo_port" "$rpc_port"
equal "answers to one peer" "$(value answered)" 2
scrape one 1
one=$SERIES
at_least "series after one peer" "$one" 100
client 300 Peers 1 $((PEERS - 1)) "$echo_port" "$rpc_port"
equal "answers to the other peers" "$(value answered)" $((2 * (PEERS - 1)))
scrape all $PEERS
equal "series after $PEERS peers" "$SERIES" "$one"
equal "connections closed by then, by the scrape" \
    "$(grep -E '^mill_server_connections_closed.*reason="peer"' "$WORK/all.scrape" | awk '{ sum += $NF } END { print sum }')" $((2 * PEERS))
diff "$WORK/one.series" "$WORK/all.series" || true
passed
