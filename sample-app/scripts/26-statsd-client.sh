#!/usr/bin/env bash
# The StatsD client hot-shots from npm at the packaged sample. Over TCP /actuator/prometheus shows exactly what was sent, of every type;
# over UDP, 20 000 datagrams a second, it shows what was sent less what the kernel counts as dropped at the socket.
#
#   sample-app/scripts/26-statsd-client.sh [--jar=sample-app/target/sample-app.jar] [--keep]
#
# The client is installed from npm into the script's own directory; what it does stands in clients/statsd.js.
. "$(dirname "$0")/lib.sh"
options "$@"
need node nodejs
need curl curl
METRICS=100000
DATAGRAMS=300000
PER_SECOND=20000

# sample NAME: of the last scrape, without a fraction that is zero.
sample() {
    grep -aF "$1 " <<< "$SCRAPE" | awk -v name="$1" 'index($0, name " ") == 1 { print $NF + 0 }' CONVFMT=%.17g OFMT=%.17g
}

# scrape_until NAME VALUE: until that sample has that value, for at most 20 s.
scrape_until() {
    local n
    for ((n = 0; n < 100; n++)); do
        SCRAPE=$(curl -s --max-time 20 "http://127.0.0.1:$HTTP_PORT/actuator/prometheus")
        [[ $(sample "$1") != "$2" ]] || return 0
        sleep 0.2
    done
}

accepted() {
    sample statsd_lines_accepted_total
}

# not_taken: lines that were malformed or dropped.
not_taken() {
    awk '/^statsd_lines_(malformed|dropped)_total/ { sum += $NF } END { print sum + 0 }' <<< "$SCRAPE"
}

npm_packages hot-shots@17.1.1
start_sample sample

echo tcp
node_client 120 statsd.js tcp 127.0.0.1 "$(sample_port statsd-tcp)" $METRICS
scrape_until statsd_lines_accepted_total "$(value sent)"
equal "lines taken" "$(accepted)" "$(value sent)"
equal "counter" "$(sample statsd_all_hits_total)" "$(value hits)"
equal "counter with tags" "$(sample 'statsd_all_regions_total{region="north",shop="a-1"}')" "$(value north)"
equal "counter with other tags" "$(sample 'statsd_all_regions_total{region="south",shop="a-1"}')" "$(value south)"
equal "counter of which one in ten was sent" "$(sample statsd_all_sampled_total)" "$(value sampled)"
equal "timers" "$(sample statsd_all_took_seconds_count)" "$(value took)"
equal "time in them" "$(sample statsd_all_took_seconds_sum)" "$(calc "$(value tookMs) / 1000" 3 | sed 's/\.\?0*$//')" s
equal "histogram and distribution" "$(sample statsd_all_size_count)" "$(value size)"
equal "sum of them" "$(sample statsd_all_size_sum)" "$(value sizeSum)"
equal "gauge" "$(sample statsd_all_depth)" "$(value depth)"
equal "values of a set" "$(sample statsd_all_users)" "$(value users)"
equal "lines malformed or dropped" "$(not_taken)" 0
before=$(accepted)

echo udp
port=$(sample_port statsd-udp)
node_client 120 statsd.js udp 127.0.0.1 "$port" $DATAGRAMS $PER_SECOND
dropped=$(kernel_drops "$port")
scrape_until statsd_lines_accepted_total "$((before + $(value sent) - dropped))"
say "$(value sent) datagrams, $(value perSecond) a second, $dropped dropped by the kernel"
equal "datagrams sent" "$(value sent)" $DATAGRAMS
at_least "rate" "$(value perSecond)" $((PER_SECOND * 95 / 100)) "a second"
equal "errors of the client" "$(value errors)" 0
equal "lines taken and datagrams dropped by the kernel" "$(($(accepted) - before + $(kernel_drops "$port")))" $DATAGRAMS
if [[ $dropped -eq 0 ]]; then
    for source in 0 1 2 3; do
        due=$(awk "BEGIN { for (i = $source; i < $DATAGRAMS; i += 4) sum += 1 + i % 3; print sum }")
        equal "counter of source $source" "$(sample "statsd_paced_total{source=\"s$source\"}")" "$due"
    done
fi
equal "lines malformed or dropped" "$(not_taken)" 0
equal "datagrams lost in the process" "$(awk '/^mill_server_datagrams_dropped_total/ { sum += $NF } END { print sum + 0 }' <<< "$SCRAPE")" 0
end "$SERVER"
equal "errors in the log" "$(log_lines ' ERROR ')" 0
passed
