#!/usr/bin/env bats
# The database of --db: what is in it, and what is left of it when things go wrong.

load common

# How lineage/store.h marks its databases, besides "ldfi" as the application's id.
VERSION=4

retry() {
    local wanted=$1
    shift
    ldfi "$wanted" run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --db runs.db "$@"
}

# Is a database sound, and is every run in it that claims to be whole?
assert_sound() { # FILE
    equal "$(query "$1" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok
    equal "$(query "$1" 'PRAGMA user_version')" $VERSION
    # A whole run has facts; its firings have rules, heads or messages, and premises that are there.
    equal "$(query "$1" "
        SELECT 'no facts', e.id FROM execution e
         WHERE recorded AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.execution = e.id)
        UNION ALL SELECT 'no head', g.execution FROM firing g
         LEFT JOIN fact f ON f.execution = g.execution AND f.number = g.head
         LEFT JOIN message m ON m.execution = g.execution AND m.number = g.message
         WHERE f.number IS NULL AND m.number IS NULL
        UNION ALL SELECT 'no premise', p.execution FROM premise p
         LEFT JOIN fact f ON f.execution = p.execution AND f.number = p.item AND p.kind <> 1
         LEFT JOIN absence a ON a.execution = p.execution AND a.number = p.item AND p.kind = 1
         WHERE f.number IS NULL AND a.number IS NULL
        UNION ALL SELECT 'no tuple', f.execution FROM fact f JOIN execution e ON e.id = f.execution
         LEFT JOIN tuple t ON t.search = e.search AND t.number = f.tuple WHERE t.number IS NULL
        LIMIT 5")" ""
    # Its schedule is there, too: as many faults as its name has.
    equal "$(query "$1" "SELECT run, size, faults FROM runs WHERE size <>
        (length(faults) - length(replace(faults, 'omit(', ''))) / 5 +
        (length(faults) - length(replace(faults, 'crash(', ''))) / 6 LIMIT 5")" ""
}

@test "a database is marked, sound and says how the search went" {
    retry 1
    assert_sound runs.db
    equal "$(query runs.db 'PRAGMA application_id')" $((0x6c646669))
    equal "$(query runs.db 'PRAGMA journal_mode')" wal
    equal "$(query runs.db 'SELECT scenario, strategy, oracle, eot, eff, crashes, verdict, complete
        FROM search')" 'retry|lineage|strict|4|2|1|counterexample|1'
    equal "$(query runs.db 'SELECT name FROM node ORDER BY number' | xargs)" "a b c"
}

@test "the views runs, messages and why answer" {
    retry 1 --all
    equal "$(query runs.db "SELECT kind, faults, promise FROM runs WHERE size = 0")" \
        'good|no faults|kept'
    # By hand: two minimal schedules, each with what it breaks.
    equal "$(query runs.db "SELECT size, promise, broken FROM runs WHERE kind = 'counterexample'
        ORDER BY faults")" $'2|broken|pre("c", "hello")\n2|broken|pre("b", "hello")'
    # a sends to two nodes at each of four times.
    local good
    good=$(query runs.db "SELECT run FROM runs WHERE kind = 'good'")
    equal "$(query runs.db "SELECT fate, count(*) FROM messages WHERE run = $good GROUP BY fate
        ORDER BY fate")" $'delivered|6\nin flight|2'
    equal "$(query runs.db "SELECT sender, receiver, received, tuple FROM messages
        WHERE run = $good AND sent = 1 ORDER BY receiver")" \
        $'a|b|2|holds("b", "hello")\na|c|2|holds("c", "hello")'
    # b has the message at time 2 because a had it in its outbox and knew b.
    equal "$(query runs.db "SELECT premise_is, premise, premise_time, rode_on IS NOT NULL FROM why
        WHERE run = $good AND time = 2 AND fact = 'holds(\"b\", \"hello\")' ORDER BY premise")" \
        $'present|knows("a", "b")|1|1\npresent|outbox("a", "hello")|1|1'
    # What was lost is remembered.
    equal "$(query runs.db "SELECT count(*) > 0 FROM messages WHERE fate = 'lost by omission'
        AND received IS NULL")" 1
}

@test "the good run and every counterexample are recorded whole" {
    local search
    for search in lineage exhaustive random; do
        rm -f runs.db
        retry 1 --all --search $search
        assert_sound runs.db
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE NOT recorded
            AND kind IN ('good', 'counterexample')")" 0
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE kind = 'good'")" 1
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE kind = 'counterexample'")" 2
    done
}

