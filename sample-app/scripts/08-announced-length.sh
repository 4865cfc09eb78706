#!/usr/bin/env bash
# 500 peers that announce a frame of 2^31-1 bytes to a server with a four-byte length prefix, and 500 more that announce the largest
# frame it takes (1 MiB) and do not send it: what a peer announces allocates nothing.
#
#   sample-app/scripts/08-announced-length.sh [--mode=direct|workers] [--keep]
#
# The heap is read after "jcmd GC.run". The peers that announced too much are told so by the end of their connection
# (FRAME_TOO_LARGE); the others stay, and their connections are part of what the heap has grown.
. "$(dirname "$0")/lib.sh"
options "$@"
build CountingServer.java Announce.java Paced.java
JVM=(-Xmx256m -XX:+UseSerialGC)
PEERS=500

heap_after_collection() {
    collect_garbage
    heap_used
}

# announce MODE PEERS LENGTH: the peers hold their connections until descriptor 8 is closed.
announce() {
    local log=announce-$1-$2-$3
    mkfifo "$WORK/$log"
    exec 8<> "$WORK/$log"
    INPUT=$WORK/$log client_start "$log" 60 Announce "$HOST" "$PORT" "$2" "$3"
    announcer=$PID
    await_line "$log" announced= 30
    # An answer to somebody who came later: what came before has been read.
    client 30 Paced "$HOST" "$PORT" 1 20 1
}

leave() {
    exec 8>&-
    end "$announcer"
}

for mode in $MODES; do
    echo "$mode"
    start_counting "$mode" --framing=length4
    client 30 Paced "$HOST" "$PORT" $PEERS 500 3
    # The first ones make the JVM load what reports them.
    announce "$mode" 10 2147483647
    leave
    before=$(heap_after_collection) resident=$(rss)

    announce "$mode" $PEERS 2147483647
    # These do not leave, and the server waits for that for a moment, so that they can read what it has told them.
    await_stat FRAME_TOO_LARGE $((PEERS + 10))
    grown=$(($(heap_after_collection) - before))
    ask
    equal "closed as FRAME_TOO_LARGE" "$(stat FRAME_TOO_LARGE)" $((PEERS + 10))
    at_most "heap grown by $PEERS that announce 2147483647 bytes" $grown 1024 KiB
    say "resident memory grown by $(($(rss) - resident)) KiB"
    leave

    announce "$mode" $PEERS $((1 << 20))
    grown=$(($(heap_after_collection) - before))
    ask
    equal "open, with a frame begun" "$(stat active)" $PEERS
    at_most "heap grown by $PEERS that announce 1048576 bytes" $grown 1024 KiB
    say "resident memory grown by $(($(rss) - resident)) KiB"
    leave
    stop_server
done
passed
