#!/usr/bin/env bats
# Inputs and faults searched together: one formula over both, and searches for what it leaves.

load common

@test "random protocols with open inputs: the sweep agrees with exhaustive search on each choice" {
    run --separate-stderr env LDFI="$LDFI" PYTHONDONTWRITEBYTECODE=1 "$ROOT/ci/fuzz/inputs" --seeds 1..80
    [ "$status" -eq 0 ] || { echo "$output $stderr"; return 1; }
    says "$output" '^inputs: [0-9]+ programs, [0-9]+ combinations of inputs, [1-9][0-9]+ certified by one formula, 0 disagreements$'
}

@test "what cannot reach the primary is certified by one formula, what can is searched" {
    # Rung 1 forwards nothing: of three receivers and four times only the four writes to c do anything.
    ldfi 0 sweep "$ROOT/scenarios/primary_backup/rung1_any_write.json" --json
    json '.results[0].inputs == {"combinations": 12, "broken": 4, "certified": 8, "by_one_formula": 8}'
    json '.results[0].choice.to == "c" and .results[0].counterexample.text == "crash(c,3)"'
}

@test "a promise that depends on the oracle's good run is searched one by one" {
    jq '.oracle = "molly" | .model[0] = "'"$ROOT"'/models/primary_backup/rung1.ded"' \
        "$ROOT/scenarios/primary_backup/rung1_any_write.json" >molly.json
    ldfi 0 sweep molly.json --json
    json '.results[0].inputs.by_one_formula == 0'
}
