#!/usr/bin/env bash
# 20 000 files made in about a second, renamed over and over, deleted with their directory, which then comes back full of others: within 2 s
# of each storm, applying the lines that the example FileWatcher has printed gives exactly what find prints, and nothing has thrown.
#
#   sample-app/scripts/24-file-watcher.sh [--mode=direct|workers] [--keep]
#
# The directory is in memory, where there is /dev/shm: few disks make so many files in a second.
. "$(dirname "$0")/lib.sh"
options "$@"
build FileStorm.java
FILES=20000
PLACE=$WORK
if [[ -d /dev/shm && -w /dev/shm ]]; then
    PLACE=$(mktemp -d "/dev/shm/$NAME.XXXXXX")
    # The status is the last thing that finish sees.
    trap 'code=$?; set +e; rm -rf "$PLACE"; (exit "$code"); finish' EXIT
fi

# The lines of the example, applied in their order; a line that does not fit what the ones before it have left is a breach.
view() {
    awk '
        $1 == "CREATED" { if ($2 in seen) breach++; seen[$2] }
        $1 == "DELETED" { if (!($2 in seen)) breach++; delete seen[$2] }
        $1 == "RENAMED" { if (!($2 in seen)) breach++; delete seen[$2]; seen[$4] }
        $1 == "MODIFIED" { if (!($2 in seen)) breach++ }
        END { for (path in seen) print path; if (breach) print breach " lines that do not fit" }
    ' "$WORK/$1.out" | LC_ALL=C sort > "$WORK/view"
}

# settled LOG WHAT: waits until the view is the directory; it was when the last line was written.
settled() {
    local begin last
    begin=$(now_ms)
    find "$WATCHED" 2> /dev/null | LC_ALL=C sort > "$WORK/find" || true
    while true; do
        view "$1"
        last=$(($(date -r "$WORK/$1.out" +%s%3N) - begin))
        cmp -s "$WORK/view" "$WORK/find" && break
        [[ $(($(now_ms) - begin)) -gt 15000 ]] && break
        sleep 0.1
    done
    at_most "$2: $(wc -l < "$WORK/find") paths, equal after" "$((last < 0 ? 0 : last))" 2000 ms
    equal "$2: lines that differ" "$(diff "$WORK/view" "$WORK/find" | grep -c '^[<>]' || true)" 0
}

for mode in $MODES; do
    echo "$mode"
    WATCHED=$PLACE/$mode
    mkdir "$WATCHED"
    start "watcher-$mode" "${BIN}java" -Xmx128m -cp "$CORE/classes:$CORE/example-classes" FileWatcher \
        --path="$WATCHED" --existing=true --dispatch="$mode"
    WATCHER=$PID
    await_line "watcher-$mode" "watching $WATCHED" 60

    client 120 FileStorm create "$WATCHED" "$FILES"
    say "$(value done) files in $(value millis) ms"
    settled "watcher-$mode" "created"

    client 120 FileStorm rename "$WATCHED" "$FILES" 5
    say "$(value done) renames in $(value millis) ms"
    settled "watcher-$mode" "renamed"

    rm -rf "$WATCHED"
    settled "watcher-$mode" "deleted"
    mkdir "$WATCHED"
    client 120 FileStorm create "$WATCHED" "$((FILES / 2))"
    settled "watcher-$mode" "back"

    # Too fast for anybody to look in between.
    rm -rf "$WATCHED"
    mkdir -p "$WATCHED/again"
    touch "$WATCHED/again/file"
    settled "watcher-$mode" "deleted and back at once"

    end "$WATCHER"
    OUT=$(grep -a FileWatchStats "$WORK/watcher-$mode.out" | tr ',[]' '   ')
    say "$(value events) events, $(value overflows) overflows, $(value scans) scans"
    at_least "overflows" "$(value overflows)" 1
    equal "errors" "$(value errors)" 0
    SERVER_LOG=$WORK/watcher-$mode
    equal "exceptions in the log" "$(log_lines 'Exception|Error:')" 0
done
passed
