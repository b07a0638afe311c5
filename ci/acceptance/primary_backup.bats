#!/usr/bin/env bats
# The ladder: what was found, by a simulator of the protocol that is not part of this project, about
# each rung and about rungs with one rule changed. Schedules read node@time.

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

# variant PART: a copy of the models in which this part is what comes on standard input.
variant() {
    rm -rf models scenarios
    cp -r "$LADDER" models.copy
    mkdir -p models scenarios
    mv models.copy models/primary_backup
    cp -r "$ROOT/scenarios/primary_backup" scenarios/primary_backup
    cat >"models/primary_backup/parts/$1.ded"
    refute cmp -s "models/primary_backup/parts/$1.ded" "$LADDER/parts/$1.ded"
}

# part NAME: as it is, to be changed.
part() {
    cat "$LADDER/parts/$1.ded"
}

# logs_only SCENARIO CRASHES: the variant's counterexamples, without the checkpoints' own promises.
logs_only() {
    local folder=scenarios/primary_backup
    jq --argjson crashes "$2" '.crashes = $crashes | .model = .model[:1] | del(.expect)' \
        $folder/"$1".json >$folder/logs_only.json
    found $folder/logs_only.json
}

with_checkpoints() {
    local folder=scenarios/primary_backup
    jq --argjson crashes "$2" '.crashes = $crashes | del(.expect)' $folder/"$1".json \
        >$folder/with_checkpoints.json
    found $folder/with_checkpoints.json
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
    local scenario
    for scenario in "$ROOT"/scenarios/primary_backup/rung5*.json; do
        run --separate-stderr timeout 600 "$LDFI" run "$scenario" --search exhaustive --json
        json '.verdict == "certified"' '.complete' '.vacuous == false'
    done
}

@test "rung 5 stands M's false suspicion of the primary in any round, and one crash beside it" {
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

@test "rung 5 without trimming keeps the tail of the last write" {
    part trim | sed 's/E < T;/E < T, E > T;/' | variant trim
    equal "$(logs_only rung5_staggered 1)" "c@21 agreement"
}

@test "rung 5 breaks when the checkpoint is the greatest of the members', not the least" {
    part least_checkpoint | sed 's/min<N>/max<N>/' | variant least_checkpoint
    equal "$(logs_only rung5 1)" "c@7 agreement"
    # Round by round it breaks without a fault.
    equal "$(with_checkpoints rung5 0)" "prefix"
}

@test "rung 5 breaks when resync begins one slot late" {
    part fill_holes | sed 's/N > G;/N > G + 1;/; s/N > G + 1;$/&/; s/^spans(R, N-1).*/spans(R, N-1) :- spans(R, N), had_global(R, G), N > G + 2;/' |
        variant fill_holes
    equal "$(logs_only rung5 1)" "c@7 agreement"
}

@test "rung 5 breaks when holes are not filled" {
    part fill_holes | sed '/^stores/s/:- /:- 1 == 2, /' | variant fill_holes
    equal "$(logs_only rung5 1)" "c@7 agreement"
}

@test "rung 5 breaks when a filled slot is not overwritten" {
    part overwrite | sed 's/E, W);$/E, W), notin kept_slot(R, S);/' | variant overwrite
    equal "$(logs_only rung5 1)" "c@7 agreement"
}

@test "rung 5 breaks when a new primary numbers from its checkpoint" {
    part number_from_highest |
        sed 's/^starts_at.*/starts_at(R, N) :- promoted(R), had_global(R, N);/' |
        variant number_from_highest
    equal "$(logs_only rung5 1)" \
        "$(for time in 5 6 10 11 12 13; do echo "c@$time durability"; done)"
}

@test "a backup that reports its highest slot lets a checkpoint pass a hole" {
    part report_checkpoint | sed 's/, local(R, L);/, top(R, L);/' | variant report_checkpoint
    equal "$(with_checkpoints rung5_staggered 1)" $'c@10 prefix\nc@12 prefix'
}

@test "a new primary that credits the others with its own checkpoint breaks the common prefix" {
    part report_checkpoint |
        sed 's/backup(P, R), had_global(P, N)/backup(P, R), own_local(P, N)/' |
        variant report_checkpoint
    says "$(with_checkpoints rung5 1)" '^c@7 prefix$'
}

@test "slots of an older term that count as confirmed break the common prefix" {
    part adopt_term | sed 's/^unsure.*/unsure(R, S) :- raises_term(R), kept_slot(R, S), 1 == 2;/' |
        variant adopt_term
    says "$(with_checkpoints rung5_staggered 1)" '^c@10 prefix$'
}
