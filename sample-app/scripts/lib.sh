# The common part of the scripts in this directory: sourced by each of them, never run.
#
# It finds or builds the classes, compiles the clients into a directory of its own, starts servers and waits for the port they
# name, asks the kernel and the JVM for figures, collects the checks, and at the end stops, by process id, what it has started.
set -euo pipefail

NAME=$(basename "$0" .sh)
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$SCRIPTS/../.." && pwd)
CORE=$ROOT/mill-io-core/target
BIN=${JAVA_HOME:+$JAVA_HOME/bin/}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/$NAME.XXXXXX")
MODES="direct workers"
JAR=
JVM=()
SERVER=
HOST=
PORT=
STARTED=()
FAILED=0
SETTLED=

# ---- options and preconditions -----------------------------------------------------------------------------------------

# options "$@": --mode=direct|workers runs one mode only, --jar=FILE the packaged sample, or the core's jar, where a script knows how
# to, --keep keeps the logs.
options() {
    local arg
    for arg in "$@"; do
        case $arg in
            --mode=direct | --mode=workers) MODES=${arg#--mode=} ;;
            --jar=*) JAR=${arg#--jar=} ;;
            --keep) KEEP=yes ;;
            *) die "'$arg' is none of --mode=direct|workers, --jar=FILE, --keep" ;;
        esac
    done
    if [[ -n $JAR && ! -f $JAR ]]; then
        die "$JAR does not exist; build it with: mvn -q -DskipTests package"
    fi
}

# need TOOL PACKAGE: ends the script with the command that installs what is missing.
need() {
    command -v "$1" > /dev/null || die "$1 is missing; install it with: sudo apt-get install $2"
}

# The shell's limit of open files is inherited by servers and clients.
need_files() {
    ulimit -S -n "$(ulimit -H -n)"
    [[ $(ulimit -n) == unlimited || $(ulimit -n) -ge $1 ]] \
        || die "only $(ulimit -n) files may be open, and $1 are needed; raise it with: ulimit -n $1"
}

