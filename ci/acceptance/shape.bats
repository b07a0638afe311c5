#!/usr/bin/env bats
# The shape of a failure: the same for one bug in several versions under several faults, another for
# another bug. Which crash shows which bug of the ladder is said in "Growing a protocol", section 4.

load common

LADDER=$ROOT/scenarios/primary_backup

# shapes SCENARIO OPTION...: the schedule and the shape of every minimal counterexample, one a line.
shapes() {
    run --separate-stderr timeout 60 "$LDFI" run "$@" --all --json
    [ "$status" -le 1 ] || echo "status $status: $stderr"
    jq -r '.counterexamples[] | "\([(.omissions[] | "\(.from)>\(.to)@\(.time)"),
        (.crashes[] | "\(.node)@\(.time)")] | join(" ")) \(.shape.promises | join(",")): \(
        .shape.causes | join(","))"' <<<"$output"
}

@test "a copy that reached one backup alone has one shape, in every version and under every crash" {
    local search
    for search in lineage exhaustive; do
        equal "$(shapes "$LADDER/rung1.json" --search $search)" "c@3 agreement: rep lost"
        equal "$(shapes "$LADDER/rung2.json" --search $search)" \
            $'c@4 agreement: rep lost\nc@6 agreement: rep lost'
        says "$(shapes "$LADDER/rung3.json" --search $search)" '^c@11 agreement: rep lost$'
    done
}

@test "the acknowledged write that is lost, rung 3's own bug, has another" {
    says "$(shapes "$LADDER/rung3.json")" '^c@3 agreement,durability: fails reads crash,rep lost$'
}

@test "the old bug breaks the same promise where the message has a new name" {
    equal "$(shapes "$LADDER/rung4_terms_only.json")" "c@11 agreement: copy lost"
}

@test "a bug that needs the failover differs from one that needs a lost copy alone" {
    local seeded=$ROOT/scenarios/seeded
    # A tail that nobody trims is there because a copy was lost. A slot that is not overwritten
    # differs from what the new primary makes of it, which it does because it saw the crash.
    equal "$(shapes "$seeded/no_tail.json")" "c@21 agreement: copy lost"
    equal "$(shapes "$seeded/first_copy_stays.json")" "c@7 agreement: copy lost,fails reads crash"
    # Numbers that are given twice need no lost message at all.
    says "$(shapes "$seeded/numbers_from_checkpoint.json")" '^c@5 durability: fails reads crash$'
}

@test "the oracle does not change a shape" {
    local rung
    for rung in rung1 rung2 rung3 rung4_terms_only; do
        equal "$(shapes "$LADDER/$rung.json" --oracle molly)" "$(shapes "$LADDER/$rung.json")"
    done
}

@test "a lost copy has one shape, whatever loses it" {
    # b and c hold what a sends them at 1, unless it is lost or a has crashed.
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --all --json
    json '[.counterexamples[].shape | .promises, .causes] | unique == [["holds lost"], ["pre"]]'
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --all --json --oracle molly
    json '[.counterexamples[].shape | .promises, .causes] | unique == [["holds lost"], ["pre"]]'
}

@test "the report names the rule whose firing is first missing, as the model has it" {
    local rule
    rule=$(grep '^rep(.*@async' "$ROOT/models/primary_backup/rung1.ded")
    cd "$ROOT" || return 1
    ldfi 0 run scenarios/primary_backup/rung1.json
    equal "$(grep '^First missing: ' <<<"$output")" \
        "First missing: ${rule%;} (models/primary_backup/rung1.ded:$(grep -n '^rep(.*@async' \
            models/primary_backup/rung1.ded | cut -d: -f1))"
    ldfi 0 run scenarios/primary_backup/rung1.json --json
    json ".counterexamples[0].shape.rules == [{\"file\": \"models/primary_backup/rung1.ded\",
        \"line\": $(grep -n '^rep(.*@async' models/primary_backup/rung1.ded | cut -d: -f1),
        \"text\": \"$rule\"}]"
}

@test "where nothing is lost, the rule that reads the crash is named" {
    write_silent_model
    ldfi 1 run silent.ded -N a,b -t 3 -f 0 -c 1 --json
    json '.counterexamples[0].shape == {"promises": ["pre"], "causes": ["post reads crash"],
        "rules": [{"file": "silent.ded", "line": 4,
            "text": "post(Other) :- watches(Node, Other), notin crash(Node, Other, _);"}]}'
    ldfi 1 run silent.ded -N a,b -t 3 -f 0 -c 1
    says "$output" '^First missing: post\(Other\) :- .* \(silent.ded:4\)$'
    cat >alarm.ded <<'MODEL'
watches("a", "b")@1;
watches(Node, Other)@next :- watches(Node, Other);
pre("quiet", Node) :- watches(Node, Other), crash(Node, Other, _);
post("quiet", Node) :- watches(Node, Other), Node == Other;
MODEL
    ldfi 1 run alarm.ded -N a,b -t 3 -f 0 -c 1
    says "$output" '^First new: pre\("quiet", Node\) :- .* \(alarm.ded:3\)$'
}

@test "a promise that breaks without faults has a shape without causes" {
    printf '%s\n' 'p("a")@1; p(X)@next :- p(X);' 'pre("never", X) :- p(X);' \
        'post("ever", X) :- p(X);' >wrong.ded
    ldfi 1 run wrong.ded -N a -t 2 -f 0 -c 0 --json
    json '.counterexamples[0].shape == {"promises": ["never"], "causes": [], "rules": []}'
    ldfi 1 run wrong.ded -N a -t 2 -f 0 -c 0
    refute grep -q '^First' <<<"$output"
}
