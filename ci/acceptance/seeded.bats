#!/usr/bin/env bats
# The seeded bugs: rung 5 of primary/backup replication with one rule changed. What shows each, and
# what breaks then, was found by a simulator of the protocol that is not part of this project.
# Schedules read node@time for a crash, from>to@time for a lost message.

load common

LADDER=$ROOT/models/primary_backup
SEEDED=$ROOT/scenarios/seeded
INPUTS=$ROOT/scenarios/primary_backup/inputs

# faults SCENARIO FAULT...: as options of replay; `own`: those of the scenario.
faults() {
    local scenario=$1 fault
    shift
    for fault; do
        case $fault in
        own) jq .faults "$scenario" >own.json && echo --faults=own.json ;;
        *'>'*) echo "--omit=${fault%%>*},$(tr @ , <<<"${fault#*>}")" ;;
        *) echo "--crash=${fault/@/,}" ;;
        esac
    done
}

# What $output, a report, has as broken: promises, and the writes that are lost.
broken() {
    jq -r '[.broken[] | capture("\"(?<promise>[a-z]+)\".*\"(?<write>.*)\"")
        | .promise + if .promise == "durability" then "(\(.write))" else "" end]
        | unique | join(" ")' <<<"$output"
}

# searches SCENARIO: does it search, or replay faults of its own?
searches() {
    jq -e 'has("faults") | not' "$1" >/dev/null
}

@test "every scenario ends as it expects, and smallest counterexamples are as small by either search" {
    unless_sanitized
    local scenario search sizes count=0
    for scenario in "$SEEDED"/*.json; do
        echo "$scenario"
        count=$((count + 1))
        if ! searches "$scenario"; then
            ldfi 0 run "$scenario" --json
            json ".verdict == \"$(jq -r .expect "$scenario")\"" '.good_run.pre > 0'
            continue
        fi
        sizes=
        for search in lineage exhaustive; do
            ldfi 0 run "$scenario" --search $search --json
            json ".verdict == \"$(jq -r .expect "$scenario")\"" .complete '.vacuous == false' \
                '.good_run.pre > 0' '.warnings == []'
            sizes+=" $(jq '.counterexamples[0] | (.omissions + .crashes) | length' <<<"$output")"
        done
        equal "${sizes% *}" " ${sizes##* }"
    done
    [ "$count" -ge 25 ]
}

# The scenario of a bug; its control, the rung itself with the same inputs; faults; what breaks.
@test "the faults that show a bug break what they should, and the rung itself stands them" {
    local bug control schedule wanted count=0
    while IFS='|' read -r bug control schedule wanted; do
        echo "$bug: $schedule"
        # shellcheck disable=SC2046,SC2086
        ldfi 1 replay "$SEEDED/$bug.json" $(faults "$SEEDED/$bug.json" $schedule) --json
        equal "$(broken)" "$wanted"
        # shellcheck disable=SC2046,SC2086
        ldfi 0 replay "$SEEDED/control_$control.json" $(faults "$SEEDED/$bug.json" $schedule) --quiet
        count=$((count + 1))
    done <<'END'
greatest_checkpoint|crash|c@7|agreement
resync_one_late|crash|c@7|agreement
no_tail|staggered_crash|c@21|agreement
no_tail_unstaggered|crash_and_loss|c@17 c>b@16|agreement
holes_stay|crash|c@7|agreement
first_copy_stays|crash|c@7|agreement
deletes_unconfirmed|two_crashes|own|durability(w1)
deletes_unconfirmed|two_crashes|c@5 b@6|durability(w1)
deletes_unconfirmed_staggered|staggered_crash|c@13|agreement durability(w2)
numbers_from_checkpoint|crash|c@5|durability(w1)
waits_for_one|crash_and_loss|c@5 c>b@2|durability(w1)
waits_for_none|staggered_crash|c@3|durability(w1)
trims_all_terms|crash_and_loss|c@8 b>a@12|agreement durability(w4)
no_fence|suspected||durability(w1)
leads_out_of_sync|one_way_loss|own|durability(w1) durability(w2)
slow_left_out|staggered_crash_and_loss|c@13 c>a@9|agreement
reports_highest|staggered_crash|c@10|prefix
reports_highest|staggered_crash|c@12|prefix
reports_highest_unstaggered|crash_and_loss|c>b@7|prefix
credits_own|crash|c@7|prefix
nothing_unconfirmed|staggered_crash|c@10|prefix
END
    equal "$count" 21
}

@test "without faults no bug shows at the end of time, but for the one that false suspicion shows" {
    echo '{"omissions": [], "crashes": []}' >none.json
    local scenario
    for scenario in "$SEEDED"/*.json; do
        [ "${scenario##*/}" = no_fence.json ] || ldfi 0 replay "$scenario" --faults none.json --quiet
    done
}