# build [CLIENT...]: the classes of the core if there are none, and the named clients.
build() {
    command -v "${BIN}javac" > /dev/null || die "javac is missing; install it with: sudo apt-get install openjdk-17-jdk-headless"
    if [[ ! -d $CORE/classes || ! -d $CORE/example-classes ]]; then
        need mvn maven
        echo "building, for there is no $CORE/classes"
        (cd "$ROOT" && mvn -q -DskipTests package) || die "the build failed"
    fi
    mkdir -p "$WORK/classes"
    [[ $# -eq 0 ]] || "${BIN}javac" --release 17 -d "$WORK/classes" -cp "$CORE/classes" "${@/#/$SCRIPTS/clients/}"
}

die() {
    echo "FAIL $NAME: $*"
    SETTLED=yes
    exit 1
}

# ---- processes ---------------------------------------------------------------------------------------------------------

# start LOG COMMAND...: in the background, to be stopped with the script; sets PID.
start() {
    local log=$1
    shift
    : > "$WORK/$log.out"
    : > "$WORK/$log.err"
    "$@" >> "$WORK/$log.out" 2>> "$WORK/$log.err" < "${INPUT:-/dev/null}" &
    PID=$!
    STARTED+=("$PID")
}

alive() {
    kill -0 "$1" 2> /dev/null
}

# end PID: a polite signal, 15 s of patience, then the other one.
end() {
    local n
    alive "$1" || return 0
    kill -CONT "$1" 2> /dev/null || true
    kill -TERM "$1" 2> /dev/null || true
    for ((n = 0; n < 150; n++)); do
        alive "$1" || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2> /dev/null || true
}

finish() {
    local status=$? pid
    trap - EXIT
    for pid in "${STARTED[@]}"; do
        end "$pid"
    done
    if [[ -z $SETTLED ]]; then
        tail -n 20 "$WORK"/*.err 2> /dev/null || true
        echo "FAIL $NAME: ended early with status $status; the logs are in $WORK"
        exit 1
    fi
    if [[ $FAILED -gt 0 || -n ${KEEP:-} ]]; then
        echo "(logs: $WORK)"
        [[ $FAILED -eq 0 ]] || echo "FAIL $NAME: $FAILED checks failed"
    else
        rm -rf "$WORK"
    fi
    [[ $FAILED -gt 0 ]] && exit 1
    [[ $status -eq 0 ]] && echo "PASS $NAME"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# started LOG SECONDS: waits for the line that names the port; sets SERVER, HOST and PORT.
started() {
    local n line
    SERVER=$PID
    for ((n = 0; n < $2 * 20; n++)); do
        line=$(grep -ahoE 'listening on (tcp )?[^ ]+:[0-9]+' "$WORK/$1.out" | head -n 1 || true)
        if [[ -n $line ]]; then
            line=${line##* }
            HOST=${line%:*}
            PORT=${line##*:}
            return
        fi
        alive "$SERVER" || { cat "$WORK/$1.err"; die "the server ended before it listened"; }
        sleep 0.05
    done
    die "the server named no port within $2 s"
}

# start_echo MODE [OPTION...]: the echo example, with the options of the JVM that stand in JVM. LABEL tells a second server's log from
# the first one's.
start_echo() {
    local log=server-${LABEL:-$1}
    start "$log" "${BIN}java" "${JVM[@]}" -cp "${JAR:-$CORE/classes}:$CORE/example-classes" EchoServer --port=0 --dispatch="$@"
    started "$log" 60
    SERVER_LOG=$WORK/$log
}

# start_counting MODE [OPTION...]: clients/CountingServer.java, which answers questions.
start_counting() {
    local log=server-${LABEL:-$1}
    mkfifo "$WORK/$log.questions"
    exec 9<> "$WORK/$log.questions"
    INPUT=$WORK/$log.questions start "$log" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$WORK/classes" \
        CountingServer --dispatch="$@"
    started "$log" 60
    SERVER_LOG=$WORK/$log
    QUESTIONS=0
}

# ask: one line of counters from the counting server.
ask() {
    local n line
    QUESTIONS=$((QUESTIONS + 1))
    echo "$QUESTIONS" >&9
    for ((n = 0; n < 400; n++)); do
        line=$(grep -a "^stats=$QUESTIONS " "$SERVER_LOG.out" || true)
        if [[ -n $line ]]; then
            STATS=$line
            return
        fi
        sleep 0.025
    done
    die "the server did not answer within 10 s"
}

# start_redis [PORT]: a Redis server on that port, or on a free one, that keeps nothing; sets REDIS and REDIS_PORT.
start_redis() {
    local try n
    for try in 1 2 3 4 5; do
        REDIS_PORT=${1:-$((20000 + RANDOM % 10000))}
        start redis redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --save "" --appendonly no --dir "$WORK"
        REDIS=$PID
        for ((n = 0; n < 200; n++)); do
            grep -aq "Ready to accept connections" "$WORK/redis.out" && return
            alive "$REDIS" || break
            sleep 0.02
        done
    done
    die "redis-server does not start: $(tail -n 1 "$WORK/redis.out")"
}

# start_sample LOG [OPTION...]: the packaged sample with all ports chosen by the system; sets SERVER and HTTP_PORT.
start_sample() {
    local log=$1 n name
    local ports=(--server.port=0)
    shift
    [[ -n $JAR ]] || JAR=$ROOT/sample-app/target/sample-app.jar
    [[ -f $JAR ]] || die "$JAR does not exist; build it with: mvn -q -DskipTests package"
    for name in echo rpc statsd-udp statsd-tcp; do
        ports+=("--mill.servers.$name.port=0")
    done
    start "$log" "${BIN}java" "${JVM[@]}" -jar "$JAR" "${ports[@]}" "$@"
    SERVER=$PID
    SERVER_LOG=$WORK/$log
    await_line "$log" 'Started SampleApplication' 120
    HTTP_PORT=$(grep -aoE 'Tomcat started on port [0-9]+' "$SERVER_LOG.out" | grep -oE '[0-9]+$')
}

# sample_port NAME: of a server of the sample.
sample_port() {
    grep -aoE "server '$1' listening on [a-z]+ [^ ]+:[0-9]+" "$SERVER_LOG.out" | grep -oE '[0-9]+$'
}

# npm_packages NAME@VERSION...: into the script's directory, without native parts and scripts of theirs.
npm_packages() {
    need npm npm
    (cd "$WORK" && timeout 300 npm install --silent --ignore-scripts --omit=optional --no-audit --no-fund "$@" > npm.out 2>&1) \
        || { tail -n 5 "$WORK/npm.out"; die "npm cannot install $*"; }
}

# node_client SECONDS FILE [ARG...]: as client, but of JavaScript.
node_client() {
    local seconds=$1 file=$2
    shift 2
    OUT=$(NODE_PATH=$WORK/node_modules timeout -k 5 "$seconds" node "$SCRIPTS/clients/$file" "$@" 2>> "$WORK/client.err") \
        || { tail -n 5 "$WORK/client.err"; die "the client $file failed or took longer than $seconds s"; }
}

# kernel_drops PORT: datagrams that the kernel had no room for, by the line of the socket in /proc/net/udp.
kernel_drops() {
    awk -v port="$(printf ':%04X' "$1")" '$2 ~ port "$" { print $NF }' /proc/net/udp
}

# stop_server: politely.
stop_server() {
    end "$SERVER"
    exec 9>&-
}

# client SECONDS CLASS [ARG...]: to its end, at most so long; its figures, one name=value a word, go to OUT.
client() {
    local seconds=$1
    shift
    OUT=$(timeout -k 5 "$seconds" "${BIN}java" -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=${CLIENT_TIER:-4} \
        -cp "$WORK/classes" "$@" 2>> "$WORK/client.err") \
        || { tail -n 5 "$WORK/client.err"; die "the client $1 failed or took longer than $seconds s"; }
}

# program SECONDS CLASS [ARG...]: as client, but with the classes of the core, and the options of the JVM that stand in JVM.
program() {
    local seconds=$1
    shift
    OUT=$(timeout -k 5 "$seconds" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$WORK/classes" "$@" 2>> "$WORK/program.err") \
        || { tail -n 5 "$WORK/program.err"; die "$1 failed or took longer than $seconds s"; }
}

# client_start LOG SECONDS CLASS [ARG...]: in the background; sets PID.
client_start() {
    local log=$1 seconds=$2
    shift 2
    start "$log" timeout -k 5 "$seconds" "${BIN}java" -Xmx512m -XX:+UseSerialGC -cp "$WORK/classes" "$@"
}

# client_end LOG PID: waits for a client in the background; its figures go to OUT.
client_end() {
    wait "$2" || { tail -n 5 "$WORK/$1.err"; die "the client $1 failed or took too long"; }
    OUT=$(cat "$WORK/$1.out")
}

# await_line LOG TEXT SECONDS
await_line() {
    local n
    for ((n = 0; n < $3 * 20; n++)); do
        grep -aq "$2" "$WORK/$1.out" && return
        sleep 0.05
    done
    die "'$2' did not appear in $1.out within $3 s"
}

# value NAME: of the last name=value in OUT.
value() {
    grep -aoE "(^|[ ])$1=[^ ]*" <<< "$OUT" | tail -n 1 | cut -d= -f2 || true
}

# await_stat NAME VALUE: asks until the figure is that, for 10 s at most; what it is then stands in STATS.
await_stat() {
    local n
    for ((n = 0; n < 100; n++)); do
        ask
        if [[ $(stat "$1") == "$2" ]]; then
            return
        fi
        sleep 0.1
    done
}

# stat NAME: of a counter in STATS.
stat() {
    grep -aoE "(^|[ ])$1=[^ ]*" <<< "$STATS" | cut -d= -f2 || true
}

# ---- figures -----------------------------------------------------------------------------------------------------------

now_ms() {
    date +%s%3N
}

# calc EXPRESSION [DECIMALS]
calc() {
    awk "BEGIN { printf \"%.${2:-0}f\", $1 }"
}

# Resident memory now and at its highest, in KiB.
rss() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$SERVER/status"
}

rss_peak() {
    awk '/^VmHWM:/ { print $2 }' "/proc/$SERVER/status"
}

descriptors() {
    ls "/proc/$SERVER/fd" | wc -l
}

# CPU time used so far, in ms.
cpu_ms() {
    local fields
    fields=$(sed 's/.*) //' "/proc/$SERVER/stat")
    echo $(($(awk '{ print $12 + $13 }' <<< "$fields") * 1000 / $(getconf CLK_TCK)))
}

# cpu_percent SECONDS: of one core, over the next seconds.
cpu_percent() {
    local cpu from
    cpu=$(cpu_ms)
    from=$(now_ms)
    sleep "$1"
    calc "100 * ($(cpu_ms) - $cpu) / ($(now_ms) - $from)" 1
}

# Four times, for the serial collector closes all gaps only every fourth time (MarkSweepAlwaysCompactCount).
collect_garbage() {
    local n
    for n in 1 2 3 4; do
        "${BIN}jcmd" "$SERVER" GC.run > /dev/null
    done
}

# Heap in use, in KiB; the serial collector's.
heap_used() {
    "${BIN}jcmd" "$SERVER" GC.heap_info \
        | awk '/total [0-9]+K, used [0-9]+K/ && /(new|New|tenured|Tenured)/ { sub(/.*used /, ""); sum += $0 + 0 } END { print sum + 0 }'
}

# log_lines REGEX: records of the server's log that match.
log_lines() {
    cat "$SERVER_LOG.out" "$SERVER_LOG.err" | grep -acE "$1" || true
}

# ---- checks ------------------------------------------------------------------------------------------------------------

say() {
    echo "       $*"
}

# at_most TEXT VALUE LIMIT [UNIT], and so on: each prints its line and counts a failure.
at_most() {
    judge "$1" "$2" "at most $3" "${4:-}" "$2 <= $3"
}

at_least() {
    judge "$1" "$2" "at least $3" "${4:-}" "$2 >= $3"
}

equal() {
    judge "$1" "$2" "to be $3" "${4:-}" "\"$2\" == \"$3\""
}

judge() {
    local mark="ok  "
    if [[ -z $2 ]] || ! awk "BEGIN { exit !($5) }"; then
        mark=FAIL
        FAILED=$((FAILED + 1))
    fi
    echo "  $mark $1: ${2:-nothing}${4:+ $4} ($3)"
}

# passed: the last line of every script.
passed() {
    SETTLED=yes
}
