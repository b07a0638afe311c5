#!/usr/bin/env bats
# `ldfi report`: a database becomes a page. (What the page looks like: report_browser.bats.)

load common

LADDER=$ROOT/scenarios/primary_backup

# data FILE NAME: what one element of data of a page holds.
data() {
    grep -o "<script type=\"application/json\" id=\"$2\"[^>]*>[^<]*" "$1" | sed 's/^[^>]*>//'
}

# The texts of all elements of data, a line each, must be JSON.
all_is_json() {
    grep -o '<script type="application/json"[^>]*>[^<]*</script>' "$1" | sed 's/^[^>]*>//; s#</script>$##' >data.txt
    [ -s data.txt ]
    equal "$(jq -c 1 data.txt | wc -l)" "$(wc -l <data.txt)"
}

@test "a database becomes one page of its name, which holds its searches and runs" {
    ldfi 1 run "$LADDER/rung3.json" --all --db rung3.db -q -c 1
    ldfi 0 report rung3.db
    says "$output" '^rung3.html: [0-9.]+ (kB|MB), 1 search with 69 runs$'
    equal "$(echo *)" 'rung3.db rung3.html'
    all_is_json rung3.html
    equal "$(data rung3.html overview | jq -c '.searches[0] | [.scenario, .verdict, .eot, (.runs | length)]')" \
        '["rung3","counterexample",22,69]'
    # Good run and counterexamples are there with all that the database has of them.
    local run
    for run in $(query rung3.db "SELECT run FROM runs WHERE kind IN ('good', 'counterexample')"); do
        equal "$(data rung3.html "run-$run" | jq -c '[(.facts | length) / 2, (.messages | length) / 5]')" \
            "$(query rung3.db "SELECT '[' || (SELECT count(*) FROM fact WHERE execution = $run) || ',' ||
                (SELECT count(*) FROM message WHERE execution = $run) || ']'")"
    done
    # Those that the database knows the schedule of alone are made again.
    query rung3.db 'SELECT recorded FROM runs WHERE run = 2' | grep -qx 0
    data rung3.html run-2 | jq -e '.messages | length > 0' >/dev/null
}

@test "the page holds nothing that is not in it: no address, and a policy that allows none" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db s.db -q
    ldfi 0 report s.db -o - # the page goes to standard output, and nothing else does
    [ ! -e s.html ]
    says "$output" '^<!DOCTYPE html>'
    refute grep -Eq 'src=|href="[^#]|url\([^#]|@import' <<<"$output"
    says "$output" "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; script-src 'sha256-[A-Za-z0-9+/]{43}='; "
    # The digest is that of the script.
    equal "$(sed -n '/^<script>"use strict"/,$p' <<<"$output" | sed '1s/^<script>//; $d' | sha256sum | cut -c1-64 | tr a-f A-F | basenc --base16 -d | base64)" \
        "$(grep -o "script-src 'sha256-[^']*" <<<"$output" | sed "s/.*sha256-//")"
}

@test "databases that a search was killed in, or that were merged, are reported" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db one.db -q
    cp one.db killed.db
    sqlite3 killed.db "UPDATE search SET verdict = NULL, complete = NULL, run_count = NULL;
        DELETE FROM execution WHERE kind <> 'good'"
    ldfi 0 report killed.db
    says "$output" '1 search with 1 run$'
    ldfi 0 run "$LADDER/rung4.json" --db two.db -q
    ldfi 0 merge all.db one.db two.db
    ldfi 0 report all.db
    says "$output" '2 searches with'
    all_is_json all.html
}

@test "a capture has no program, and is read back" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db capture.db -q
    sqlite3 capture.db "PRAGMA foreign_keys = ON; DELETE FROM source; UPDATE search SET strategy = 'import';
        DELETE FROM execution WHERE kind <> 'good'; UPDATE execution SET kind = 'capture'"
    ldfi 0 report capture.db
    says "$output" '1 search with 1 run$'
    equal "$(data capture.html run-1 | jq '.facts | length / 2')" "$(query capture.db 'SELECT count(*) FROM fact')"
    sqlite3 capture.db 'UPDATE fact SET tuple = 9999 WHERE number = 3'
    rm capture.html
    ldfi 2 report capture.db
    says "$stderr" 'capture.db: the database is damaged: the facts of a run'
    [ ! -e capture.html ]
}

# details PAGE: run and what the page has of it, a line each that has more than its schedule.
details() {
    grep -o 'id="run-[0-9]*" data-detail="[a-z]*"' "$1" | sed -E 's/id="run-([0-9]+)" data-detail="([a-z]+)"/\1 \2/'
}

@test "a run that does not fit the page is there with its messages alone, and the page stays small" {
    write_slow_model
    # 230,300 firings and some more: both fit alone, not together.
    ldfi 1 run slow.ded -N a,b -t 50 -f 2 -c 0 --db two.db -q
    ldfi 0 report two.db
    local good bad
    good=$(query two.db "SELECT run FROM runs WHERE kind = 'good'")
    bad=$(query two.db "SELECT run FROM runs WHERE kind = 'counterexample'")
    equal "$(details two.html | grep -E "^($good|$bad) ")" "$(printf '%s\n' "$good whole" "$bad messages")"
    equal "$(data two.html "run-$bad" | jq -c '[.messages | length / 5, .[4]]')" '[1,1]' # lost by omission
    # 635,376 firings and some more: neither fits.
    ldfi 1 run slow.ded -N a,b -t 64 -f 2 -c 0 --db none.db -q
    ldfi 0 report none.db
    says "$output" '^none.html: [0-9]+ kB, 1 search with '
    refute grep -q 'data-detail="whole"' none.html
    equal "$(details none.html | sort -u -k2)" '1 messages'
    all_is_json none.html
}