@test "--record all records every run whole" {
    # Exhaustive search merges executions, so that it has no whole ones to record.
    local search runs checks
    for search in lineage random; do
        rm -f runs.db
        retry 1 --all --search $search --record all --json
        runs=$(jq .runs <<<"$output")
        checks=$(jq .checks <<<"$output")
        assert_sound runs.db
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE NOT recorded")" 0
        equal "$(query runs.db "SELECT run_count FROM search")" "$runs"
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE kind IN ('good', 'hypothesis')")" \
            "$runs"
        equal "$(query runs.db "SELECT count(*) FROM runs WHERE kind = 'check'")" "$checks"
    done
}

@test "the formula is in the database as --dimacs writes it" {
    retry 1 --dimacs formula.cnf
    [ "$(grep -vc '^[cp]' formula.cnf)" -gt 0 ]
    equal "$(query runs.db "SELECT literals || ' 0' FROM clause ORDER BY number")" \
        "$(grep -v '^[cp]' formula.cnf)"
    equal "$(query runs.db "SELECT 'c ' || number || ' ' || meaning FROM variable ORDER BY number")" \
        "$(grep '^c [0-9]' formula.cnf)"
}

@test "several searches share a database" {
    retry 1
    ldfi 0 run "$DELIVERY/classic.ded" -N a,b,c -t 6 -f 0 -c 2 --db runs.db
    assert_sound runs.db
    equal "$(query runs.db 'SELECT scenario, verdict FROM search ORDER BY id')" \
        $'retry|counterexample\nclassic|certified'
    equal "$(query runs.db "SELECT count(DISTINCT search) FROM runs WHERE kind = 'good'")" 2
}

# refuses WANTED REGEX: --db runs.db ends so, and leaves every file as it was.
refuses() {
    local before
    before=$(snapshot)
    retry "$1"
    equal "$output" ""
    says "$(head -1 <<<"$stderr")" '^runs.db:1:1: error: '
    says "$stderr" "$2"
    equal "$(snapshot)" "$before"
}

@test "a database of another version is refused and left alone" {
    retry 1
    sqlite3 runs.db "PRAGMA user_version = $((VERSION + 1)); PRAGMA wal_checkpoint(TRUNCATE)" \
        >/dev/null
    refuses 2 "version $((VERSION + 1)) .*version $VERSION;.*name a new one"
}

@test "a database of another program is refused and left alone" {
    sqlite3 runs.db 'CREATE TABLE precious (x); INSERT INTO precious VALUES (1)'
    refuses 2 'name a new file'
}

@test "a file that is no database is refused and left alone" {
    seq 1000 >runs.db
    refuses 2 'name a new'
}

@test "a database that is cut off is refused and left alone" {
    retry 1 --record all
    query runs.db 'PRAGMA integrity_check' >/dev/null
    local bytes
    bytes=$(stat -c %s runs.db)
    truncate -s $((bytes / 8192 * 4096)) runs.db
    local before
    before=$(sha256sum runs.db)
    retry 2
    says "$stderr" '^runs.db:1:1: error: .*name a new file'
    equal "$(sha256sum runs.db)" "$before"
}

@test "a folder is refused as a database, and so is a place that is not there" {
    mkdir runs.db
    refuses 2 'runs.db|folder|directory|file'
    ldfi 2 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --db nowhere/runs.db
    says "$stderr" '^nowhere/runs.db:1:1: error: '
    refute test -e nowhere
}

@test "a locked database is status 4 and left alone" {
    retry 1
    mkfifo hold
    sqlite3 runs.db <hold &
    local holder=$!
    exec 9>hold
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&9
    sleep 0.3
    retry 4
    says "$stderr" 'error: .*lock'
    exec 9>&-
    wait $holder
    assert_sound runs.db
    equal "$(query runs.db 'SELECT count(*) FROM search')" 1
}

# What must hold of runs.db, if it is there, after a disk was full.
assert_nothing_half_written() {
    if [ -e runs.db ]; then
        assert_sound runs.db
        equal "$(query runs.db "SELECT count(*) FROM search WHERE verdict = 'certified'")" 0
    fi
}

@test "a file that may not grow is like a full disk: status 4 and nothing half-written" {
    local kilobytes
    for kilobytes in 4 40 100 200 300; do
        rm -f runs.db*
        run --separate-stderr timeout 60 bash -c "ulimit -f $kilobytes; exec \"\$0\" \"\$@\"" \
            "$LDFI" run "$DELIVERY/acknowledged.ded" -N a,b,c -t 8 -f 6 -c 1 --record all \
            --search random --runs 50 --db runs.db
        echo "$kilobytes kB: status $status, $stderr"
        equal "$status" 4
        equal "$output" ""
        says "$stderr" 'error: .*room'
        assert_nothing_half_written
    done
}

