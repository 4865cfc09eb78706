#!/usr/bin/env bash
# The HTTP example before real clients: wrk with 256 connections, ab with 50 000 connections one request each, and curl: no error. 500
# connections that trickle their heads and 500 that hardly read, by slowhttptest: everybody else is served all the while. And haproxy and
# nginx in front of it with connections that stay, under load: no 502 and no 504. Takes about five minutes.
#
#   sample-app/scripts/23-http-clients.sh [--mode=direct|workers] [--keep]
#
# What is missing of wrk, ab, slowhttptest, haproxy and nginx is downloaded by apt-get and unpacked below TMPDIR, with its libraries; nothing
# is installed, and the proxies run with configurations of their own, on ports of their own.
. "$(dirname "$0")/lib.sh"
options "$@"
need curl curl
need_files 4096
build
JVM=(-Xmx256m)
TOOLS=$WORK/tools
mkdir "$TOOLS"
SLOW=500

# ---- tools -------------------------------------------------------------------------------------------------------------

# fetch TOOL PACKAGE: sets the array TOOL to what runs it.
fetch() {
    local found
    local -n tool=$1
    found=$(PATH=$PATH:/usr/sbin command -v "$1" || true)
    if [[ -z $found ]]; then
        found=$(find "$TOOLS" -path "*bin/$1" -type f -print -quit)
    fi
    if [[ -z $found ]]; then
        download "$2"
        found=$(find "$TOOLS" -path "*bin/$1" -type f -print -quit)
        [[ -n $found ]] || die "$1 is not in the package $2; install it by hand"
    fi
    tool=(env "LD_LIBRARY_PATH=$(libraries)" "$found")
}

libraries() {
    find "$TOOLS" -name '*.so*' -printf '%h\n' 2> /dev/null | sort -u | paste -sd:
}