@test "a run has 40 graphs at most and a page 120, and those left out are counted" {
    write_many_model
    ldfi 1 run many.ded -N a,b -t 4 -f 3 -c 1 --all --db many.db -q
    ldfi 0 report many.db
    # 50 facts of pre and of post without faults; in each run that breaks the promise, those of pre.
    local broken run graphs sum=0
    broken=$(query many.db "SELECT count(*) FROM runs WHERE promise = 'broken'")
    [ "$broken" -ge 3 ]
    for run in $(query many.db 'SELECT run FROM runs'); do
        graphs=$(data many.html "graphs-$run" | jq length)
        [ "${graphs:-0}" -le 40 ]
        sum=$((sum + ${graphs:-0}))
    done
    equal "$(data many.html graphs-1 | jq length) $sum" '40 120'
    equal "$(data many.html overview | jq -c '[.graphs.graphs, .graphs.left_out]')" \
        "[120,$((100 + 50 * broken - 120))]"
}

@test "a graph ends after 150 nodes, and says that it was cut" {
    write_deep_model
    # post, 100 facts n one upon the other, and the firings between them: more than 200 nodes.
    ldfi 0 run deep.ded -N b -t 100 -f 0 -c 0 --db deep.db -q
    ldfi 0 report deep.db
    equal "$(data deep.html graphs-1 | jq -c '.[0] | [.cut, (.nodes | length / 7)]')" '[true,150]'
    # 60 of n: not more than 122.
    sed -i 's/99/59/' deep.ded
    ldfi 0 run deep.ded -N b -t 60 -f 0 -c 0 --db low.db -q
    ldfi 0 report low.db
    data low.html graphs-1 | jq -e '.[0] | .cut == false and (.nodes | length / 7) <= 122' >/dev/null
}

@test "a search whose program ends with an error is there with its schedules, and says why" {
    write_kept_model
    ldfi 0 run kept.ded -N a,b -t 3 -f 2 -c 1 --db kept.db -q
    sqlite3 kept.db "UPDATE source SET text = text || 'boom(N, 1 / 0)@next :- knows(N, _);'"
    ldfi 0 report kept.db
    data kept.html overview | jq -e '.searches[0].note | test("error of the model: .*zero")' >/dev/null
}

@test "a signal ends it with status 130, and no file is made" {
    write_kept_model
    ldfi 0 run kept.ded -N a,b -t 1000 -f 2 -c 0 --db endless.db -q
    # A program that grows beyond any time, in place of the one that was searched.
    sqlite3 endless.db "UPDATE source SET text = readfile('$ROOT/ci/abuse/explosion.ded')"
    "$LDFI" report endless.db &
    local reporting=$! ended=0
    sleep 1
    kill -INT $reporting
    wait $reporting || ended=$?
    equal "$ended" 130
    equal "$(echo endless*)" endless.db
}

@test "what cannot be reported is an error, and no file is made" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db good.db -q
    echo 'no database, but long enough for one' >text.db
    local before
    before=$(snapshot)
    ldfi 2 report
    says "$stderr" 'name one database'
    ldfi 2 report good.db good.db
    ldfi 2 report nowhere.db
    says "$stderr" '^nowhere.db:1:1: error: there is no database'
    ldfi 2 report text.db
    ldfi 2 report good.db -o good.db
    says "$stderr" 'written over the database'
    ldfi 2 report good.db -o missing/page.html
    says "$stderr" 'cannot write missing/page.html'
    equal "$(snapshot)" "$before"
}

@test "views of a stranger are not asked" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db views.db -q
    sqlite3 views.db "DROP VIEW runs; DROP VIEW messages; DROP VIEW why; CREATE VIEW runs AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS search FROM n"
    ldfi 0 report views.db
    says "$output" '1 search with 3 runs$'
}

@test "a damaged database is an error with status 2, or is reported, whatever byte is wrong" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --db good.db -q
    sqlite3 good.db 'PRAGMA journal_mode = DELETE' >/dev/null
    cat >flip.py <<'PYTHON'
import random, sys
data = bytearray(open("good.db", "rb").read())
chance = random.Random(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    data[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
open("bad.db", "wb").write(data)
PYTHON
    local seed errors=0 ended
    for seed in $(seq 1 16); do
        rm -f bad.*
        PYTHONDONTWRITEBYTECODE=1 python3 flip.py "$seed" $((seed % 4 * 20 + 1))
        ended=0
        timeout 60 "$LDFI" report bad.db >said.txt 2>&1 || ended=$?
        [ "$ended" -eq 0 ] || [ "$ended" -eq 2 ] || { echo "seed $seed: $ended"; cat said.txt; return 1; }
        if [ "$ended" -eq 2 ]; then
            errors=$((errors + 1))
            says "$(cat said.txt)" 'error: '
            [ ! -e bad.html ]
        else
            all_is_json bad.html
        fi
    done
    [ "$errors" -gt 2 ]
}
