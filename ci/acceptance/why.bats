#!/usr/bin/env bats
# `ldfi why` and `ldfi why-not`: why a fact holds in a run, and why one does not.

load common

RUNG3=$ROOT/scenarios/primary_backup/rung3.json
SIMPLE=$ROOT/scenarios/delivery/simple_4_2_0.json

# The tree without the folder of the models.
drawn() {
    sed "s#$ROOT/##g; s#scenarios/primary_backup/../../##g" <<<"$output"
}

@test "why draws the smallest proof, with rules, messages and inputs" {
    ldfi 0 why "$RUNG3" --crash c,3 'rep_ack(_, a, 1)@4' --depth 1
    equal "$(drawn)" 'rung3, crash(c,3): why rep_ack(_, "a", 1) at 4?

rep_ack("c", "a", 1) at 4
|  by rep_ack(P, R, S)@async :- rep(R, P, S, _); (models/primary_backup/rung3.ded:31), sent by a at 3
`- rep("a", "c", 1, "w1") at 3 (goes on: --depth)
      by rep(X, R, S, W)@async :- transmit(R, _, S, X), holds(R, S, W); (models/primary_backup/rung3.ded:29), sent by c at 2'
}

@test "why-not ends at the lost message, by the way that the run without faults took" {
    ldfi 0 why-not "$RUNG3" --crash c,3 'acked(C, w1)'
    equal "$(drawn | tail -n 6)" '               |  as without faults, by rep_ack(P, R, S)@async :- rep(R, P, S, _); (models/primary_backup/rung3.ded:31)
               `- MISSING rep("b", "c", 1, _) at 4, without faults rep("b", "c", 1, "w1")
                  |  as without faults, by rep(X, R, S, W)@async :- transmit(R, _, S, X), holds(R, S, W); (models/primary_backup/rung3.ded:29)
                  |- transmit("c", 1, 1, "b") at 3
                  |- holds("c", 1, "w1") at 3
                  `- LOST rep("b", "c", 1, "w1") from c to b at 3: c has crashed'
    says "$output" 'MISSING acked\("C", "w1"\) at 22, since 6'
}

@test "a fact that the run does not have is status 1 and names why-not, and the other way round" {
    ldfi 1 why "$RUNG3" --crash c,3 'acked(C, w1)'
    equal "$output" 'rung3, crash(c,3): acked("C", "w1") at 22 does not hold; `ldfi why-not` says why not'
    ldfi 1 why-not "$RUNG3" 'acked(C, w1)'
    equal "$output" 'rung3, no faults: acked("C", "w1") at 22 holds; `ldfi why` says why'
}

@test "several facts like it are explained one after the other, and what is left is counted" {
    ldfi 0 why "$RUNG3" 'holds(_, _, _)'
    equal "$(grep -c '^holds' <<<"$output")" 3
    says "$output" '^[0-9]+ more facts are like this; give it fewer _$'
}

@test "crashes are facts at every time, and no crash is no fault of the run" {
    ldfi 0 why "$RUNG3" --crash c,3 'crash(a, c, _)'
    says "$output" 'a fault of this run'
    ldfi 0 why-not "$RUNG3" --crash c,3 'crash(a, b, _)'
    says "$output" 'no such crash is among the faults of this run'
}

@test "--json has the same tree with stable names" {
    ldfi 0 why-not "$RUNG3" --crash c,3 'acked(C, w1)' --json
    json '.scenario == "rung3"' '.faults == "crash(c,3)"' '.question == "why not"' \
        '.fact == "acked(\"C\", \"w1\") at 22"' '.explanations | length == 1' \
        '.explanations[0] | .kind == "missing" and .time == 22 and .since == 6' \
        '.explanations[0].because[0] | .kind == "attempt" and .as_without_faults
            and (.rule | .line == 6 and (.file | endswith("client.ded")))' \
        '[.. | objects | select(.kind == "lost")] == [{"kind": "lost", "time": 3,
            "tuple": "rep(\"b\", \"c\", 1, \"w1\")",
            "message": {"from": "c", "to": "b", "time": 3, "fate": "crash"}}]'
    ldfi 0 why "$RUNG3" 'acked(C, w1)@9' --json
    json '.explanations[0] | .kind == "holds" and .since == 6 and .carried_by.line == 7' \
        '[.. | objects | select(.input != null)] | length > 0'
    ldfi 1 why "$RUNG3" 'acked(C, w9)' --json
    json '.explanations == []' '.ask == "why-not"'
}

@test "a run of a database, and an entry of the corpus, are explained like a scenario" {
    ldfi 0 run "$RUNG3" --db runs.db --quiet # as expected
    ldfi 0 why-not runs.db 'acked(C, w1)'
    says "$output" '^rung3, run [0-9]+, crash\(c,3\): why not acked\("C", "w1"\) at 22\?$'
    says "$output" 'LOST rep\("b", "c", 1, "w1"\) from c to b at 3: c has crashed$'
    ldfi 0 why-not runs.db --run "$(query runs.db "SELECT run FROM runs WHERE faults = 'crash(c,3)' LIMIT 1")" \
        'acked(C, w1)'
    ldfi 0 why-not "$ROOT/scenarios/corpus/rung3-crash_c_3.json" 'acked(C, w1)'
    says "$output" 'LOST rep\("b", "c", 1, "w1"\) from c to b at 3: c has crashed$'
}

@test "what no run has is explained by what came closest; --ways tells more of them" {
    ldfi 0 why-not "$RUNG3" --crash c,3 'holds(a, 1, w2)' --ways 1
    equal "$(drawn | sed -n '3,6p;$p')" 'MISSING holds("a", 1, "w2") at 22, since 10
|- by holds(R, S, W) :- rep(R, _, S, W), notin kept_slot(R, S); (models/primary_backup/rung3.ded:30) with R = "a", S = 1, W = "w2"
|  |- rep("a", "b", 1, "w2") at 10
|  `- IN THE WAY kept_slot("a", 1) at 10
`- 1 more way in which it could have come (--ways)'
    ldfi 0 why-not "$RUNG3" --crash c,3 'holds(a, 1, w2)' --ways 2
    says "$output" 'MISSING assigns\("a", 1, "w2"\) at 10'
}

@test "mistakes in a fact are told with their place" {
    ldfi 2 why "$RUNG3" 'akced(C, w1)'
    says "$stderr" '^command line:1:[0-9]+: error: the model has no relation akced; did you mean acked\?$'
    ldfi 2 why "$RUNG3" 'acked(C)'
    says "$stderr" 'error: acked has 2 arguments, not 1$'
    ldfi 2 why "$RUNG3" 'acked(C, w1)@23'
    says "$stderr" 'error: time runs from 1 to 22 \(EOT\)$'
    ldfi 2 why "$RUNG3" 'acked(C, w1'
    says "$stderr" 'error: expected , or \); write a fact as in acked\("C", "w1"\)@5$'
    ldfi 2 why "$RUNG3"
    ldfi 2 why-not "$RUNG3" 'acked(C, w1)' --depth 0
    says "$stderr" '^command line:1:[0-9]+: error: '
    ldfi 2 why "$SIMPLE" 'log(_, _)' --json
    json '.error | .file == "command line" and .message == "the model has no relation log"'
}

@test "without colour nothing but text is printed" {
    ldfi 0 why-not "$RUNG3" --crash c,3 'acked(C, w1)'
    refute grep -q $'\033' <<<"$output"
}

@test "a second interpreter finds nothing wrong with what is said of random programs and small models" {
    unless_sanitized
    run "$ROOT/ci/fuzz/why" --ldfi "$LDFI" --seeds 1..12 --runs 1
    echo "$output"
    [ "$status" -eq 0 ]
    says "${lines[-1]}" '^why: ([89]|1[0-2]) programs, [1-9][0-9]+ questions, 0 wrong$'
    run "$ROOT/ci/fuzz/why" --ldfi "$LDFI" --runs 1 "$ROOT"/scenarios/delivery/{simple,retry}_4*.json \
        "$ROOT"/scenarios/commit/two_phase_5_0_1.json
    echo "$output"
    [ "$status" -eq 0 ]
    says "${lines[-1]}" ', 0 wrong$'
}

# lie FILTER: makes a program that is ldfi but for what a jq filter makes of its trees.
lie() {
    printf '#!/bin/bash\n[ "$1" != check ] || exec "%s" "$@"\n"%s" "$@" | jq %q\n' \
        "$LDFI" "$LDFI" "$1" >liar
    chmod +x liar
    run "$ROOT/ci/fuzz/why" --ldfi "$PWD/liar" --seeds 1..6 --runs 1
    [ "$status" -eq 1 ]
    says "$output" "WRONG: .*$2"
}

@test "the second interpreter catches wrong explanations" {
    unless_sanitized
    lie_about() { # lie_about WHICH CHANGE WRONG: nodes of the trees
        lie "walk(if type == \"object\" and has(\"kind\") and ($1) then $2 else . end)" "$3"
    }
    lie_about '.kind == "holds" and .time > 1' '.time -= 1' '(does not hold|does not follow)'
    lie_about '.kind == "holds" and .rule != null' '.because |= (. // [])[1:]' 'does not follow'
    lie_about '.kind == "holds"' 'del(.rule)' 'is no input'
    lie_about '.kind == "holds"' '.told_above = true' 'is not told above'
    lie_about '.kind == "attempt"' '.because = []' '(derive|not sent)'
    lie_about '.kind == "missing"' '.because = []' 'nothing says why'
}