@test "one crash shows these bugs at these times and no other" {
    unless_sanitized
    local bug found wanted
    while IFS=: read -r bug wanted; do
        ldfi 0 run "$SEEDED/$bug.json" --all --json
        json .complete
        found=$(jq -r '[.counterexamples[].crashes[] | "\(.node)@\(.time)"] | join(" ")' <<<"$output")
        equal "$bug:$found" "$bug:$wanted"
    done <<'END'
greatest_checkpoint:c@7
resync_one_late:c@7
no_tail:c@21
holes_stay:c@7
first_copy_stays:c@7
numbers_from_checkpoint:c@5 c@6 c@10 c@11 c@12 c@13
reports_highest:c@10 c@12
END
}

# passes BUG MODE EOT SCHEDULE
passes() {
    # shellcheck disable=SC2046,SC2086
    ldfi 0 replay "$LADDER/seeded/$1.ded" "$INPUTS/four_writes_$2.ded" "$INPUTS/retry.ded" \
        -N a,b,c,C,M --immune C,M -t "$3" -f 0 -c 1 $(faults "" $4)
}

@test "what shows a bug with some inputs does not show it with others" {
    passes no_tail unstaggered 36 c@21
    passes greatest_checkpoint staggered 40 c@7
}

@test "a checkpoint that is the greatest breaks the common prefix without a fault" {
    local promise=$LADDER/parts/checkpoint_promise.ded rung
    for rung in 1:seeded/greatest_checkpoint 0:rung5; do
        ldfi "${rung%:*}" replay "$LADDER/${rung#*:}.ded" "$promise" \
            "$INPUTS/four_writes_unstaggered.ded" -N a,b,c,C,M --immune C,M -t 36 -f 0 -c 0 --json
        equal "$(broken)" "$([ "$rung" = 0:rung5 ] || echo prefix)"
    done
}

# parts FILE: the names of the parts that it includes, one a line.
parts() {
    sed -n 's,^include ".*parts/\(.*\).ded";,\1,p' "$1" | sort
}

@test "a seeded bug is the rung without one part, and has a scenario" {
    local bug rung
    for bug in "$LADDER"/seeded/*.ded; do
        echo "$bug"
        grep -q "seeded/${bug##*/}" "$SEEDED"/*.json
        rung=$(parts "$LADDER/rung5.ded")
        case $bug in
        */leads_out_of_sync.ded) rung=$(sort <(parts "$LADDER/rung5b.ded") - <<<"$rung") ;;
        */numbers_from_checkpoint.ded) rung=$(sort - <(echo highest_slot) <<<"$rung") ;;
        esac
        equal "$(comm -13 <(echo "$rung") <(parts "$bug"))" ""
        equal "$(comm -23 <(echo "$rung") <(parts "$bug") | wc -l)" 1
    done
}

@test "rung 5b stands a one-way loss of 15 rounds, alone and with a crash" {
    unless_sanitized
    local link start crash time omissions
    for link in c,b b,c; do
        for start in {2..13}; do
            omissions=()
            for ((time = start; time < start + 15; time++)); do omissions+=("--omit=$link,$time"); done
            for crash in '' --crash=c,$((start + 1)) --crash=c,$((start + 11)) --crash=a,$((start + 11)); do
                ldfi 0 replay "$SEEDED/control_one_way_loss.json" "${omissions[@]}" $crash --quiet
            done
        done
    done
}
