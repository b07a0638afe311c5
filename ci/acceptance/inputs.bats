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

@test "given lines that mean more than one fact each are searched one by one" {
    # x arrives by way of a, unless that is lost; a file, a rule or a comment may save it.
    cat >m.ded <<'MODEL'
x("b")@async :- go("a");
go("a")@1;
x(N)@next :- x(N);
pre("x") :- go(_)@1;
post("x") :- x("b");
post("x") :- safe(_);
safe(N)@next :- safe(N);
MODEL
    echo 'safe("a")@1;' >safe.ded
    echo '// nothing' >none.ded
    local scenario='{"model": ["m.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0}'
    local given count=0
    while read -r given; do
        jq -c ". + $given" <<<"$scenario" >s.json
        ldfi 1 sweep s.json --json
        json '.results[0].inputs | [.combinations, .broken] == [2, 1]'
        count=$((count + 1))
    done <<'END'
{"choose": {"f": ["safe", "none"]}, "given": ["include \"$f.ded\";"]}
{"choose": {"f": ["a", "b"]}, "given": ["safe(N) :- go(N), N == \"$f\";", "safe(N)@next :- safe(N);"]}
{"choose": {"x": ["//", "/*"]}, "given": ["$x;", "safe(\"a\")@1;", "//*/ go(\"b\")@2;"]}
END
    [ "$count" -eq 3 ]
}
