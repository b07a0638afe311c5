#!/usr/bin/env bats
# `ldfi regress` and the corpus. Which crash shows which bug of the ladder is said in "Growing a
# protocol", section 4. Of models/delivery/simple.ded: a sends once, at 1, so that each loss of it
# breaks the promise.

load common

LADDER=$ROOT/scenarios/primary_backup

# Scenarios and models of our own, side by side as in the project.
copy_ladder() {
    cp -r "$ROOT/models" "$ROOT/scenarios" .
    rm -rf scenarios/corpus
}

# fates: of each bug of $output its replay and its fate, then what is new.
fates() {
    jq -r '.scenarios[] | (.bugs[] | "\(.bug): \(.replay), \(.fate): [\(.found | join(" "))]"),
        (.new[] | "NEW \(.text)")' <<<"$output"
}

# A bug of which only the shape is known: known NAME SCENARIO FAULTS PROMISE CAUSE
known() {
    jq -n "{kind: \"counterexample\", scenario: \"$2\", faults: $3, text: \"$1\",
        shape: {promises: [\"$4\"], causes: [\"$5\"]}}"
}

@test "rung 1's bug is still there, under other faults, beside a new one, and not there" {
    copy_ladder
    ldfi 0 regress add scenarios/primary_backup/rung1.json --note 'found by hand'
    equal "$output" 'added scenarios/corpus/rung1-crash_c_3.json'
    local rung wanted
    while read -r rung wanted; do
        ldfi 0 regress "scenarios/primary_backup/$rung.json" --json
        equal "$(fates | paste -sd'|')" "rung1-crash_c_3: $wanted"
    done <<'TABLE'
rung1 broken, still there: [crash(c,3)]
rung2 kept, same bug, other faults: [crash(c,4) crash(c,6)]
rung3 broken, same bug, other faults: [crash(c,11)]|NEW crash(c,3)
rung4 kept, not there: []
TABLE
    ldfi 0 regress scenarios/primary_backup/rung[23].json
    says "$output" '^  rung1-crash_c_3  search +same bug, other faults: crash\(c,4\), crash\(c,6\)$'
    # Its own faults break rung 3 in another way, which is not to find it.
    says "$output" '^  rung1-crash_c_3  search +same bug, other faults: crash\(c,11\) \(its own faults show another\)$'
    says "$output" '^  NEW: crash\(c,3\) breaks agreement, durability'
    local file=scenarios/corpus/rung1-crash_c_3.json
    equal "$(jq -r '.kind, .scenario, .version, .text, .note, (.faults.crashes | length)' $file)" \
        $'counterexample\n../primary_backup/rung1.json\nrung1\ncrash(c,3)\nfound by hand\n1'
}

@test "a bug that comes back where none is expected ends with status 1" {
    copy_ladder
    ldfi 0 regress add scenarios/primary_backup/rung2.json
    ldfi 0 regress # it is expected there
    cd scenarios/primary_backup || return 1
    cp ../../models/primary_backup/rung4.ded ../../models/primary_backup/rung2.ded
    jq '.expect = "certified"' rung2.json >new.json && mv new.json rung2.json
    ldfi 0 regress --corpus ../corpus
    says "$output" 'rung2-crash_c_4  neither +gone$'
    cp "$ROOT/models/primary_backup/rung2.ded" ../../models/primary_backup/
    ldfi 1 regress --corpus ../corpus
    says "$output" 'rung2-crash_c_4  replay and search +still there$'
    says "$output" 'counterexample, but certified was expected'
    # The promise breaks as it did under these faults, under which the corpus remembers another bug.
    known x ../primary_backup/rung2.json '{"omissions": [], "crashes": [{"node": "c", "time": 4}]}' \
        durability 'other lost' >../corpus/x.json
    ldfi 1 regress --corpus ../corpus --json
    says "$(fates)" '^x: broken, another bug: \[\]$'
}

@test "files are written once, keep adds what is new, and other runs do too" {
    copy_ladder
    ldfi 0 regress add scenarios/primary_backup/rung[12].json
    equal "$(ls scenarios/corpus)" $'rung1-crash_c_3.json\nrung2-crash_c_4.json\nrung2-crash_c_6.json'
    jq '.note = "mine"' scenarios/corpus/rung2-crash_c_4.json >new
    mv new scenarios/corpus/rung2-crash_c_4.json
    local before
    before=$(sha256sum scenarios/corpus/*)
    ldfi 0 regress add scenarios/primary_backup/rung[12].json
    says "$output" '^nothing to add'
    ldfi 0 regress scenarios/primary_backup/rung3.json # without --keep nothing is written
    equal "$(sha256sum scenarios/corpus/*)" "$before"
    ldfi 0 regress scenarios/primary_backup/rung3.json --keep --json
    json '.added == ["scenarios/corpus/rung3-crash_c_3.json"]'
    ldfi 0 regress scenarios/primary_backup/rung3.json --keep --json
    json '.added == []' '.scenarios[0].new == []'
    equal "$(sha256sum scenarios/corpus/rung[12]*)" "$before"
    ldfi 0 run scenarios/primary_backup/rung3.json --all --keep scenarios/corpus -q
    ldfi 0 sweep scenarios/primary_backup/rung4_terms_only.json --keep scenarios/corpus -q
    equal "$(ls scenarios/corpus | grep -c -e rung3-crash_c_3.json -e rung3-crash_c_11 -e rung4_terms_only)" 3
    ldfi 0 regress --json
    json '[.scenarios[].bugs[].fate] | length == 6 and unique == ["still there"]'
}

@test "the corpus is found again from everywhere, and a scenario under any of its names" {
    copy_ladder
    ldfi 0 regress add scenarios/primary_backup/rung1_any_write.json
    local here=$PWD folder
    [ "$(ls scenarios/corpus | wc -l)" -gt 0 ]
    for folder in / "$here"/{scenarios,scenarios/corpus,scenarios/primary_backup,models}; do
        cd "$folder" || return 1
        ldfi 0 regress --corpus "$(realpath --relative-to=. "$here/scenarios/corpus")" --json
        json '(.scenarios | length) == 1' '[.scenarios[].bugs[].fate] | unique == ["still there"]'
    done
    # A bug with inputs of its own choice keeps them whatever its scenario is called.
    cd "$here/scenarios" || return 1
    ldfi 0 regress "$here/scenarios/primary_backup/rung1_any_write.json" --corpus corpus --json
    json '[.scenarios[].bugs[] | .replay] | unique == ["broken"]'
}

@test "a scenario whose bounds are swept is replayed at the bounds of the bug" {
    mkdir scenarios
    cp "$DELIVERY"/*.ded .
    echo '{"model": ["../simple.ded"], "nodes": ["a", "b", "c"], "eot": "sweep", "eff": "sweep",
        "crashes": 0}' >scenarios/s.json
    ldfi 0 regress add scenarios/s.json --json
    json '.added | length > 0' '.added[0] == "scenarios/corpus/s-omit_a_b_1.json"'
    equal "$(jq -c '[.eff, (.eot >= 2)]' scenarios/corpus/s-omit_a_b_1.json)" '[2,true]'
    ldfi 1 regress --json
    json '.scenarios[0].bugs[0] | .replay == "broken" and .fate == "still there"'
}

@test "what a search did not see is not gone" {
    copy_ladder
    mkdir scenarios/corpus
    known 'crash(b,9)' ../primary_backup/rung3.json \
        '{"omissions": [], "crashes": [{"node": "b", "time": 9}]}' agreement 'rep lost' \
        >scenarios/corpus/b.json
    ldfi 0 regress --json
    equal "$(fates)" $'b: kept, same bug, other faults: [crash(c,11)]\nNEW crash(c,3)'
    # It finds the smaller time first, and its budget ends there: a verdict, but not the whole list.
    ldfi 0 regress --json --max-runs 4
    equal "$(fates)" $'b: kept, same promise: []\nNEW crash(c,3)'
    ldfi 3 regress --json --max-runs 2
    equal "$(fates)" 'b: kept, not found: []'
}

@test "what was asked on the command line is asked again" {
    copy_ladder
    local scenario=scenarios/primary_backup/rung1_any_write.json
    ldfi 0 run "$scenario" --choose to=c --choose at=2 --keep scenarios/corpus -q
    ldfi 1 run scenarios/primary_backup/rung1.json --eot 13 --keep scenarios/corpus -q
    # The write comes one round later than in rung 1, and so does the crash.
    equal "$(jq -c '[.choice, .text, .eot]' scenarios/corpus/*.json | sort)" \
        $'[null,"crash(c,3)",13]\n[{"to":"c","at":2},"crash(c,4)",null]'
    ldfi 0 regress --json
    json '[.scenarios[].bugs[].fate] == ["still there", "still there"]'
    # A scenario that names its faults is replayed and not searched: nothing is gone.
    jq '.faults = {omissions: [], crashes: [{node: "c", time: 1}]} | del(.expect)' \
        scenarios/primary_backup/rung1.json >new
    mv new scenarios/primary_backup/rung1.json
    rm scenarios/corpus/*any_write*
    ldfi 1 regress
    says "$output" 'rung1-crash_c_3 +replay +still there$'
    sed -i 's/"time":.*3,/"time": 9,/' scenarios/corpus/rung1-crash_c_3.json
    ldfi 0 regress
    says "$output" 'rung1-crash_c_3 +neither +not found$'
}

@test "what is no corpus, and what cannot be replayed, is said" {
    copy_ladder
    ldfi 2 regress
    says "$stderr" 'there is no counterexample in scenarios/corpus: name a scenario'
    ldfi 2 regress add
    ldfi 2 regress add nowhere.json
    says "$output" 'nowhere.json: error: cannot read the scenario'
    ldfi 0 regress add scenarios/primary_backup/rung1.json
    cd scenarios/corpus || return 1
    local text wanted
    while IFS=';' read -r text wanted; do
        printf '%b' "$text" >x.json
        ldfi 2 regress --corpus .
        says "$stderr" "^\./x.json:1:[0-9]+: error: $wanted"
        ldfi 2 regress --corpus . --json
        json '.error.file == "./x.json"' '.error.line == 1'
    done <<'TABLE'
;this is not JSON
{"kind": "counterexample"};a counterexample of the corpus has
[[[[[[[[[[[[[[;this is not JSON
{"kind": "counterexample", "scenario": "a\\u0007b", "faults": {}, "shape": {}};"scenario" is the path
{"kind": "counterexample", "scenario": "x", "faults": {}, "shape": {}, "eot": 1e300};"eot" and "eff"
TABLE
    # What can be read is replayed as far as it can be.
    jq '.scenario = "nowhere.json"' rung1-crash_c_3.json >x.json
    jq '.faults.crashes[0].node = "nobody"' rung1-crash_c_3.json >y.json
    ldfi 2 regress --corpus .
    says "$output" 'y +search +same bug, other faults: crash\(c,3\) \(its faults cannot be replayed here: .*nobody'
    says "$output" 'nowhere.json: error: cannot read the scenario'
    says "$output" 'x +neither +not found'
    cp rung1-crash_c_3.json $'z\e[31m.json'
    ldfi 2 regress --corpus .
    refute grep -q $'\e' <<<"$output"
}

@test "a folder that cannot be written is the machine's failure, and nothing is half written" {
    copy_ladder
    echo file >corpus
    ldfi 4 regress add scenarios/primary_backup/rung1.json --corpus corpus
    says "$stderr" 'cannot write corpus/rung1-crash_c_3.json: Not a directory'
    ldfi 4 regress add scenarios/primary_backup/rung1.json --corpus no/folder
    says "$stderr" 'cannot make the folder no/folder'
    equal "$(cat corpus)" file
}

@test "results are kept: nothing is searched again that the database holds" {
    copy_ladder
    ldfi 0 regress add scenarios/primary_backup/rung1.json
    ldfi 0 regress scenarios/primary_backup/rung[23].json --resume kept.db --json
    local first=$output
    sqlite3 kept.db "UPDATE result SET report = json_set(report, '$.seconds.total', 1000000)"
    ldfi 0 regress scenarios/primary_backup/rung[23].json --resume kept.db --json --jobs 1
    json '[.scenarios[].seconds] == [1000000, 1000000]' '[.scenarios[].resumed] == [true, true]'
    equal "$(grep -v '"seconds"\|"resumed"' <<<"$output")" \
        "$(grep -v '"seconds"\|"resumed"' <<<"$first")"
}

# keep_two_bugs: m.ded breaks P by the loss of k, and Q by the loss of l; each bug is in a corpus.
two_bugs() {
    cat >m.ded <<'MODEL'
go("a")@1;
k("b")@async :- go(N);
l("c")@async :- go(N);
held("b")@next :- k("b");
held("c")@next :- l("c");
held(N)@next :- held(N);
pre("P", "b") :- go(_)@1;
post("P", "b") :- held("b"), pre("P", "b");
pre("Q", "c") :- go(_)@1;
post("Q", "c") :- held("c"), pre("Q", "c");
MODEL
    echo '{"model": ["m.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 0}' >s.json
}

@test "a bug is gone when its own scenario is certified, not when another may hide it" {
    two_bugs
    ldfi 0 regress add s.json --corpus corpus -q
    rm corpus/s-omit_a_b_1.json # Q's bug alone is known
    sed -i '/^held("c")@next/d; s/held("c"), pre/l("c")@2, pre/; s/^l("c")@async.*/l("c")@2 :- go(_)@1;/' m.ded
    sed -i 's/^l("c")@2 :- .*/l("c")@2;/' m.ded # l is given now: P's bug remains
    ldfi 1 regress s.json --corpus corpus --json
    json '.scenarios[0].bugs[0].fate == "not found"'
    sed -i 's/^k("b")@async.*/k("b")@2;/' m.ded # and now that is mended, too
    ldfi 0 regress s.json --corpus corpus --json
    json '.scenarios[0].bugs[0].fate == "gone"'
    sed -i 's/^pre.*/pre("P", "b") :- go(_), go("nowhere");/' m.ded # nothing is promised any more
    ldfi 3 regress s.json --corpus corpus --json
    json '.scenarios[0].bugs[0].fate == "not found"'
}

@test "a bug whose inputs its scenario no longer has is not asked for" {
    cat >m.ded <<'MODEL'
x("c")@async :- go("b");
x("c") :- go("a");
x(N)@next :- x(N);
went(N)@next :- go(N);
went(N)@next :- went(N);
pre("x") :- went(_);
post("x") :- x("c");
MODEL
    jq -n '{model: ["m.ded"], nodes: ["a", "b", "c"], eot: 3, eff: 2, crashes: 0,
        choose: {who: ["a", "b"]}, given: ["go(\"$who\")@1;"]}' >s.json
    ldfi 0 regress add s.json --corpus corpus -q
    jq '.choose.who = ["a"]' s.json >narrow && mv narrow s.json
    ldfi 3 regress --corpus corpus --json
    json '[.scenarios[0].bugs[].fate] == ["not asked"]' '.scenarios[0].verdict == "certified"'
}