# download PACKAGE: with the libraries that this machine lacks.
download() {
    command -v apt-get > /dev/null || die "$1 is missing, and there is no apt-get; install it by hand"
    rm -rf "$TOOLS/archives"
    mkdir -p "$TOOLS/archives/partial"
    apt-get -o Dir::Cache::archives="$TOOLS/archives" -o Debug::NoLocking=1 -y --no-install-recommends --download-only \
        install "$1" > "$WORK/apt-$1.out" 2>&1 \
        || { tail -n 3 "$WORK/apt-$1.out"; die "$1 cannot be downloaded; try: apt-get update"; }
    local package
    for package in "$TOOLS/archives"/*.deb; do
        dpkg-deb -x "$package" "$TOOLS"
    done
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
    echo "$port"
}

# ---- the server --------------------------------------------------------------------------------------------------------

start_http() {
    start "server-$1" "${BIN}java" "${JVM[@]}" -cp "$CORE/classes:$CORE/example-classes" HttpServer --port=0 --root="$WORK/root" \
        --dispatch="$1"
    started "server-$1" 60
    SERVER_LOG=$WORK/server-$1
    URL=http://$HOST:$PORT
}

# A machine that is busy with the clients keeps a reactor waiting, too; that is reported as a stall and is nobody's error.
log_errors() {
    cat "$SERVER_LOG.out" "$SERVER_LOG.err" | grep -aE 'WARNING|SEVERE|ERROR' | grep -vc 'has been blocked for' || true
}

figure() {
    grep -aoE "\"$1\":[0-9]+" <<< "$(curl -s "$URL/stats")" | cut -d: -f2
}

# ---- clients that behave -----------------------------------------------------------------------------------------------

# wrk_run NAME SECONDS CONNECTIONS URL [OPTION...]: sets OUT, RATE and ERRORS, those of sockets and of statuses.
wrk_run() {
    local name=$1 seconds=$2 connections=$3 url=$4
    shift 4
    OUT=$(timeout -k 5 $((seconds + 30)) "${wrk[@]}" -t1 -c"$connections" -d"${seconds}s" --timeout 5s "$@" "$url") \
        || die "wrk failed: $OUT"
    RATE=$(awk '/^Requests\/sec/ { print $2 }' <<< "$OUT")
    ERRORS=$(awk '/Socket errors/ { gsub(",", ""); sum += $4 + $6 + $8 + $10 } /Non-2xx/ { sum += $NF } END { print sum + 0 }' <<< "$OUT")
    equal "$name: errors" "$ERRORS" 0
    at_least "$name: requests a second" "$RATE" 1
}

ab_run() {
    OUT=$(timeout -k 5 300 "${ab[@]}" -q -n 50000 -c 64 "$URL/" 2>&1) || die "ab failed: $(tail -n 3 <<< "$OUT")"
    say "ab: $(awk '/^Requests per second/ { print $4 }' <<< "$OUT") connections a second," \
        "99 % within $(awk '$1 == "99%" { print $2 }' <<< "$OUT") ms"
    equal "ab: connections served" "$(awk '/^Complete requests/ { print $3 }' <<< "$OUT")" 50000
    equal "ab: failed" "$(awk '/^(Failed requests|Non-2xx responses|Write errors)/ { sum += $NF } END { print sum + 0 }' <<< "$OUT")" 0
}

# curl_gets STATUS OPTION...: counts what is answered otherwise.
curl_gets() {
    local status=$1 got
    shift
    got=$(curl -s -o "$WORK/body" -m 10 -w '%{http_code}' "$@" || true)
    if [[ $got != "$status" ]]; then
        echo "       curl $*: $got instead of $status"
        WRONG=$((WRONG + 1))
    fi
}

curl_run() {
    WRONG=0
    curl_gets 200 "$URL/"
    curl_gets 200 "$URL/stats"
    curl_gets 200 "$URL/large.bin"
    cmp -s "$WORK/body" "$WORK/root/large.bin" || WRONG=$((WRONG + 1))
    curl_gets 200 -I "$URL/small.txt"
    curl_gets 200 -0 "$URL/small.txt"
    curl_gets 304 -z "$WORK/root/small.txt" "$URL/small.txt"
    curl_gets 301 "$URL/sub"
    curl_gets 200 -L "$URL/sub"
    curl_gets 404 "$URL/none"
    curl_gets 400 --path-as-is "$URL/../../../../etc/passwd"
    curl_gets 400 "$URL/%2e%2e/%2e%2e/etc/passwd"
    curl_gets 404 "$URL/outside"
    curl_gets 413 -d text "$URL/"
    curl_gets 501 -H 'Transfer-Encoding: chunked' -d text "$URL/"
    curl_gets 413 -H 'Expect: 100-continue' -d text "$URL/"
    curl_gets 405 -X DELETE "$URL/"
    curl_gets 400 -H 'Host: a, b' "$URL/"
    curl_gets 431 -H "X: $(head -c 20000 /dev/zero | tr '\0' a)" "$URL/"
    curl_gets 414 "$URL/$(head -c 9000 /dev/zero | tr '\0' a)"
    equal "curl: answers other than they should be" "$WRONG" 0
    equal "curl: connections for three requests" \
        "$(curl -s -w '%{num_connects}\n' -o /dev/null "$URL/" -o /dev/null "$URL/none" -o /dev/null "$URL/small.txt" \
            | paste -sd+ | xargs -I{} awk 'BEGIN { print {} }')" 1
}

# ---- clients that do not -----------------------------------------------------------------------------------------------

# probe LOG: asks for the small file five times a second until it is ended.
probe() {
    while :; do
        curl -s -o /dev/null -m 5 -w '%{http_code} %{time_total}\n' "$URL/small.txt" || true
        sleep 0.2
    done
}

# slow NAME SECONDS OPTION...
slow() {
    local name=$1 seconds=$2 prober tester most=0 open
    shift 2
    start "probe-$name" probe
    prober=$PID
    start "slow-$name" timeout -k 5 $((seconds + 30)) "${slowhttptest[@]}" -c $SLOW -r 250 -l "$seconds" -p 3 "$@"
    tester=$PID
    while alive "$tester"; do
        open=$(descriptors)
        most=$((open > most ? open : most))
        sleep 0.5
    done
    end "$prober"
    local asked=$(wc -l < "$WORK/probe-$name.out")
    at_least "$name: descriptors of the server at their highest" "$most" $SLOW
    at_least "$name: times the service was asked for" "$asked" "$seconds"
    equal "$name: times it did not answer within 5 s" "$(grep -vc '^200 ' "$WORK/probe-$name.out" || true)" 0
    say "its slowest answer took $(awk '{ print $2 }' "$WORK/probe-$name.out" | sort -n | tail -n 1) s"
    equal "$name: times slowhttptest found it unavailable" \
        "$(grep -a 'service available' "$WORK/slow-$name.out" | grep -ac NO || true)" 0
    at_least "$name: times slowhttptest looked" "$(grep -ac 'service available' "$WORK/slow-$name.out" || true)" 1
}

# ---- proxies -----------------------------------------------------------------------------------------------------------

await_proxy() {
    local n
    for ((n = 0; n < 100; n++)); do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return
        alive "$PID" || break
        sleep 0.1
    done
    die "the proxy does not start: $(tail -n 3 "$WORK/$2.err" "$WORK/$2.out")"
}

start_haproxy() {
    PROXY_PORT=$(free_port)
    cat > "$WORK/haproxy.cfg" << CONF
global
    maxconn 1000
defaults
    mode http
    retries 0
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout http-keep-alive 30s
listen front
    bind 127.0.0.1:$PROXY_PORT
    option http-keep-alive
    http-reuse always
    stats enable
    stats uri /figures
    server mill $HOST:$PORT
CONF
    start "haproxy-$1" "${haproxy[@]}" -db -f "$WORK/haproxy.cfg"
    PROXY=$PID
    await_proxy "$PROXY_PORT" "haproxy-$1"
}

start_nginx() {
    PROXY_PORT=$(free_port)
    mkdir -p "$WORK/nginx"
    cat > "$WORK/nginx.conf" << CONF
daemon off;
pid $WORK/nginx/pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 1000; }
http {
    log_format status '\$status';
    access_log $WORK/nginx/access-$1 status;
    client_body_temp_path $WORK/nginx/body;
    proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi;
    uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    proxy_max_temp_file_size 0;
    upstream mill {
        server $HOST:$PORT;
        keepalive 128;
    }
    server {
        listen 127.0.0.1:$PROXY_PORT;
        location / {
            proxy_pass http://mill;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
        }
    }
}
CONF
    start "nginx-$1" "${nginx[@]}" -e stderr -p "$WORK/nginx" -c "$WORK/nginx.conf"
    PROXY=$PID
    await_proxy "$PROXY_PORT" "nginx-$1"
}

# through NAME: load on pages, small files and a larger one.
through() {
    local before
    before=$(figure accepts)
    wrk_run "through $1" 15 128 "http://127.0.0.1:$PROXY_PORT" -s "$WORK/mix.lua"
    say "through $1: $RATE requests a second over $(($(figure accepts) - before)) connections to the server"
}

haproxy_errors() {
    curl -s "http://127.0.0.1:$PROXY_PORT/figures;csv" | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
        $2 == "BACKEND" { print $column["hrsp_5xx"] + $column["econ"] + $column["eresp"] }'
}

# ---- the proof ---------------------------------------------------------------------------------------------------------

for pair in wrk:wrk ab:apache2-utils slowhttptest:slowhttptest haproxy:haproxy nginx:nginx; do
    fetch "${pair%:*}" "${pair#*:}"
done
mkdir -p "$WORK/root/sub"
head -c 3072 /dev/urandom | base64 -w 0 > "$WORK/root/small.txt"
head -c $((16 << 20)) /dev/urandom > "$WORK/root/large.bin"
head -c $((200 << 10)) /dev/urandom > "$WORK/root/middle.bin"
echo '<p>index</p>' > "$WORK/root/sub/index.html"
ln -s /etc/passwd "$WORK/root/outside"
cat > "$WORK/mix.lua" << 'LUA'
local paths = { "/", "/small.txt", "/small.txt", "/stats", "/sub/", "/middle.bin" }
local n = 0
request = function()
    n = n + 1
    return wrk.format("GET", paths[n % #paths + 1])
end
LUA

for mode in $MODES; do
    echo "$mode"
    start_http "$mode"
    wrk_run "wrk, 256 connections, a computed page" 10 256 "$URL/"
    wrk_run "wrk, 256 connections, a file of 4 KiB" 10 256 "$URL/small.txt"
    ab_run
    curl_run
    slow "slow heads $mode" 25 -H -i 3 -x 24 -u "$URL/"
    slow "slow reads $mode" 25 -X -n 5 -z 32 -w 10 -y 20 -k 3 -u "$URL/large.bin"
    start_haproxy "$mode"
    through haproxy
    equal "haproxy: answers of class 5xx and errors of connections to the server" "$(haproxy_errors)" 0
    end "$PROXY"
    start_nginx "$mode"
    through nginx
    end "$PROXY"
    at_least "nginx: answers" "$(wc -l < "$WORK/nginx/access-$mode")" 1000
    equal "nginx: answers of class 5xx" "$(grep -c '^5' "$WORK/nginx/access-$mode" || true)" 0
    equal "errors that the loop has contained" "$(figure errors)" 0
    at_most "highest resident memory of the server" "$(($(rss_peak) / 1024))" 450 MiB
    equal "errors in the log, but for a reactor that waited for a processor" "$(log_errors)" 0
    equal "times a reactor was found waiting for a disk" "$(log_lines 'at (http\.(StaticFiles|PathResolver)|.*UnixNativeDispatcher)')" 0
    stop_server
done
passed
