#!/usr/bin/env bats
# ldfi sweep: many scenarios in parallel, with all their inputs and with growing bounds; results that
# are kept, and what people and CI servers are told.

load common

RUNG1=$ROOT/models/primary_backup/rung1.ded

# scenario FILE [FILTER]: a scenario of kept.ded, certified whatever happens, and changed so.
scenario() {
    [ -e kept.ded ] || write_kept_model
    mkdir -p "$(dirname "$1")"
    jq "${2:-.}" >"$1" <<END
{"model": ["$PWD/kept.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0,
 "expect": "certified"}
END
}

# broken FILE [FILTER]: one whose promise breaks when b crashes.
broken() {
    [ -e silent.ded ] || write_silent_model
    scenario "$1" ".model = [\"$PWD/silent.ded\"] | .crashes = 1 | .expect = \"counterexample\" |
        ${2:-.}"
}

# project FILE NAME [FILTER]: a scenario of the project, in another place.
project() {
    jq "(.model, .inputs) |= map(\"$ROOT/scenarios/primary_backup/\" + .) | ${3:-.}" \
        "$ROOT/scenarios/primary_backup/$2.json" >"$1"
}

# endless FILE: one whose search takes longer than anybody waits.
endless() {
    project "$1" rung5_staggered '.eot = 100 | .crashes = 3'
}

# a sends b a word at 1 and again at 4: see harness/testing_job.h.
twice() { # FILE FILTER
    cat >twice.ded <<'END'
told("a", "b")@1;
told(A, B)@next :- told(A, B);
tries("a", "b")@1; tries("a", "b")@4;
heard(B)@async :- tries(A, B);
heard(B)@next :- heard(B);
pre(B) :- told(_, B);
post(B) :- heard(B);
END
    scenario "$1" ".model = [\"$PWD/twice.ded\"] | del(.expect) | $2"
}

# What does not depend on the machine in the JSON of a sweep.
lasting() {
    jq 'del(.seconds) | .results[] |= del(.seconds, .resumed)' <<<"$output"
}

statuses() {
    jq -c '[.results[].status]' <<<"$output"
}

wait_until() { # COMMAND...: for up to 20 seconds
    local moment
    for moment in $(seq 200); do
        "$@" && return
        sleep 0.1
    done
    echo "in vain: $*, $moment times"
    return 1
}

@test "a table names what is not as expected first, and has a row for each scenario" {
    scenario s/a.json
    broken s/b.json
    broken s/c.json '.expect = "certified"'
    scenario s/d.json '.expect = "counterexample"'
    scenario s/e.json '.nodes = []'
    ldfi 2 sweep s
    says "${lines[0]}" '^s/e.json: error: no nodes'
    says "${lines[1]}" '^s/c.json: counterexample, but certified was expected: crash\(b,1\)$'
    says "${lines[2]}" '^s/d.json: certified, but counterexample was expected$'
    says "$output" '^s/a.json +kept +certified +certified +1 +[0-9.]+$'
    says "$output" '^s/b.json +silent +counterexample +counterexample +[0-9]+ +[0-9.]+ +crash\(b,1\)$'
    says "$output" '^5 scenarios: 2 right, 3 wrong, 0 without an answer; [0-9.]+ s$'
    ldfi 2 sweep s --quiet
    equal "$output$stderr" ""
}

@test "the status is that of the worst scenario" {
    scenario right.json
    broken wrong.json '.expect = "certified"'
    scenario bad.json '.eot = 0'
    local short=$ROOT/scenarios/primary_backup/rung4.json
    ldfi 0 sweep right.json
    ldfi 3 sweep right.json "$short" --max-runs 10
    ldfi 1 sweep right.json "$short" wrong.json --max-runs 10
    ldfi 2 sweep right.json "$short" wrong.json bad.json --max-runs 10 --json
    equal "$(statuses)" '[0,3,1,2]'
    json '.status == 2' '.results[1].stopped_by == "runs"' '.results[1].verdict == "incomplete"' \
        '.results[3].error.file == "bad.json"' '.results[3].error.line > 0'
}

@test "of a folder every scenario is taken, and nothing else; no mistake is skipped" {
    scenario s/b.json
    scenario s/deep/er/a.json
    scenario s/.hidden.json
    scenario s/.git/c.json
    echo '{"$schema": "x"}' >s/schema.json
    echo '{"kind": "bundle"}' >s/bundle.json
    echo 'no scenario' >s/notes.txt
    mkdir s/folder.json
    ln -s .. s/deep/up # is its own parent, and leads round
    ldfi 0 sweep ./s --json
    equal "$(jq -r '.results[].scenario' <<<"$output")" $'s/b.json\ns/deep/er/a.json'
    echo '{"eot": 3,' >s/deep/torn.json
    echo '{"Kind": "bundle"}' >s/kinder.json
    ln -s nowhere s/lost.json
    ldfi 2 sweep s --json
    equal "$(jq -r '.results[] | select(.status == 2) | .scenario' <<<"$output")" \
        $'s/deep/torn.json\ns/kinder.json\ns/lost.json'
    # What is named is taken, whatever it says, and once.
    ldfi 2 sweep s/bundle.json
    ldfi 0 sweep s/b.json ./s/b.json s/deep/er s/deep/er --json
    json '.results | length == 2'
    mkdir empty
    ldfi 2 sweep empty
    says "$stderr" '^command line:1:12: error: there is no scenario'
    ldfi 2 sweep none.json
    says "$stderr" '^command line:1:12: error: cannot read none.json'
    ldfi 2 sweep
    says "$stderr" 'name scenarios'
}

@test "options that make no sense are errors, and nothing is run or written" {
    scenario a.json
    local words before
    before=$(snapshot)
    while read -r words; do
        echo "$words"
        # shellcheck disable=SC2086
        ldfi 2 sweep a.json $words
        says "$stderr" '^command line:1:[0-9]+: error: '
        equal "$output" ""
        equal "$(snapshot)" "$before"
    done <<'END'
--jobs 0
--jobs 9999
--max-seconds 0
--max-runs 0
--max-eot 0
--max-eot 1001
--max-memory 0
--shard 0/3
--shard 4/3
--shard 1/0
--shard 1/3x
--shard 1
--shard 1/9999999
--annotate gitlab
--db r.db --resume r.db
--junit nowhere/r.xml
--junit .
--markdown nowhere/r.md
--junit r.xml --markdown r.xml
--junit r.db --resume r.db
END
    ldfi 2 sweep none.json --junit r.xml --markdown r.md --db r.db
    equal "$(snapshot)" "$before"
}

@test "one process and two say the same" {
    scenario s/a.json
    broken s/b.json '.choose = {"n": [1, 2, 3]} | .given = ["n($n)@1;"]'
    scenario s/c.json '.expect = null | .eot = 0'
    twice s/d.json '.eot = "sweep" | .eff = "sweep"'
    ldfi 2 sweep s --json --jobs 1
    local one
    one=$(lasting)
    ldfi 2 sweep s --json --jobs 2
    equal "$(lasting)" "$one"
    # With more processes than searches the rest are threads, and that shows nowhere either.
    ldfi 2 sweep s --json --jobs 9
    equal "$(lasting)" "$one"
}

# Version 1 loses writes when the primary, c, crashes between its messages: no write, or one that
# goes to a backup, which is no primary and does nothing, shows nothing.
@test "each combination of inputs is searched, and the smallest counterexample is told" {
    scenario in.json ".model = [\"$RUNG1\"] | .nodes = [\"a\", \"b\", \"c\", \"C\", \"M\"] |
        .immune = [\"M\", \"C\"] | .eot = 14 | .eff = 0 | .crashes = 1 |
        .choose = {\"to\": [\"a\", \"c\"], \"writes\": {\"from\": 0, \"to\": 2}} |
        .given = [{\"fact\": \"request(\\\"C\\\", \\\"\$to\\\", \\\"w\$i\\\")@\$i;\",
                   \"each\": \"i\", \"to\": \"\$writes\"}]"
    ldfi 1 sweep in.json --db r.db --json
    json '.results[0].inputs | .combinations == 6 and .broken == 2 and .certified == 4' \
        '.results[0].choice == {"to": "c", "writes": 1}' '.results[0].counterexample.text == "crash(c,3)"'
    local to writes found search
    for to in a c; do
        for writes in 0 1 2; do
            found=$(query r.db "SELECT verdict || ' ' || coalesce(smallest, '') FROM result
                WHERE choice = json_object('to', '$to', 'writes', $writes)")
            for search in lineage exhaustive; do
                run --separate-stderr "$LDFI" run in.json --choose to=$to --choose writes=$writes \
                    --search $search --json
                equal "$(jq -r '.verdict + " " + (.counterexamples[0].text // "")' <<<"$output")" \
                    "$found"
            done
        done
    done
    ldfi 2 run in.json --choose to=a
    says "$stderr" 'in.json:[0-9]+:[0-9]+|command line:.*3 combinations of inputs open'
    ldfi 2 run in.json --choose to=b --choose writes=1
    says "$stderr" "^command line:1:[0-9]+: error: 'b' is no alternative"
}

@test "what growing bounds certify and break, exhaustive search certifies and breaks" {
    twice s/both.json '.eot = "sweep" | .eff = "sweep"'
    scenario s/retry.json ".model = [\"$DELIVERY/retry.ded\"] | .nodes = [\"a\", \"b\", \"c\"] |
        .eot = \"sweep\" | .eff = \"sweep\" | .crashes = 1 | .expect = \"counterexample\""
    ldfi 1 sweep s --max-eot 22 --max-runs 60 --json
    equal "$(jq -c '[.results[].sweep.ended]' <<<"$output")" '["counterexample","counterexample"]'
    local file eot eff verdict seen=''
    while read -r file eot eff verdict; do
        [ "$eot" -lt 8 ] || continue # exhaustive search takes its time
        run --separate-stderr timeout 60 "$LDFI" run "$file" --eot "$eot" --eff "$eff" \
            --search exhaustive --json
        equal "$(jq -r .verdict <<<"$output")" "$verdict"
        seen+="$file $verdict"$'\n'
    done < <(jq -r '.results[] | .scenario as $s | .sweep.steps[] | "\($s) \(.eot) \(.eff) \(.verdict)"' \
        <<<"$output")
    equal "$(sort <<<"${seen%$'\n'}" | uniq -c | awk '{print $2, $3, $1}')" "$(cat <<'END'
s/both.json certified 4
s/both.json counterexample 2
s/retry.json certified 1
s/retry.json counterexample 1
END
)"
}

# unaided FILTER: sweeps s with --resume r.db and so small a budget that no search could end: what it
# says is known from before.
unaided() {
    run --separate-stderr "$LDFI" sweep s --resume r.db --max-seconds 0.0000001 --json
    json "$1"
}

@test "what --resume knows is not run again, whatever the scenario is called" {
    scenario s/a.json
    broken s/b.json '.choose = {"n": [1, 2]} | .given = ["n($n)@1;"]'
    scenario s/c.json '.faults = {"crashes": []} | .expect = "kept"'
    twice s/d.json '.eot = "sweep" | .eff = "sweep" | .expect = "counterexample"'
    ldfi 0 sweep s --resume r.db --json
    json '[.results[].resumed] == [false, false, false, false]'
    local first
    first=$(lasting)
    unaided '.status == 0 and ([.results[].resumed] == [true, true, true, true])'
    equal "$(lasting)" "$first"
    mv s/a.json s/e.json
    jq '.expect = "counterexample" | .description = "changed"' s/e.json >s/a.json
    rm s/e.json
    unaided '.status == 1 and .results[0].resumed'
    # Another model, other bounds, another kind of search are other questions.
    echo 'more("a")@1;' >>kept.ded
    jq '.crashes = 0' s/b.json >x && mv x s/b.json
    unaided '[.results[].resumed] == [false, false, false, true]'
    run --separate-stderr "$LDFI" sweep s/d.json --resume r.db --all --max-runs 1 --json
    json '.results[0].resumed == false'
}

@test "what a budget has stopped is tried again" {
    project rung4.json rung4
    ldfi 3 sweep rung4.json --resume r.db --max-runs 10 --json
    json '.results[0].stopped_by == "runs"' '.results[0].runs == 10'
    equal "$(query r.db 'SELECT verdict, done FROM result')" 'incomplete|0'
    ldfi 3 sweep rung4.json --resume r.db --max-seconds 0.01 --json
    json '.results[0].stopped_by == "seconds"' '.results[0].resumed == false'
    ldfi 0 sweep rung4.json --resume r.db --json
    json '.results[0].resumed == false'
    equal "$(query r.db 'SELECT verdict, done FROM result')" 'certified|1'
    ldfi 0 sweep rung4.json --resume r.db --json
    json '.results[0].resumed'
}

@test "a sweep of bounds goes deeper each night, until there is an end" {
    twice s/a.json '.eot = "sweep" | .eff = "sweep"'
    ldfi 0 sweep s --resume r.db --max-eot 3 --max-runs 6 --json
    json '.results[0].sweep.certified | .eot == 2 and .eff == 0'
    ldfi 1 sweep s --resume r.db --max-eot 3 --json # EOT 5 would mend it
    json '.results[0].sweep.ended == "bounds"' '.results[0].bounds | .eot == 3 and .eff == 2'
    ldfi 0 sweep s --resume r.db --max-eot 5 --json
    json '.results[0].sweep.certified | .eot == 5 and .eff == 4'
    ldfi 1 sweep s --resume r.db --json
    json '.results[0].sweep.ended == "counterexample"' '.results[0].bounds | .eot == 6 and .eff == 5' \
        '.results[0].resumed == false' '[.results[0].sweep.steps[] | [.eot, .eff]] ==
        [[2, 0], [3, 2], [5, 2], [5, 3], [5, 4], [6, 5]]'
    ldfi 1 sweep s --resume r.db --json
    json '.results[0].resumed'
    # Where EOT stays, all is known once EFF has come up to it.
    twice s/a.json '.eot = 5 | .eff = "sweep"'
    ldfi 0 sweep s --resume r.db --json
    ldfi 0 sweep s --resume r.db --json
    json '.results[0].resumed' '.results[0].sweep.certified | .eot == 5 and .eff == 4'
}

# held: r.db row by row, with what SQLite keeps beside it.
held() {
    sqlite3 -readonly r.db .dump | sha256sum
    snapshot
}

@test "a report tells what the database holds: it runs nothing and writes nothing there" {
    scenario s/a.json
    broken s/b.json '.choose = {"n": [1, 2]} | .given = ["n($n)@1;"] | .expect = "certified"'
    project s/c.json rung4
    twice s/d.json '.eot = "sweep" | .eff = "sweep" | .expect = "counterexample"'
    ldfi 3 sweep s/a.json s/c.json --resume r.db --max-runs 10
    local before
    before=$(held)
    # Neither what is missing nor what a budget stopped is run; each is told as it is.
    ldfi 3 sweep s --resume r.db --report --json
    equal "$(held)" "$before"
    equal "$(statuses)" '[0,3,3,3]'
    json '.status == 3' '[.results[].verdict] == ["certified", null, "incomplete", null]' \
        '[.results[].resumed] == [true, false, true, false]' '.results[2].runs == 10' \
        '.results[1].inputs.combinations == 2'
    ldfi 3 sweep s --resume r.db --report --junit r.xml --markdown r.md --annotate github
    rm r.xml r.md
    equal "$(held)" "$before"
    says "$output" '^s/b.json: not searched: \(2 inputs'
    says "$output" '^4 scenarios: 1 right, 0 wrong, 3 without an answer'
    says "$output" '^::warning file=s/d.json,line=1,title=ldfi%3A d::not searched$'

    # All is there: a report says what the sweep said.
    ldfi 1 sweep s --resume r.db --json
    local swept
    swept=$(lasting)
    before=$(held)
    ldfi 1 sweep s --resume r.db --report --json
    equal "$(lasting)" "$swept"
    ldfi 1 sweep s --resume r.db --report --json --shard 1/1
    equal "$(held)" "$before"
    # What cannot be read, or is another question by now, has no answer.
    echo 'more("a")@1;' >>kept.ded
    printf '{"eot":\n 3,' >s/e.json
    before=$(held)
    ldfi 2 sweep s --resume r.db --report --json
    equal "$(statuses)" '[3,1,0,0,2]'
    json '.results[4].error | .line == 2 and (.message | test("this is not JSON"))'
    equal "$(held)" "$before"
}

@test "of some inputs' answers a report makes no certificate, but tells a counterexample" {
    scenario s/a.json '.choose = {"n": [1, 2]} | .given = ["n($n)@1;"]'
    broken s/b.json '.choose = {"n": [1, 2]} | .given = ["n($n)@1;"]'
    ldfi 0 sweep s --resume r.db
    sqlite3 r.db "DELETE FROM result WHERE choice = '{\"n\":2}'"
    equal "$(results)" 2
    ldfi 3 sweep s --resume r.db --report --json
    equal "$(statuses)" '[3,0]'
    json '.results[0].verdict == null' '.results[0].inputs.certified == 1' \
        '.results[1].counterexample.text == "crash(b,1)"'
}

@test "a report wants a database that is there" {
    scenario a.json
    ldfi 2 sweep a.json --report
    says "$stderr" '^command line:1:[0-9]+: error: --report wants the database .* --resume FILE$'
    ldfi 2 sweep a.json --report --db r.db
    says "$stderr" 'error: --report wants the database'
    ldfi 2 sweep a.json --report --resume r.db
    says "$stderr" 'error: cannot read r.db: No such file'
    refute test -e r.db
    touch r.db
    ldfi 2 sweep a.json --report --resume r.db
    says "$stderr" 'error: r.db is empty'
    equal "$(wc -c <r.db)" 0
}

# How many results r.db holds.
results() {
    query r.db 'SELECT count(*) FROM result' 2>/dev/null || echo 0
}

has_results() {
    [ "$(results)" -ge "$1" ]
}

# No process of this test's ldfi is left.
none_left() {
    ! pgrep -f "^$LDFI sweep s --resume $PWD/" >/dev/null
}

# begin_and SIGNAL: begins to sweep s, sends the signal when two results are there, and waits.
begin_and() {
    "$LDFI" sweep s --resume "$PWD/r.db" --jobs 2 --json >out.json &
    local process=$!
    wait_until has_results 2
    refute none_left
    kill "-$1" $process
    ended=0
    wait $process || ended=$?
    wait_until none_left
}

@test "a signal ends a sweep with its processes, and what is known is kept" {
    scenario s/a.json
    broken s/b.json
    endless s/c.json
    endless s/d.json
    local signal
    for signal in INT TERM; do
        rm -f r.db*
        begin_and $signal
        equal "$ended" 130
        output=$(<out.json)
        equal "$(statuses)" '[0,0,130,130]'
        json '.status == 130' '.results[2].verdict == null' '.results[3].verdict == null'
        equal "$(results)" 2
        equal "$(query r.db 'SELECT finished FROM shard')" 0
        equal "$(query r.db 'PRAGMA integrity_check')" ok
    done
}

@test "a sweep that was killed and resumed says what one says that was not" {
    local number
    for number in 1 2 3 4 5; do
        broken s/$number.json ".eot = $((number + 3))"
    done
    project s/3.json rung4
    endless s/6.json
    begin_and KILL
    equal "$ended" 137
    rm s/6.json
    equal "$(query r.db 'PRAGMA integrity_check')" ok
    ldfi 0 sweep s --resume r.db --json
    json '[.results[].resumed] | any'
    local resumed
    resumed=$(lasting)
    ldfi 0 sweep s --json
    equal "$resumed" "$(lasting)"
}

@test "shards are disjoint, complete and always the same" {
    local number part all='' first
    for number in $(seq 12); do
        scenario s/$number.json
    done
    for part in 1 2 3; do
        ldfi 0 sweep s --shard $part/3 --db r.db --json
        json ".shard == {\"number\": $part, \"count\": 3}"
        all+=$(jq -r '.results[].scenario' <<<"$output")$'\n'
        [ $part != 1 ] || first=$(jq -r '.results[].scenario' <<<"$output")
    done
    equal "$(sort <<<"${all%$'\n'}")" "$(find s -name '*.json' | sort)"
    equal "$(query r.db 'SELECT number, count, finished FROM shard')" $'1|3|1\n2|3|1\n3|3|1'
    equal "$(query r.db 'SELECT sum(planned), count(DISTINCT plan) FROM shard')" '12|1'
    equal "$(results)" 12
    scenario s/more.json
    ldfi 0 sweep s --shard 1/3 --json
    equal "$(jq -r '.results[].scenario' <<<"$output" | grep -v more)" "$first"
    ldfi 0 sweep s/1.json --shard 1/12
    ldfi 0 sweep s/1.json --shard 2/12 --junit r.xml
    says "$(<r.xml)" 'tests="[01]"'
}

@test "a disk without room is status 4, and says so" {
    scenario s/a.json
    ldfi 4 sweep s --junit /dev/full
    says "$stderr" 'cannot write /dev/full'
    says "$output" '^1 scenario: 1 right' # what it knows it tells
    ldfi 4 sweep s --markdown /dev/full
    says "$stderr" 'cannot write /dev/full'
    ldfi 4 sweep s --junit /dev/full --json
    json '.error.message | test("cannot write /dev/full")'
    run --separate-stderr bash -c "'$LDFI' sweep s --json >/dev/full"
    equal "$status" 4
    says "$stderr" 'cannot write to standard output'
    # Reports that fill the database: 3 seconds of them at most.
    local before
    broken s/b.json '.choose = {"n": {"from": 1, "to": 200}} | .given = ["n($n)@1;"]'
    run --separate-stderr bash -c "ulimit -f 300; exec '$LDFI' sweep s --db r.db --quiet"
    equal "$status" 4
    says "$stderr" '^ldfi: error: the database .*/r.db cannot be used: .*make room'
    equal "$(query r.db 'PRAGMA integrity_check')" ok
    before=$(results)
    [ "$before" -gt 10 ] && [ "$before" -lt 201 ]
    ldfi 0 sweep s --resume r.db --quiet
    equal "$(results)" 201
}

@test "a machine that refuses memory or processes is status 4 for the search it hits" {
    is_sanitized && skip "a program under ASan cannot run within a limit on its address space"
    scenario s/a.json
    scenario s/b.json ".model = [\"$ROOT/ci/abuse/explosion.ded\"] | .eot = 900 | .crashes = 1"
    run --separate-stderr bash -c "ulimit -v 60000; exec '$LDFI' sweep s --max-memory 9999 --json"
    equal "$status" 4
    equal "$(statuses)" '[0,4]'
    json '.results[1].error.message == "the machine is out of memory"'
}

@test "a database from anywhere is refused or asked in vain, and never believed to be what it is not" {
    scenario s/a.json
    ldfi 0 sweep s --resume r.db --json
    local first report
    first=$(lasting)
    cp r.db right.db
    while read -r report; do
        echo "$report"
        cp right.db r.db
        sqlite3 r.db "UPDATE result SET report = '${report//\'/\'\'}'"
        ldfi 0 sweep s --resume r.db --json
        equal "$(lasting)" "$first"
    done <<END

no JSON
[1, 2]
"certified"
null
{}
{"verdict": 7}
{"verdict": "perhaps"}
{"verdict": "counterexample"}
{"verdict": "certified", "error": {"message": 1}, "status": 1e300}
$(head -c 3000 /dev/zero | tr '\0' '[')
END
    # Of one that says "certified" nothing can crash it, though it may lie.
    for report in '{"verdict": "certified", "runs": -1e300, "seconds": [], "bounds": {"eot": 1e99}}' \
        '{"verdict": "certified", "counterexamples": [7], "choice": 3, "sweep": 1, "warnings": 0}'; do
        cp right.db r.db
        sqlite3 r.db "UPDATE result SET report = '$report'"
        run --separate-stderr "$LDFI" sweep s --resume r.db --junit r.xml --markdown r.md \
            --annotate github
        equal "$status" 0
    done
    local damage
    while read -r damage; do
        echo "$damage"
        cp right.db r.db
        sqlite3 r.db "$damage"
        ldfi 2 sweep s --resume r.db
        says "$stderr" '^r.db:1:1: error: .*name a new file'
    done <<'END'
CREATE TRIGGER t AFTER INSERT ON result BEGIN DELETE FROM result; END
ALTER TABLE result RENAME TO old; CREATE VIEW Result AS SELECT * FROM old
DROP TABLE shard; CREATE VIEW shard AS SELECT 1 AS plan
DROP TABLE result; CREATE VIRTUAL TABLE result USING fts5(key, done)
END
    cp right.db r.db
    sqlite3 r.db 'DROP TABLE result; CREATE TABLE result (key)'
    ldfi 4 sweep s --resume r.db
    says "$stderr" 'error: the database .*no such column'
}

# Scenarios whose names and promises are made to break what reads reports.
hostile() {
    local text
    text="<&>]]>'%0A::error::b"$(printf '\001\177\377\357\277\277\355\240\200')
    write_silent_model
    sed "s/^\(pre\|post\)(Other)/\1(Other, \"TEXT\")/" silent.ded >hostile.ded
    text=$text perl -pi -e 's/TEXT/$ENV{text}/' hostile.ded
    broken $'s/<b>&"\'|x`*[y](z).json' ".model = [\"$PWD/hostile.ded\"] | .expect = \"certified\""
    broken $'s/a\xff\xef\xbf\xbe\xc0\x80\x02\x1b.json' '.expect = "certified"'
    scenario $'s/line\n::error::%0A,:x.json' '.expect = "counterexample"'
    scenario s/right.json
}

# parsed: r.xml as Python reads it: the counts, then each case's class, name and what is wrong.
parsed() {
    python3 - <<'END'
import xml.etree.ElementTree as tree
suites = tree.parse("r.xml").getroot()
suite, = suites
print(suites.tag, suite.tag, suite.get("name"), *(suite.get(key) for key in ("tests", "failures", "errors")))
for case in suite:
    float(case.get("time"))
    wrong = "; ".join(f"{each.tag} {each.get('type')}: {each.get('message')}: {each.text or ''}" for each in case)
    print(ascii(f"{case.get('classname')} {case.get('name')} {case.get('file')} {wrong}"))
END
}

@test "JUnit XML has a case for each scenario: failures, errors, and what broke" {
    scenario s/a.json
    broken s/deep/b.json '.expect = "certified"'
    scenario s/c.json '.nodes = []'
    project s/d.json rung4
    echo old >r.xml
    ldfi 2 sweep s --junit r.xml --max-runs 10 --quiet
    equal "$(parsed)" "$(cat <<'END'
testsuites testsuite ldfi sweep 4 1 2
's a s/a.json '
's c s/c.json error no answer: error: no nodes: name them in "nodes" or with --nodes a,b,c: '
's d s/d.json error no answer: incomplete, but certified was expected: '
's/deep b s/deep/b.json failure verdict: counterexample, but certified was expected: crash(b,1); broken: pre("b")'
END
)"
    ldfi 0 sweep s/a.json --junit 'r%41&x.xml' --quiet
    says "$(<'r%41&x.xml')" 'tests="1"'
    # When nothing comes of a sweep there is no report, rather than yesterday's.
    endless s/e.json
    rm s/c.json
    "$LDFI" sweep s --resume "$PWD/r.db" --junit r.xml &
    local process=$!
    wait_until has_results 2
    kill -KILL $process
    wait $process || true
    refute test -e r.xml
}

@test "no name and no promise breaks JUnit XML" {
    hostile
    ldfi 1 sweep s --junit r.xml --quiet
    equal "$(parsed)" "$(cat <<'END'
testsuites testsuite ldfi sweep 4 3 0
's <b>&"\'|x`*[y](z) s/<b>&"\'|x`*[y](z).json failure verdict: counterexample, but certified was expected: crash(b,1); broken: pre("b", "<&>]]>\'%0A::error::b?????????")'
's a???????? s/a????????.json failure verdict: counterexample, but certified was expected: crash(b,1); broken: pre("b")'
's line ::error::%0A,:x s/line ::error::%0A,:x.json failure verdict: certified, but counterexample was expected: '
's right s/right.json '
END
)"
}

@test "annotations are one line each, and no name makes another" {
    hostile
    ldfi 1 sweep s
    equal "$(wc -l <<<"$output")" 10 # three that are wrong, a head, four rows, a sum, between them one empty
    refute grep -q $'^::\|[\001\033\177]' <<<"$output"
    ldfi 1 sweep s --annotate github --quiet
    equal "${#lines[@]}" 3
    equal "${lines[0]}" "::error file=s/<b>&\"'|x\`*[y](z).json,line=1,title=ldfi%3A <b>&\"'|x\`*[y](z)::counterexample, but certified was expected: crash(b,1)"
    equal "${lines[2]}" '::error file=s/line%0A%3A%3Aerror%3A%3A%250A%2C%3Ax.json,line=1,title=ldfi%3A line%0A%3A%3Aerror%3A%3A%250A%2C%3Ax::certified, but counterexample was expected'
    ldfi 1 sweep s --annotate github --json
    json '.results | length == 4'
    equal "$(wc -l <<<"$stderr")" 3
    # What a budget leaves open is a warning; an error is where it is.
    rm s/*
    project s/d.json rung4
    printf '{"eot":\n 3,' >s/torn.json
    scenario s/given.json '.given = ["p(1)@1;", "p(1"]'
    ldfi 2 sweep s --annotate github --quiet --max-runs 10
    equal "$(sed 's/::error: [^t].*/::error: .../' <<<"$output")" "::warning file=s/d.json,line=1,title=ldfi%3A d::incomplete, but certified was expected
::error file=s/given.json,line=1,title=ldfi%3A given::error: ...
::error file=s/torn.json,line=2,title=ldfi%3A torn::error: this is not JSON: something is wrong here or just before"
}

@test "Markdown is appended, and no name is anything but text in its cell" {
    hostile
    echo '# before' >r.md
    ldfi 1 sweep s --markdown r.md --quiet
    equal "$(head -1 r.md)" '# before'
    equal "$(grep -c '^|' r.md)" 6
    # Not one of them is there that is neither escaped nor one of the nine of its row.
    refute grep -En '<|[^\\](\*[^*]|`|\[|\])' <(sed 's/\*\*wrong\*\*//' r.md)
    equal "$(grep '^|' r.md | sed 's/\\|//g; s/[^|]//g' | sort -u)" '|||||||||'
    says "$(<r.md)" '^\| \*\*wrong\*\* \| s/&lt;b&gt;&amp;"'"'"'\\\|x\\`\\\*\\\[y\\\]\\\(z\\\).json \|'
    equal "$(grep -c '^| ok | s/right.json | kept | certified | certified |' r.md)" 1
    ldfi 0 sweep s/right.json --markdown r.md --quiet
    equal "$(grep '^##' r.md)" $'## ldfi sweep: wrong\n## ldfi sweep: all as expected'
}

@test "check reads a scenario that leaves inputs and bounds to a sweep" {
    ldfi 0 check "$ROOT/scenarios/primary_backup/rung1_any_write.json"
    says "$output" 'inputs: 12 combinations'
    ldfi 0 check "$ROOT/scenarios/delivery/acknowledged_grows.json"
    says "$output" 'bounds: `ldfi sweep` finds EOT and EFF$'
    ldfi 0 check "$ROOT/scenarios/delivery/acknowledged_grows.json" --json
    json '.swept == ["eot", "eff"]' '.inputs == 1'
}

@test "no earlier answer stands for a scenario that cannot be searched" {
    write_kept_model
    echo '{"model": ["kept.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0}' >right.json
    jq '.model += ["missing.ded"]' right.json >missing.json
    jq 'del(.crashes)' right.json >bare.json
    ldfi 0 sweep right.json --resume r.db -q
    ldfi 0 sweep right.json --resume r.db --json
    json '.results[0].resumed'
    for scenario in missing bare; do
        ldfi 2 sweep $scenario.json --resume r.db --json
        json '.results[0] | .error != null and .verdict == null'
    done
}

@test "what another scenario has answered is told with one's own inputs" {
    write_kept_model
    local base='{"model": ["kept.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0}'
    jq -c '. + {choose: {x: [1, 2]}, given: ["note(\"a\", $x)@1;"]}' <<<"$base" >one.json
    jq -c '. + {choose: {y: [2, 3]}, given: ["note(\"a\", $y)@1;"]}' <<<"$base" >two.json
    ldfi 0 sweep one.json --resume r.db -q
    ldfi 0 sweep two.json --resume r.db -q
    equal "$(query r.db "SELECT group_concat(choice, ' ') FROM (SELECT choice FROM result WHERE scenario = 'two.json' ORDER BY choice)")" \
        '{"y":2} {"y":3}'
}

@test "a violation that a budget left open is no certificate" {
    cat >m.ded <<'MODEL'
x("b")@async :- go("a");
go("a")@1;
x(N)@next :- x(N);
pre("x") :- go(_)@1;
post("x") :- x("b");
MODEL
    echo '{"model": ["m.ded"], "nodes": ["a", "b"], "eot": "sweep", "eff": "sweep", "crashes": 0, "expect": "certified"}' >s.json
    ldfi 1 sweep s.json --json
    json '.results[0].verdict == "counterexample"'
    local runs most
    runs=$(jq '.results[0].runs' <<<"$output")
    for ((most = 1; most < runs; most++)); do # wherever it ends
        ldfi 3 sweep s.json --max-runs $most --json || ldfi 0 sweep s.json --max-runs $most --json
        json '[.results[0].sweep.steps[].verdict] | any(. == "counterexample") | not or ('"$status"' == 3)'
    done
}
