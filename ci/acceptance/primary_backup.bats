#!/usr/bin/env bats
# The ladder: what was found, by a simulator of the protocol that is not part of this project, about
# each rung. Schedules read node@time.

load common

LADDER=$ROOT/models/primary_backup
INPUTS=$ROOT/scenarios/primary_backup/inputs

# found SCENARIO OPTION...: every minimal counterexample, one a line: crashes, then what breaks.
found() {
    run --separate-stderr timeout 600 "$LDFI" run "$@" --all --json
    [ "$status" -le 1 ] || echo "status $status: $stderr"
    jq -r '.counterexamples[] | [(.omissions[] | "\(.from)>\(.to)@\(.time)"),
        (.crashes[] | "\(.node)@\(.time)"),
        ([.broken[] | capture("\"(?<promise>[a-z]+)\"").promise] | unique[])] | join(" ")' \
        <<<"$output"
}

@test "rungs 1 to 3 break under these crashes and no other, by either search" {
    local search
    for search in lineage exhaustive; do
        cd "$ROOT/scenarios/primary_backup" || return 1
        equal "$(found rung1.json --search $search)" "c@3 agreement"
        equal "$(found rung2.json --search $search)" $'c@4 agreement\nc@6 agreement'
        equal "$(found rung3.json --search $search)" $'c@3 agreement durability\nc@11 agreement'
    done
}

@test "the faults that show a bug in one rung do not show it in the next" {
    local folder=$ROOT/scenarios/primary_backup
    ldfi 0 replay "$folder/rung2.json" --crash c,3
    ldfi 0 replay "$folder/rung1.json" --crash c,4
    ldfi 0 replay "$folder/rung1.json" --crash c,6
    ldfi 1 replay "$folder/rung2.json" --crash c,6
}

@test "without faults writes are acknowledged when the protocol says" {
    local scenario times
    while read -r scenario times; do
        ldfi 0 replay "$ROOT/scenarios/primary_backup/$scenario.json" --json
        # When the client has it: a step after it was sent.
        equal "$scenario $(jq -r '[.messages[] | select(.to == "C" and (.tuple | startswith("client_ack")))
            | .time + 1] | sort | join(" ")' <<<"$output")" "$scenario $times"
    done <<'END'
rung1 6
rung3 6 15
rung5 5 10 10 20
rung5_staggered 6 13 15 25
END
}

@test "exhaustive search certifies rung 5, too" {
    unless_sanitized
    local scenario
    for scenario in "$ROOT"/scenarios/primary_backup/rung5*.json; do
        run --separate-stderr timeout 600 "$LDFI" run "$scenario" --search exhaustive --json
        json '.verdict == "certified"' '.complete' '.vacuous == false'
    done
}

@test "rung 5 stands M's false suspicion of the primary in any round, and one crash beside it" {
    unless_sanitized
    local time mode eot search
    for mode in unstaggered:36 staggered:40; do
        eot=${mode#*:}
        for time in 1 2 3 5 7 9 11 13 15 17 19 21; do
            echo "suspect(\"M\", \"c\", $time)@1;" >suspect.ded
            for search in lineage exhaustive; do
                run --separate-stderr timeout 60 "$LDFI" run "$LADDER/rung5.ded" \
                    "$LADDER/parts/checkpoint_promise.ded" "$INPUTS/four_writes_${mode%:*}.ded" \
                    suspect.ded -N a,b,c,C,M --immune C,M -t "$eot" -f 0 -c 1 --json --search $search
                echo "$mode $time $search"
                json '.verdict == "certified"' '.complete' '.vacuous == false'
            done
        done
    done
}

@test "terms alone do not repair rung 3: the tail has to be trimmed" {
    equal "$(found "$ROOT/scenarios/primary_backup/rung4_terms_only.json")" "c@11 agreement"
}

# By hand: the copies of slot 2 leave for b at 10 and of slot 3 at 12, and what is lost at 10 leaves
# once more at 14.
@test "rung 4 does not fill the hole that a lost copy leaves at the new primary" {
    equal "$(found "$ROOT/scenarios/seeded/rung4_holes.json")" \
        $'c>b@10 c@13 agreement\nc>b@10 c@14 agreement'
}

@test "rung 4 acknowledges writes; without the rule that does, that promise breaks, and no other" {
    unless_sanitized
    mkdir models scenarios
    cp -r "$LADDER" models/primary_backup
    cp -r "$ROOT/scenarios/primary_backup" scenarios/primary_backup
    sed -i '/^client_ack/d' models/primary_backup/parts/answers.ded
    ldfi 0 run scenarios/primary_backup/rung4_suspected.json
    ldfi 1 replay scenarios/primary_backup/rung4_acknowledged.json --json
    json '.broken | length == 4 and all(startswith("pre(\"acknowledged\""))'
}
