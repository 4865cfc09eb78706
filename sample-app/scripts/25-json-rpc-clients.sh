#!/usr/bin/env bash
# Two JSON-RPC clients from npm, jayson over TCP and json-rpc-2.0 over one socket of lines, each with 10 000 calls, alone and in batches,
# and thousands of notifications between them, at the packaged sample: every answer is the one that is due.
#
#   sample-app/scripts/25-json-rpc-clients.sh [--jar=sample-app/target/sample-app.jar] [--keep]
#
# The clients are installed from npm into the script's own directory; what they do stands in clients/jsonrpc.js.
. "$(dirname "$0")/lib.sh"
options "$@"
need node nodejs
need_files 4096
CALLS=10000

npm_packages jayson@5.0.0 json-rpc-2.0@1.8.1
for kind in jayson json-rpc-2.0; do
    echo "$kind"
    start_sample "$kind"
    node_client 300 jsonrpc.js "$kind" 127.0.0.1 "$(sample_port rpc)" $CALLS
    say "$(value batches) batches, $(value notifications) notifications, $(value perSecond) calls per second"
    equal "calls answered" "$(value calls)" $CALLS
    equal "answers other than the one due" "$(value wrong)" 0
    equal "keys set by notifications" "$(value keys)" 500
    end "$SERVER"
    equal "errors in the log" "$(log_lines ' ERROR ')" 0
done
passed
