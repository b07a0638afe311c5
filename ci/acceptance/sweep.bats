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

# endless FILE: one whose search takes longer than anybody waits.
endless() {
    scenario "$1" ".model = [\"$DELIVERY/acknowledged.ded\"] | .nodes = [\"a\", \"b\", \"c\"] |
        .eot = 400 | .eff = 399 | .crashes = 3"
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
    json '.results[0].inputs == {"combinations": 6, "broken": 2, "certified": 4}' \
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
