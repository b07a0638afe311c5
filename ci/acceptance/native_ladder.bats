#!/usr/bin/env bats
# The ladder in C beside the ladder as rules: the same protocols, and scenarios of the same names, on
# two executors. What breaks one must break the other, by the same faults at the same times.
#
# Here are those that have counterexamples, but for the long ones of a crash and a lost message. What the
# others expect is the same for both, and is tested with all scenarios (scenarios.bats). LDFI_NIGHTLY=1
# compares those, too, and searches all exhaustively.

load common

LADDER=$ROOT/models/primary_backup
OF=$ROOT/scenarios

# each FOLDER...: the scenarios that are one search.
each() {
    local folder some='select(has("choose") | not)'
    [ -n "$LDFI_NIGHTLY" ] || some+=' | select(.expect == "counterexample"
        and (.omissions == null or .crashes == 0))'
    for folder; do
        jq -r "$some | input_filename" "$OF/$folder"/*.json | sed 's,.*/\(.*/.*\)\.json,\1,' |
            grep -v /asynchronous
    done
}

# found FILE OPTION...: the verdict; then each minimal counterexample, a line for each choice of crash
# times that makes no difference: lost messages, crashes, and the promises that break.
found() {
    run --separate-stderr timeout 600 "$LDFI" run "$@" --json
    [ "$status" -le 1 ] || echo "status $status: $stderr"
    jq -r .verdict <<<"$output"
    jq -r '.counterexamples[] | [.omissions[] | "\(.from)>\(.to)@\(.time)"] as $lost
        | ([.broken[] | capture("\"(?<promise>[a-z]+)\"").promise] | unique) as $broken
        | [[.crashes[] | [.node + "@" + (.times[] | tostring)]] | combinations]
        | .[] | ($lost | sort) + sort + $broken | join(" ")' <<<"$output" | sort
}

# replays FILE: does the scenario replay faults of its own? Then there is one schedule.
replays() {
    jq -e 'has("faults")' "$1" >/dev/null
}

# Where the two may differ. Rules take what arrives in one round as a set, and all that follows from
# it is so in that round; in C one message is handled after the other, in the order of the inbox.
#
# credits_own: b is promoted at 15, when w4 arrives, too. As rules it credits a with a checkpoint that
# covers w4; in C it has not handled w4 by then.
only_rules() {
    case $1 in
    seeded/credits_own) echo 'c@13 prefix' ;;
    esac
}

# compare FOLDER COUNT: its scenarios, of which there are so many at least, in C and as rules.
compare() {
    local name all count=0
    for name in $(each "$1"); do
        echo "$name"
        all=--all
        ! replays "$OF/$name.json" || all=
        found "$OF/${name/\//_c/}.json" $all >in_c
        found "$OF/$name.json" $all >as_rules
        [ "$(head -1 in_c)" = "$(jq -r .expect "$OF/$name.json")" ]
        equal "$(sort in_c <(only_rules "$name"))" "$(sort as_rules)"
        count=$((count + 1))
    done
    [ "$count" -ge "$2" ]
}

@test "every rung and every seeded bug is there in C, with scenarios that ask the same of it" {
    local file folder
    for file in "$LADDER"/rung*.ded "$LADDER"/seeded/*.ded; do
        echo "$file"
        [ -e "${file%.ded}.c" ]
    done
    for folder in primary_backup seeded; do
        for file in "$OF/$folder" "$OF/${folder}_c"; do
            jq -S 'del(.model, .inputs) | .name = (input_filename | split("/") | last)
                | select(.name != "asynchronous.json")' "$file"/*.json >"${file##*/}.asked"
        done
        cmp "$folder.asked" "${folder}_c.asked"
        jq -se 'all(.model | all(endswith(".c")))' "$OF/${folder}_c"/*.json
    done
    # Inputs that are no plain facts are written again.
    for file in "$OF"/primary_backup_c/inputs/*.ded; do
        equal "$(grep ^request "$file")" "$(grep ^request "$OF/primary_backup/inputs/${file##*/}")"
    done
}

# The crashes, found by a simulator of the protocol that is not part of this project.
@test "in C rungs 1 to 3 break under these crashes and no other, by either search" {
    local search
    cd "$OF/primary_backup_c" || return 1
    for search in lineage exhaustive; do
        equal "$(found rung1.json --all --search $search)" $'counterexample\nc@3 agreement'
        equal "$(found rung2.json --all --search $search)" $'counterexample\nc@4 agreement\nc@6 agreement'
        equal "$(found rung3.json --all --search $search)" \
            $'counterexample\nc@11 agreement\nc@3 agreement durability'
        equal "$(found rung4_terms_only.json --all --search $search)" $'counterexample\nc@11 agreement'
    done
}

@test "without faults the C ladder acknowledges writes when the protocol says" {
    local scenario times
    while read -r scenario times; do
        ldfi 0 replay "$OF/primary_backup_c/$scenario.json" --json
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

@test "the ladder in C breaks by the faults by which its rules break, and by no other" {
    unless_sanitized
    compare primary_backup 4
    compare seeded 14
}

@test "exhaustive search finds the same faults in the C ladder" {
    unless_sanitized
    local name names='primary_backup/rung4_suspected seeded/deletes_unconfirmed_staggered
        seeded/reports_highest_unstaggered'
    [ -z "$LDFI_NIGHTLY" ] || names=$(each primary_backup seeded)
    for name in $names; do
        ! replays "$OF/$name.json" || continue
        echo "$name"
        equal "$(found "$OF/${name/\//_c/}.json" --all --search exhaustive)" \
            "$(found "$OF/${name/\//_c/}.json" --all)"
    done
}

@test "where inputs are left open, as many of them break in C as break the rules" {
    local folder
    for folder in primary_backup primary_backup_c; do
        run --separate-stderr "$LDFI" sweep "$OF/$folder/rung1_any_write.json" --json
        equal "$status" 0
        jq -c '.results[0] | [.verdict, (.inputs | .combinations, .broken, .certified)]' \
            <<<"$output" >$folder.rows
    done
    equal "$(cat primary_backup_c.rows)" '["counterexample",12,4,8]'
    cmp primary_backup_c.rows primary_backup.rows
}

# c queues the copy for a at 2, and sends it in the same step: what leaves at 3 does not wait for that.
@test "a row that came and went in one step is in nobody's way in the next" {
    ldfi 1 explain "$OF/primary_backup_c/rung3.json" --crash c,3 --json
    json '[.. | objects | select(.fact == "queue(\"c\", 3, 1, \"a\")")] == []' \
        '[.lacks[] | select(.fact == "post(\"agreement\", \"a\", 1, \"w1\")").supports[][]
            | select(.message == "rep(\"b\", \"c\", 1, \"w1\")").fate] == ["not sent"]'
}

@test "the broadcasts in C break by the faults by which their rules break" {
    local name search
    for name in simple_4_2_0 retry_4_2_1 retry_6_3_0; do
        for search in lineage exhaustive; do
            ldfi 0 run "$OF/delivery_c/$name.json" --json --search $search
            json ".verdict == \"$(jq -r .expect "$OF/delivery/$name.json")\"" .complete \
                '.vacuous == false' '.good_run.pre > 0' '.warnings == []'
        done
    done
    equal "$(found "$OF/delivery_c/simple_4_2_0.json" --all)" "$(found "$OF/delivery/simple_4_2_0.json" --all)"
    equal "$(found "$OF/delivery_c/retry_4_2_1.json" --all)" "$(found "$OF/delivery/retry_4_2_1.json" --all)"
}
