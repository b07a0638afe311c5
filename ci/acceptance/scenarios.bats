#!/usr/bin/env bats
# The scenarios of the project: each is well formed, says what it expects, and gets it.

load common

SCHEMA=$ROOT/scenarios/schema.json

# each PATTERN...: the scenario files of these folders and patterns below scenarios/, one a line.
each() {
    local pattern
    for pattern; do
        find "$ROOT/scenarios" -path "$ROOT/scenarios/$pattern.json" ! -path "$SCHEMA" \
            ! -path '*/inputs/*' ! -path '*/corpus/*'
    done | sort
}

# each_search PATTERN...: those of them that are one search, with nothing left to `ldfi sweep`.
each_search() {
    local scenario
    for scenario in $(each "$@"); do
        jq -e 'has("choose") or .eot == "sweep" or .eff == "sweep" | not' "$scenario" >/dev/null &&
            echo "$scenario"
    done
}

# Which of the files does the schema allow? Prints those, one a line.
allowed() {
    /usr/bin/python3 - "$SCHEMA" "$@" <<'END'
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for path in sys.argv[2:]:
    errors = list(validator.iter_errors(json.load(open(path))))
    if errors:
        print(path, ": ", errors[0].message, sep="", file=sys.stderr)
    else:
        print(path)
END
}

# Under a sanitizer everything takes several times as long.
seconds() {
    if is_sanitized; then echo 900; else echo 300; fi
}

# agrees SCENARIO SEARCH: does the search end in time with what the scenario expects? (One that has
# faults of its own is replayed, and nothing is complete.)
agrees() {
    local how=(--search "$2") complete=true
    if jq -e 'has("faults")' "$1" >/dev/null; then
        how=() complete=false
    fi
    run --separate-stderr timeout "$(seconds)" "$LDFI" run "$1" "${how[@]}" --json
    if [ "$status" -ne 0 ]; then
        echo "$1, $2: status $status; $output; $stderr"
        return 1
    fi
    json ".verdict == \"$(jq -r .expect "$1")\"" ".complete == $complete" '.vacuous == false' \
        '.good_run.pre > 0' '.warnings == []'
}

@test "every scenario is as the schema has it, and says what it shows and expects" {
    local files
    files=$(each '*')
    [ "$(wc -l <<<"$files")" -ge 15 ]
    # shellcheck disable=SC2086
    equal "$(allowed $files)" "$files"
    local scenario
    for scenario in $files; do
        echo "$scenario"
        jq -e '(.expect | type == "string") and (.description | length > 10)' "$scenario" >/dev/null
    done
}

@test "the schema allows what ldfi reads, and rejects what ldfi rejects" {
    write_kept_model
    local right='{"model": ["kept.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0}'
    local change number=100 read
    while read -r change; do
        echo "$((++number)): $change"
        jq "$change" <<<"$right" >$number.json
    done <<'END'
.
.description = "words"
.omissions = 3
.omissions = null
.omissions = "3"
.omissions = -1
.immune = ["a"]
.immune = []
.immune = "a"
.immune = null
.oracle = "strict"
.oracle = "molly"
.oracle = "lenient"
.oracle = null
.expect = "certified"
.expect = null
.expect = "certain"
.inputs = []
.inputs = ["kept.ded"]
.inputs = [1]
.inputs = null
.inputs = .model | del(.model)
.model = []
.model = "kept.ded"
del(.model)
.nodes = []
.nodes = ["a", "a"]
.nodes = ["a", ""]
.nodes = [1]
del(.nodes)
.eot = 0
.eot = 2.5
.eot = "3"
.eot = null
.eot = 100000
del(.eot)
.eff = -1
.eff = null
del(.eff)
.crashes = -1
.crashes = 0.5
.crashes = null
del(.crashes)
.surprise = 1
.eot = "sweep"
.eff = "sweep"
.eot = "sweep" | .eff = "sweep"
.eot = "swept"
.eff = ["sweep"]
.crashes = "sweep"
.omissions = "sweep"
.faults = {"omissions": []} | del(.eff) | del(.crashes)
.faults = {"crashes": [{"node": "a", "time": 3}]}
.faults = {"omissions": [{"from": "a", "to": "b", "time": 1}], "crashes": [], "text": "more"}
.faults = {}
.faults = []
.faults = null
.faults = {"omissions": {}, "crashes": []}
.faults = {"crashes": [{"node": "a"}]}
.faults = {"crashes": [{"node": "a", "time": 0}]}
.faults = {"crashes": ["a"]}
.faults = {"omissions": [{"from": "a", "to": 1, "time": 1}]}
.faults = {"omissions": []} | .eot = "sweep"
.faults = {"omissions": []} | .eff = "sweep"
.choose = {"x": [1, "b"], "y_2": {"from": -1, "to": 1}}
.choose = {}
.choose = []
.choose = null
.choose = {"x": []}
.choose = {"x": "b"}
.choose = {"x": [1.5]}
.choose = {"x": [null]}
.choose = {"x": [1e16]}
.choose = {"a-b": [1]}
.choose = {"": [1]}
.choose = {"x": {"from": 1}}
.choose = {"x": {"to": 1}}
.choose = {"x": {"from": 1, "to": "2"}}
.choose = {"x": {"from": 1, "to": 2, "by": 1}}
.choose = ([range(64) | {"key": "x\(.)", "value": [.]}] | from_entries)
.choose = ([range(65) | {"key": "x\(.)", "value": [.]}] | from_entries)
.given = ["seen(\"a\")@1;", {"fact": "at(\"a\", $i)@1;", "each": "i", "to": 3}]
.given = [{"fact": "at(\"a\", $i)@$x;", "each": "i", "from": "$x", "to": 3}] | .choose = {"x": [1, 2]}
.given = [{"fact": "at(\"a\", $i)@1;", "each": "i", "from": 2, "to": "$x"}] | .choose = {"x": ["3"]}
.given = []
.given = null
.given = "seen(\"a\")@1;"
.given = [1]
.given = [{"fact": "at(\"a\", 1)@1;"}]
.given = [{"fact": "at(\"a\", $i)@1;", "each": "i"}]
.given = [{"fact": "at(\"a\", $i)@1;", "each": 1, "to": 3}]
.given = [{"fact": "at(\"a\", $i)@1;", "each": "", "to": 3}]
.given = [{"fact": "at(\"a\", $i)@1;", "each": "i", "to": "3"}]
.given = [{"fact": "at(\"a\", $i)@1;", "each": "i", "to": 3, "form": 2}]
.given = [{"fact": 1, "each": "i", "to": 3}]
[.]
END
    # A sweep reads all and says of each that cannot be read what is wrong with it.
    run --separate-stderr timeout 120 "$LDFI" sweep . --max-eot 4 --json
    equal "$status" 2
    equal "$(jq -r '.results[].scenario' <<<"$output" | wc -l)" $((number - 100))
    equal "$(jq -c '[.results[].status] | unique' <<<"$output")" '[0,2]'
    read=$(jq -r '.results[] | select(.status == 0) | .scenario' <<<"$output")
    [ "$(wc -l <<<"$read")" -lt $(((number - 100) / 2)) ]
    equal "$(allowed [0-9]*.json 2>/dev/null)" "$read"
}

