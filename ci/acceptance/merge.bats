#!/usr/bin/env bats
# `ldfi merge`: databases of sweeps and searches become one.

load common

LADDER=$ROOT/scenarios/primary_backup

# A scenario of models/delivery/simple.ded, which loses a message: small NAME EOT
small() {
    jq -n "{model: [\"$DELIVERY/simple.ded\"], nodes: [\"a\", \"b\", \"c\"], eot: $2, eff: 2,
        crashes: 0, expect: \"counterexample\"}" >"$1.json"
}

counts() {
    query "$1" "SELECT (SELECT count(*) FROM result) || ' results, ' ||
        (SELECT count(*) FROM search) || ' searches, ' || (SELECT count(*) FROM execution) ||
        ' runs, ' || (SELECT count(*) FROM fact) || ' facts, ' || (SELECT count(*) FROM clause) ||
        ' clauses'"
}

@test "shards become one sweep, of which nothing is run again" {
    mkdir s
    local name part
    for name in 4 5 6 7 8 9; do small s/eot$name $name; done
    for part in 1 2 3; do ldfi 0 sweep s --shard $part/3 --resume $part.db -q; done
    ldfi 3 merge all.db 1.db 3.db
    says "$output" '^shard 2 of 3 is missing \(sweep [0-9a-f]{8}\)$'
    ldfi 0 merge all.db 1.db 2.db 3.db --json
    json '.lacking == []' '.conflicts == []' '[.merged[].database] == ["1.db", "2.db", "3.db"]' \
        '.merged[0].results == 0 and .merged[2].results == 0 and .status == 0'
    equal "$(query all.db 'SELECT count(*) FROM result')" 6
    ldfi 0 merge other.db 3.db 2.db 1.db # in another order
    local rows='SELECT * FROM result ORDER BY key, scenario, choice'
    equal "$(query other.db "$rows" | sha256sum)" "$(query all.db "$rows" | sha256sum)"
    ldfi 0 sweep s --resume all.db --json
    json '.results | length == 6 and all(.resumed)'
}

@test "searches keep their lineage, and twice is once" {
    local rung before
    for rung in 1 2 3; do ldfi 0 run "$LADDER/rung$rung.json" --db $rung.db -q; done
    cp 3.db all.db
    ldfi 0 merge all.db 1.db 2.db
    says "$output" '^1.db: 0 new results, 1 new search$'
    before=$(counts all.db)
    equal "$(query all.db 'SELECT scenario FROM search ORDER BY id' | paste -sd' ')" \
        'rung3 rung1 rung2'
    equal "$(query all.db 'PRAGMA foreign_key_check; PRAGMA integrity_check')" ok
    ldfi 0 merge all.db 2.db 1.db 3.db
    equal "$(counts all.db)" "$before"
    # Why is w1 at a, and at a alone?
    local why="SELECT DISTINCT rule, premise_is, premise FROM why JOIN search s ON s.id = search
        WHERE s.scenario = 'rung1' AND fact = 'log(\"a\", \"w1\")' ORDER BY 1, 2, 3"
    says "$(query 1.db "$why")" 'rep\("a", "c", "w1"\)'
    equal "$(query all.db "$why")" "$(query 1.db "$why")"
}

@test "other answers to one question are told, and ours stays" {
    small s 4
    ldfi 0 sweep s.json --resume ours.db -q
    cp ours.db theirs.db
    sqlite3 theirs.db "UPDATE result SET verdict = 'certified', smallest = NULL"
    ldfi 1 merge ours.db theirs.db
    says "$output" '^conflict: s.json is counterexample omit\(a,[bc],1\) \(.* runs\) here and certified \(.* runs\) in theirs.db$'
    ldfi 1 merge ours.db theirs.db --json
    json '.status == 1' '.conflicts | length == 1 and (.[0] | keys) ==
        ["choice", "database", "ours", "scenario", "theirs"]'
    equal "$(query ours.db 'SELECT verdict FROM result')" counterexample
    # Whatever somebody has written into it, a terminal is not told what to do.
    sqlite3 theirs.db "UPDATE result SET smallest = char(27) || '[2J' || char(10) || 'fine'"
    ldfi 1 merge ours.db theirs.db
    refute grep -Eq $'\e|^fine' <<<"$output"
}

@test "a sweep that was stopped is said to be unfinished until it has ended" {
    mkdir s
    small s/p 4
    ldfi 0 sweep s --resume a.db -q
    sqlite3 a.db 'UPDATE shard SET finished = 0'
    ldfi 3 merge all.db a.db
    says "$output" '^shard 1 of 1 is not finished'
    ldfi 0 sweep s --resume a.db -q
    ldfi 0 merge all.db a.db
}

@test "what cannot be merged is an error that names it, and leaves no file" {
    small s 4
    ldfi 0 sweep s.json --resume good.db -q
    echo 'no database, but long enough for one' >text.db
    sqlite3 other.db 'CREATE TABLE result (x)'
    sqlite3 old.db 'PRAGMA application_id = 0x6c646669; PRAGMA user_version = 2; CREATE TABLE x (y)'
    local file wanted before
    before=$(snapshot | grep -v good.db)
    while read -r file wanted; do
        ldfi 2 merge new.db "$file"
        says "$stderr" "^command line:1:[0-9]+: error: cannot merge $file: $wanted"
        ldfi 2 merge new.db "$file" --json
        json '.error.message | test("cannot merge")'
        [ ! -e new.db ]
    done <<'TABLE'
nowhere.db it is no file
. it is no file
text.db file is not a database
other.db it is no database that ldfi made
old.db it has the schema of another version
TABLE
    equal "$(snapshot | grep -v good.db)" "$before"
    ldfi 2 merge good.db good.db
    says "$stderr" 'into itself'
    ldfi 2 merge good.db ./good.db
    ldfi 2 merge text.db good.db # what to write, too
    ldfi 2 merge good.db
    says "$stderr" 'at least one to read'
    ldfi 2 merge new.db text.db good.db # the good one is taken
    equal "$(counts new.db)" "$(counts good.db)"
}

@test "a database that others are writing to is the machine's failure, after a while" {
    small s 4
    ldfi 0 sweep s.json --resume a.db -q
    cp a.db b.db
    sqlite3 b.db "UPDATE result SET key = 'k'"
    coproc sqlite3 a.db
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&"${COPROC[1]}"
    read -r _ <&"${COPROC[0]}"
    ldfi 4 merge a.db b.db
    says "$stderr" 'cannot merge b.db: database is locked'
    exec {COPROC[1]}>&-
    wait
    ldfi 0 merge a.db b.db
    equal "$(query a.db 'SELECT count(*) FROM result')" 2
}

@test "a signal ends a merge with 130, and what was joined is whole" {
    ldfi 0 sweep "$ROOT/scenarios/delivery/simple_4_2_0.json" --db one.db -q
    # Enough rows to be in the middle of.
    sqlite3 one.db "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        INSERT INTO result SELECT hex(randomblob(16)), scenario || i, choice, version, verdict, vacuous,
        eot, eff, crashes, runs, smallest, done, report, seconds, recorded FROM result, n"
    "$LDFI" merge out.db one.db &
    local merging=$!
    sleep 0.5
    kill -INT $merging
    local ended=0
    wait $merging || ended=$?
    [ "$ended" -eq 130 ]
    [ ! -e out.db ] || equal "$(query out.db 'PRAGMA integrity_check; SELECT count(*) FROM result')" $'ok\n0'
}
