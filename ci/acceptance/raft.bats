#!/usr/bin/env bats
# Raft in C, and bugs seeded into it, one rule changed each. What shows a bug, and that nothing
# smaller does, was found by trying all schedules in a simulator that is not part of this project.

load common

RAFT=$ROOT/scenarios/raft

# verdict SCENARIO SEARCH: what is found: the verdict and the number of faults in the smallest
# counterexample.
verdict() {
    ldfi 0 run "$RAFT/$1.json" --search "$2" --json || return 1
    json .complete '.vacuous == false' '.warnings == []' '.good_run.pre > 0' || return 1
    found=$(jq -r '"\(.verdict) \(.counterexamples[0] // {} | (.omissions // []) + (.crashes // [])
        | length)"' <<<"$output")
}

@test "without faults a leader is elected and both writes are acknowledged" {
    ldfi 0 replay "$RAFT/one_crash_one_loss.json" --json
    equal "$(jq -r '[.messages[] | .tuple | select(startswith("done"))] | join(" ")' <<<"$output")" \
        'done("C", "a", "w1") done("C", "a", "w2")'
}

@test "Raft is certified where its bugs show, and the smallest faults of each bug are as tried, by either search" {
    unless_sanitized
    local scenario wanted search
    while IFS=: read -r scenario wanted; do
        for search in lineage exhaustive; do
            echo "$scenario, $search"
            verdict "$scenario" $search
            equal "$found" "$wanted"
        done
    done <<'END'
one_crash_one_loss:certified 0
one_crash_two_losses:certified 0
votes_twice:counterexample 2
votes_unseen:counterexample 3
keeps_conflicts:counterexample 2
commits_on_half:counterexample 2
acknowledges_early:counterexample 3
END
}

@test "two crashes of three make no mistake" {
    verdict two_crashes lineage
    equal "$found" "certified 0"
}

# The bug; which promises break.
@test "long schedules break what they should, figure 8 among them, and Raft itself stands them" {
    local bug wanted
    while IFS=: read -r bug wanted; do
        echo "$bug"
        jq .faults "$RAFT/$bug.json" >faults.json
        ldfi 0 run "$RAFT/$bug.json" --json
        equal "$(jq -r '[.counterexamples[0].broken[] | capture("\"(?<promise>[a-z]+)\"").promise]
            | unique | join(" ")' <<<"$output")" "$wanted"
        ldfi 0 replay "$RAFT/one_crash_one_loss.json" --faults faults.json --quiet
    done <<'END'
takes_any_entry:agreement matching
votes_for_longest:agreement
follows_past_leader:agreement
commits_past_terms:agreement
END
}

@test "a seeded bug replaces one rule and has a scenario" {
    local bug count=0
    for bug in "$ROOT"/models/raft/seeded/*.c; do
        echo "$bug"
        grep -q "seeded/${bug##*/}" "$RAFT"/*.json
        equal "$(grep -c '^#define RAFT_' "$bug")" 1
        grep -qx "#ifndef $(sed -n 's/^#define //p' "$bug")" "$ROOT"/models/raft/rules/*.c
        cc -std=gnu11 -Wall -Wextra -Wconversion -Wshadow -Werror -fsyntax-only \
            "-I$ROOT/harness/native" "$bug"
        count=$((count + 1))
    done
    equal "$count" 9
}