@test "every scenario ends as it expects, and is not vacuous" {
    unless_sanitized
    run --separate-stderr timeout "$(seconds)" "$LDFI" sweep "$ROOT/scenarios" --json
    [ "$status" -eq 0 ]
    json '[.results[] | .as_expected and (.vacuous | not) and .warnings == []] | all'
    equal "$(jq -r '.results[].scenario' <<<"$output" | sort)" "$(each '*')"
}

@test "exhaustive search, which shares nothing but the executor, gives the same verdicts" {
    local scenario
    local most=4
    ! is_sanitized || most=2
    for scenario in $(each_search 'delivery/*' 'commit/*' 'kafka/*' 'paxos/*' "primary_backup/rung[1-$most]*"); do
        agrees "$scenario" exhaustive
    done
}

@test "exhaustive search gives the same verdicts where inputs are left open" {
    unless_sanitized
    local of=$ROOT/scenarios/primary_backup scenario search
    for scenario in rung1_any_write rung4_any_writes; do
        for search in lineage exhaustive; do
            run --separate-stderr "$LDFI" sweep "$of/$scenario.json" --search $search --json
            equal "$status" 0
            json '.results | length == 1' '.results[0].inputs.combinations >= 12' \
                '.results[0].stopped_by == null'
            jq -c '.results[0] | [.verdict, (.inputs | .combinations, .broken, .certified)]' \
                <<<"$output" >$search.rows
        done
        cmp lineage.rows exhaustive.rows
    done
}

@test "smallest counterexamples are as small as exhaustive search finds them" {
    local scenario sizes search
    for scenario in $(each_search 'delivery/*' 'commit/*' 'kafka/*' 'paxos/*' 'primary_backup/rung[1-3]*'); do
        [ "$(jq -r .expect "$scenario")" = counterexample ] || continue
        sizes=
        for search in lineage exhaustive; do
            ldfi 0 run "$scenario" --search $search --json
            sizes+=" $(jq '.counterexamples[0] | (.omissions + .crashes) | length' <<<"$output")"
        done
        echo "$scenario:$sizes"
        says "$sizes" '^ [1-9][0-9]* [1-9][0-9]*$'
        equal "${sizes% *}" " ${sizes##* }"
    done
}

# The sources' verdicts, as the issue that asked for these models has them (Alvaro, Rosen,
# Hellerstein, SIGMOD 2015): family, protocol, EOT_EFF_crashes, verdict.
@test "the published protocols have the published verdicts" {
    local family name bounds verdict file eot eff crashes
    while read -r family name bounds verdict; do
        file=$ROOT/scenarios/$family/${name}_$bounds.json
        IFS=_ read -r eot eff crashes <<<"$bounds"
        echo "$file"
        equal "$(jq -c '[.eot, .eff, .crashes, .expect]' "$file")" "[$eot,$eff,$crashes,\"$verdict\"]"
    done <<'END'
delivery simple 4_2_0 counterexample
delivery retry 4_2_1 counterexample
delivery retry 6_3_0 certified
delivery classic 5_3_0 counterexample
delivery classic 6_0_2 certified
delivery redundant 8_6_1 certified
delivery acknowledged 8_6_1 certified
commit two_phase 5_0_1 counterexample
commit two_phase_ctp 8_0_1 counterexample
commit three_phase 8_0_1 certified
commit three_phase 9_7_1 counterexample
kafka replication 7_4_1 counterexample
kafka replication 7_4_0 certified
paxos synod 8_3_1 certified
END
}