@test "a full disk is status 4, says what to do and leaves nothing half-written" {
    unshare -rm mount -t tmpfs none "$PWD" 2>/dev/null || skip "this machine mounts no tmpfs"
    local kilobytes
    for kilobytes in 4 100 400; do
        mkdir -p disk "kept$kilobytes"
        run --separate-stderr timeout 60 unshare -rm bash -c "
            mount -t tmpfs -o size=${kilobytes}k none disk && shift &&
            { \"\$@\"; status=\$?; cp disk/* kept$kilobytes 2>/dev/null; exit \$status; }" bash - \
            "$LDFI" run "$DELIVERY/acknowledged.ded" -N a,b,c -t 8 -f 6 -c 1 --record all \
            --search random --runs 50 --db disk/runs.db
        echo "$kilobytes kB: status $status, $stderr"
        equal "$status" 4
        says "$stderr" 'error: .*full.*room'
        (cd "kept$kilobytes" && assert_nothing_half_written)
    done
}

# start ARGUMENT...: a search of runs.db that goes on until it is ended; returns when some runs are in.
start() {
    "$LDFI" run "$DELIVERY/acknowledged.ded" -N a,b,c -t 8 -f 6 -c 1 --search random \
        --runs 1000000000 --record all --db runs.db "$@" >out.json 2>err.txt &
    SEARCH=$!
    local tries=0
    until [ "$(sqlite3 runs.db 'SELECT count(*) > 20 FROM execution' 2>/dev/null)" = 1 ]; do
        sleep 0.1
        [ $((tries++)) -lt 200 ]
    done
}

@test "a killed search leaves a sound database with whole runs only" {
    start
    kill -KILL $SEARCH
    wait $SEARCH || equal $? 137
    sqlite3 runs.db 'SELECT 1' >/dev/null
    assert_sound runs.db
    equal "$(query runs.db 'SELECT count(*), count(verdict) FROM search')" "1|0"
    equal "$(query runs.db 'SELECT count(*) > 20 AND sum(recorded) = count(*) FROM runs')" 1
    # The next search takes the database as it is.
    retry 1
    equal "$(query runs.db 'SELECT count(*), count(verdict) FROM search')" "2|1"
    # A run that was stored is the run that its schedule leads to.
    local faults
    faults=$(query runs.db "SELECT faults FROM runs WHERE search = 1 AND size > 0
        ORDER BY run DESC LIMIT 1")
    equal "$(query runs.db "SELECT promise FROM runs WHERE search = 1 AND faults = '$faults'
        LIMIT 1")" kept # the protocol is correct within these bounds
}

@test "an interrupted search is status 130 and keeps what it learned" {
    start --json
    kill -INT $SEARCH
    local ended=0
    wait $SEARCH || ended=$?
    equal "$ended" 130
    assert_sound runs.db
    local runs
    runs=$(jq .runs out.json)
    equal "$(query runs.db 'SELECT verdict, complete, run_count FROM search')" "incomplete|0|$runs"
    equal "$(query runs.db 'SELECT count(*) FROM runs')" "$runs"
}

@test "a machine without memory is status 4 and leaves a sound database" {
    is_sanitized && skip "a program under ASan cannot run within a limit on its address space"
    run --separate-stderr timeout 60 bash -c 'ulimit -v 40000; exec "$0" "$@"' "$LDFI" run \
        "$DELIVERY/acknowledged.ded" -N a,b,c -t 60 -f 50 -c 2 --search exhaustive --db runs.db
    echo "status $status: $output $stderr"
    equal "$status" 4
    equal "$output" ""
    says "$stderr" 'error: .*memory'
    sqlite3 runs.db 'SELECT 1' >/dev/null
    assert_sound runs.db
}

@test "without --db nothing is written" {
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --all --record all
    equal "$(snapshot)" ""
}

@test "several processes may begin on one new database at once" {
    cp "$DELIVERY"/*.ded .
    local round process
    for round in 1 2 3; do
        for process in 1 2 3 4; do
            "$LDFI" run retry.ded -N a,b,c -t 6 -f 3 -c 0 --db "new$round.db" --quiet &
            eval "process$process=$!"
        done
        # shellcheck disable=SC2154  # set by eval
        wait "$process1" && wait "$process2" && wait "$process3" && wait "$process4"
        equal "$(query "new$round.db" "SELECT count(*), sum(verdict = 'certified') FROM search")" "4|4"
        equal "$(query "new$round.db" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok
    done
}
