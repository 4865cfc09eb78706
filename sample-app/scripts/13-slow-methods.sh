#!/usr/bin/env bash
# SIGTERM with 1 000 requests under way at slow @MillHandler methods of three servers of one Spring Boot application: none is lost, new
# connections are refused, and all drain in the time of the slowest (4 s) beside each other, well before the phase's time-out.
#
#   sample-app/scripts/13-slow-methods.sh [--jar=sample-app/target/sample-app.jar] [--keep]
#
# The packaged sample lends its libraries; the application is clients/SlowMethods.java, and clients/InFlight.java asks it and sends the
# signal.
. "$(dirname "$0")/lib.sh"
options "$@"
need unzip unzip
need_files 3000
[[ -n $JAR ]] || JAR=$ROOT/sample-app/target/sample-app.jar
[[ -f $JAR ]] || die "$JAR does not exist; build it with: mvn -q -DskipTests package"
build InFlight.java
unzip -q "$JAR" 'BOOT-INF/lib/*' -d "$WORK/app"
"${BIN}javac" --release 17 -parameters -proc:none -d "$WORK/classes" -cp "$WORK/app/BOOT-INF/lib/*" \
    "$SCRIPTS/clients/SlowMethods.java"

servers=()
for name in a-fast b-slow c-slowest; do
    servers+=("--mill.servers.$name.address=127.0.0.1" "--mill.servers.$name.port=0" "--mill.servers.$name.framing.type=line")
done
start app "${BIN}java" -cp "$WORK/classes:$WORK/app/BOOT-INF/lib/*" SlowMethods --server.port=0 "${servers[@]}"
app=$PID
for ((n = 0; n < 1200; n++)); do
    mapfile -t ports < <(grep -ahoE 'listening on tcp [^ ]+:[0-9]+' "$WORK/app.out" | sed 's/.*://')
    [[ ${#ports[@]} -eq 3 ]] && break
    alive "$app" || { cat "$WORK/app.out"; die "the application ended before it listened"; }
    sleep 0.05
done
client_start clients 120 InFlight "$app" 1000 "${ports[@]}"
status=0
wait "$app" || status=$?
client_end clients "$PID"
say "1000 requests: lost=$(value lost) wrong=$(value wrong) reset=$(value reset), ports closed after $(value closed) ms, last answer" \
    "after $(value last) ms"
equal "requests lost, answered wrong or cut" "$(($(value lost) + $(value wrong) + $(value reset)))" 0
equal "ports that refuse new connections" "$(value refused)" 3
at_most "last answer" "$(value last)" 8000 ms
equal "exit status" "$status" 143
equal "lines in the log that say something was cut" "$(grep -ac '[1-9][0-9]* cut at the deadline' "$WORK/app.out" || true)" 0
passed
