#!/usr/bin/env bash
# 10 000 clients, one after the other, that write right after connecting: every one is answered.
#
#   sample-app/scripts/02-one-by-one.sh [--mode=direct|workers] [--keep]
. "$(dirname "$0")/lib.sh"
options "$@"
build OneByOne.java

for mode in $MODES; do
    echo "$mode"
    start_echo "$mode"
    client 240 OneByOne "$HOST" "$PORT" 10000
    say "$(value seconds) s, the slowest client $(value worstMillis) ms"
    equal "clients answered" "$(value answered)" 10000
    equal "errors in the log" "$(log_lines 'WARNING|SEVERE|ERROR')" 0
    stop_server
done
passed
