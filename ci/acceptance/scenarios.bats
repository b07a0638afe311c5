#!/usr/bin/env bats
# The scenarios of the project: each is well formed, says what it expects, and gets it.

load common

SCHEMA=$ROOT/scenarios/schema.json

# each PATTERN...: the scenario files of these folders and patterns below scenarios/, one a line.
each() {
    local pattern
    for pattern; do
        find "$ROOT/scenarios" -path "$ROOT/scenarios/$pattern.json" ! -path "$SCHEMA" \
            ! -path '*/inputs/*'
    done | sort
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
    local change number=100 read=''
    while read -r change; do
        echo "$((++number)): $change"
        jq "$change" <<<"$right" >$number.json
        run --separate-stderr timeout 60 "$LDFI" run $number.json
        [ "$status" -eq 0 ] || [ "$status" -eq 2 ]
        [ "$status" -eq 2 ] || read+=$number.json$'\n'
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
[.]
END
    [ -n "$read" ] && [ "$(wc -l <<<"$read")" -lt 30 ]
    equal "$(allowed [0-9]*.json 2>/dev/null)" "${read%$'\n'}"
}

@test "every scenario ends as it expects, and is not vacuous" {
    local scenario
    for scenario in $(each '*'); do
        agrees "$scenario" lineage
    done
}

@test "exhaustive search, which shares nothing but the executor, gives the same verdicts" {
    local scenario
    for scenario in $(each 'delivery/*' 'commit/*' 'kafka/*' 'paxos/*' 'primary_backup/rung[1-4]*'); do
        agrees "$scenario" exhaustive
    done
}

@test "smallest counterexamples are as small as exhaustive search finds them" {
    local scenario sizes search
    for scenario in $(each 'delivery/*' 'commit/*' 'kafka/*' 'paxos/*' 'primary_backup/rung[1-3]*'); do
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
