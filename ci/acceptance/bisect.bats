#!/usr/bin/env bats
# `ldfi bisect`: since which version has a bug been there? Which crash shows which bug of the ladder
# is said in "Growing a protocol", section 4; the small protocol of the git histories is worked out
# by hand: a message that is sent at one time only is lost by one omission.

load common

LADDER=$ROOT/scenarios/primary_backup

# told: of each version in $output what was found, what a replay shows, and whose bug it is.
told() {
    jq -r '.versions[] | "\(.version): \(.counterexample.text // .verdict) \(.replay) \(.bug)"' \
        <<<"$output"
}

faults() {
    jq -n "{omissions: [], crashes: [{node: \"$1\", time: $2}]}" >faults.json
}

@test "rung 2's bug is traced to rung 1, whose faults and inputs differ" {
    ldfi 0 bisect "$LADDER/rung1.json" "$LADDER/rung2.json" --json
    equal "$(told)" $'rung1: crash(c,3) kept same\nrung2: crash(c,4) broken same'
    json '.introduced == "rung1"' '.shown_from == "rung2"' '.bug.text == "crash(c,4)"' \
        '.status == 0'
    jq '.bug' <<<"$output" >faults.json
    ldfi 0 replay "$LADDER/rung1.json" --faults faults.json -q
    ldfi 1 replay "$LADDER/rung2.json" --faults faults.json -q
    ldfi 0 bisect "$LADDER/rung1.json" "$LADDER/rung2.json"
    says "$output" 'as old as the oldest version asked, rung1\. It lay dormant until rung2: in rung1 it needs crash\(c,3\)'
}

@test "today's faults lie dormant until rung 3, and rung 4 has the bug no more" {
    local number wanted=(- kept kept broken kept kept)
    faults c 11
    ldfi 0 bisect "$LADDER"/rung[1-5].json --faults faults.json --json
    equal "$(told)" "rung1: crash(c,3) kept same
rung2: crash(c,4) kept same
rung3: crash(c,11) broken same
rung4: certified kept none
rung5: certified kept none"
    json '.introduced == "rung1"' '.shown_from == "rung3"' \
        '.sentence | test("dormant until rung3") and test("rung4 does not have it any more")'
    for number in 1 2 3 4 5; do # the column `replay`, one by one
        run "$LDFI" replay "$LADDER/rung$number.json" --faults faults.json --json
        json ".promise == \"${wanted[number]}\""
    done
}

@test "models are searched with the scenarios that name them" {
    ldfi 0 bisect --scenario "$LADDER/rung3.json" "$ROOT"/models/primary_backup/rung[1-4].ded --json
    equal "$(told | sed 's/ .* / .. /')" "rung1: .. another
rung2: .. another
rung3: .. same
rung4: .. none"
    json '.introduced == "rung3"' '.bug.text == "crash(c,3)"'
    says "$(jq -r .sentence <<<"$output")" 'came with rung3: rung2 does not have it'
}

@test "a bug that is there under other faults in the newest version is not said to be gone" {
    faults c 4
    ldfi 0 bisect "$LADDER"/rung[123].json --faults faults.json --json
    json '.shown_from == "rung2"' \
        '.sentence | test("rung3 still has it, and needs crash\\(c,11\\)") and (test("any more") | not)'
}

@test "to assume that bugs are handed on asks fewer versions and answers the same" {
    local whole=$LADDER wanted
    faults c 11
    ldfi 0 bisect "$whole"/rung[123].json --faults faults.json --json
    wanted=$(jq '{introduced, shown_from, sentence, bug: .bug.text}' <<<"$output")
    ldfi 0 bisect "$whole"/rung[123].json --faults faults.json --assume-monotone --json
    equal "$(jq '{introduced, shown_from, sentence, bug: .bug.text}' <<<"$output")" "$wanted"
    ldfi 0 bisect "$whole"/rung{1,2,2_backups_crash,3}.json --assume-monotone --json
    json '.introduced == "rung3"' '[.versions[] | select(.bug == "not asked")] | length == 1'
}

@test "versions that cannot be searched to the end make the answer uncertain, and it says so" {
    ldfi 3 bisect "$LADDER"/rung[12].json --max-runs 2
    ldfi 2 bisect "$LADDER/rung4.json"
    says "$stderr" 'no bug to trace back: no counterexample was found'
    ldfi 2 bisect "$LADDER/rung1.json" nowhere.json
    says "$stderr" '^command line:.* cannot read nowhere.json'
    faults z 3
    ldfi 2 bisect "$LADDER/rung1.json" --faults faults.json
    says "$stderr" "'?z'?"
    local text
    for text in '' '[]' '{}' '{"omissions": 1, "crashes": []}' '{"faults": {}}'; do
        echo "$text" >faults.json
        ldfi 2 bisect "$LADDER/rung1.json" --faults faults.json
        says "$stderr" '^command line:1:[0-9]+: error: cannot read faults from faults.json'
    done
    ldfi 2 bisect
    ldfi 2 bisect "$ROOT/models/primary_backup/rung1.ded"
    says "$stderr" 'name a scenario with --scenario'
}

@test "a scenario that names its faults is no search: today's is asked in its place" {
    cp -r "$ROOT/models" "$ROOT/scenarios" .
    cd scenarios/primary_backup || return 1
    jq '.faults = {omissions: [], crashes: [{node: "c", time: 4}]} | del(.expect)' rung1.json >new.json
    ldfi 0 bisect new.json rung2.json --json
    equal "$(told)" $'new: crash(c,4) broken same\nrung2: crash(c,4) broken same'
}

# ---- git ----

# A repository in which ldfi is tested as in a fresh container: no configuration but its own.
make_repository() {
    export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 TMPDIR=$PWD/tmp
    export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e
    mkdir tmp repository && cd repository || return 1
    git init -q -b main
    mkdir models scenarios
    echo '{"model": ["../models/m.ded"], "nodes": ["a", "b", "c"], "eot": 6, "eff": 4,
        "crashes": 0}' >scenarios/s.json
}

# write_model CONDITION: a tells b and c whenever the time T fulfils it. Before 4 it may be lost.
write_model() {
    cat >models/m.ded <<MODEL
peer("a", "b")@1; peer("a", "c")@1; now("a", 1)@1;
peer(A, B)@next :- peer(A, B);
now(A, T + 1)@next :- now(A, T);
got(B)@async :- peer(A, B), now(A, T), $1;
got(B)@next :- got(B);
pre("all", B) :- peer(_, B);
post("all", B) :- got(B);
MODEL
}

commit() {
    git add -A && git commit -q --allow-empty -m "$1" && git tag "$2"
}

# Seven commits, v0 to v6: without the model; good; broken by the loss of what is sent at 1; one
# that is no Dedalus; broken by a loss at 2; a new text file; a merge of a branch from v1.
make_history() {
    make_repository
    rm -r models && mkdir models
    echo old >README && commit 'Nothing yet' v0
    write_model 'T > 0' && commit 'Send again and again' v1
    write_model 'T == 1' && commit $'Once: "quotes", \\n, ☃ \e[31m\n\nA body: 1a2b3c4 HEAD' v2
    write_model 'T == =' && commit "Broken; \$(touch HACKED)" v3
    write_model 'T == 2' && commit 'Later' v4
    echo new >README && commit 'A text' v5
    git checkout -q -b side v1
    echo side >SIDE && commit 'On the side' side_tip
    git checkout -q main
    git merge -q --no-ff -m 'Merge the side' side && git tag v6
}

# What must be the same afterwards: checkout, index, HEAD, refs, worktrees, and what is in TMPDIR.
state() {
    git status --porcelain
    git diff
    git diff --cached
    git for-each-ref
    git worktree list
    cat .git/HEAD
    ls -A "$TMPDIR"
}

@test "a git history: missing, good, broken, unreadable, dormant, and a merge" {
    make_history
    local before
    echo dirty >>models/m.ded
    echo staged >staged && git add staged
    echo untracked >untracked
    before=$(state)
    ldfi 0 bisect --scenario scenarios/s.json --git v0..v6 --json
    equal "$(told | cut -d' ' -f2-)" 'Nothing yet: missing not asked unknown
Send again and again: certified kept none
Once: "quotes", \n, ☃ ?[31m: omit(a,b,1) kept same
Broken; $(touch HACKED): error impossible unknown
Later: omit(a,b,2) broken same
A text: omit(a,b,2) broken same
Merge the side: omit(a,b,2) broken same'
    json '.introduced == .versions[2].version' '.shown_from == .versions[4].version' \
        '.versions[0].missing == "there is no models/m.ded"' \
        '.versions[3].error.file == "models/m.ded"' '.versions[2].scenario == "scenarios/s.json"' \
        '[.. | strings | select(test("ldfi-bisect"))] == []'
    equal "$(jq -r '.versions[].version | split(" ")[0]' <<<"$output")" \
        "$(git log --no-walk=unsorted --format=%h v0 v1 v2 v3 v4 v5 v6)"
    equal "$(state)" "$before"
    local whole=$output
    ldfi 0 bisect --scenario scenarios/s.json --git v0..v6 --json --jobs 1
    equal "$(sed '/"seconds"/d' <<<"$output")" "$(sed '/"seconds"/d' <<<"$whole")"
    ldfi 0 bisect --scenario scenarios/s.json --git v0..v6 -- models
    says "$output" 'came with .*Once.*: .*again and again does not have it\. It lay dormant until .*Later'
    refute grep -Eq 'A text|Merge' <<<"$output" # they change no model
    refute grep -q $'\e' <<<"$output"
    [ ! -e HACKED ]
}

@test "an answer that hangs on a version that cannot be read is uncertain" {
    make_history
    ldfi 3 bisect --scenario scenarios/s.json --git v3..v4
    says "$output" 'there since .*Later, or before; nothing is known of .*Broken'
    ldfi 3 bisect --scenario scenarios/s.json --git v1..v3
    says "$output" 'came with .*Once.* Nothing is known of .*Broken'
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v6 --assume-monotone
    says "$output" 'came with .*Once.*: .*again and again does not have it'
    ldfi 2 bisect --scenario scenarios/s.json --git v3..v3
    says "$stderr" "^models/m.ded:4:[0-9]+: error: .*Broken.*: '=' is no operator"
    ldfi 2 bisect --scenario scenarios/s.json --git v0..v1
    says "$stderr" 'no counterexample was found'
}

@test "a model that has another name is found by the scenario of its time" {
    make_repository
    write_model 'T == 1' && commit 'Once' v1
    git mv models/m.ded models/n.ded
    sed -i s/m.ded/n.ded/ scenarios/s.json && commit 'Another name' v2
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v2 --json
    equal "$(jq '.versions[].bug' <<<"$output")" $'"same"\n"same"'
    # A new scenario does not know the old name: nothing is said of that commit.
    cp scenarios/s.json scenarios/new.json
    ldfi 0 bisect --scenario scenarios/new.json --git v1..v2 --json
    equal "$(jq '.versions[].bug' <<<"$output")" $'"unknown"\n"same"'
    says "$(jq -r .sentence <<<"$output")" 'there since .*Another name, or before; nothing is known of .*Once: there is no models/n.ded'
}

@test "what is answered is not asked again, in whichever folder it was checked out" {
    make_history
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v4 --resume ../kept.db --json
    local first=$output
    sqlite3 ../kept.db "UPDATE result SET seconds = 1e6, report = json_set(report, '$.seconds.total', 1000000)"
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v4 --resume ../kept.db --json
    json '[.versions[] | select(.bug != "unknown") | .seconds >= 1000000] == [true, true, true]' \
        '[.. | strings | select(test("ldfi-bisect"))] == []'
    equal "$(sed '/"seconds"/d' <<<"$output")" "$(sed '/"seconds"/d' <<<"$first")"
    ldfi 0 merge ../all.db ../kept.db # a bisection is no shard of a sweep
}

@test "--resume keeps what --json prints, one row a bisection" {
    make_history
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v4 --resume ../kept.db --json
    local shown=$output
    ldfi 0 bisect --scenario scenarios/s.json --git v1..v4 --resume ../kept.db --quiet
    equal "$(query ../kept.db "SELECT group_concat(kind) FROM comparison")" bisect,bisect
    equal "$(query ../kept.db "SELECT report FROM comparison WHERE id = 1" | jq -S 'del(.. | .seconds?)')" \
        "$(jq -S 'del(.. | .seconds?)' <<<"$shown")"
}

@test "a signal in the middle leaves the repository as it was, and no folder" {
    make_history
    # b and c want 36 of the 39 messages that a sends them: any three of them are a counterexample.
    cat >models/m.ded <<'MODEL'
peer("a", "b")@1; peer("a", "c")@1; now("a", 1)@1;
peer(A, B)@next :- peer(A, B);
now(A, T + 1)@next :- now(A, T);
got(B, T)@async :- peer(A, B), now(A, T), T < 40;
got(B, T)@next :- got(B, T);
number(B, count<T>) :- got(B, T);
pre("all", B) :- peer(_, B);
post("all", B) :- number(B, N), N > 36;
MODEL
    sed -i 's/"eot": 6, "eff": 4/"eot": 41, "eff": 40/' scenarios/s.json
    git commit -qam 'Takes minutes' && git tag v7
    echo dirty >>README
    local before signal process
    before=$(state)
    for signal in INT TERM; do
        for moment in tmp/ldfi-bisect-*/*/README tmp/ldfi-bisect-*/$(git rev-parse v7 | cut -c-12)/README; do
            # A shell lets what runs behind it ignore SIGINT; env does away with that.
            env --default-signal=INT "$LDFI" bisect --scenario scenarios/s.json --git v1..v7 -q &
            process=$!
            until compgen -G "../$moment" >/dev/null; do sleep 0.01; done
            kill -s $signal $process
            status=0 && wait $process || status=$?
            equal "$status" 130
            equal "$(state)" "$before"
        done
    done
}

@test "the user's hooks and settings have no say" {
    make_history
    local before
    printf '#!/bin/sh\ntouch "%s/HOOK"\nexit 1\n' "$PWD" >.git/hooks/post-checkout
    chmod +x .git/hooks/post-checkout
    git config log.showSignature true
    git config color.ui always
    git config log.follow true
    git branch v1 v4 2>/dev/null # `v1` is ambiguous now, and git warns
    before=$(state)
    GIT_DIR=.git GIT_INDEX_FILE=.git/index ldfi 0 bisect --scenario scenarios/s.json \
        --git v1..v4 --json -- models/m.ded
    json '.versions | length == 4'
    equal "$(state)" "$before"
    [ ! -e HOOK ]
    cd scenarios # paths are of the working folder
    TMPDIR=../../tmp ldfi 0 bisect --scenario s.json --git v0..v4 --json -- ../models
    json '.versions | length == 5' '.versions[2].scenario == "scenarios/s.json"'
}

@test "a range of a thousand commits and more is refused before anything is checked out" {
    make_repository
    write_model 'T == 1' && commit 'The first' first
    seq 1001 | sed 's/.*/commit refs\/heads\/main\ncommitter n <e> & +0000\ndata 1\nx/' |
        sed '4a from refs/heads/main^0' | git fast-import --quiet
    ldfi 2 bisect --scenario scenarios/s.json --git first..main
    says "$stderr" 'these are 1002 commits, and 1000 may be searched'
    equal "$(ls -A "$TMPDIR")" ''
    ldfi 0 bisect --scenario scenarios/s.json --git first..main -- models # none of them changes it
}

@test "what is no history is an error" {
    make_history
    local range
    for range in v1 v1... v1...v2 ..v2 v1.. -p..v2 v1..--all v1..nowhere nowhere..v1 ''; do
        ldfi 2 bisect --scenario scenarios/s.json --git "$range"
        says "$stderr" '^command line:1:[0-9]+: error: '
    done
    ldfi 2 bisect --scenario scenarios/s.json --git v4..v1
    says "$stderr" 'no ancestor'
    ldfi 2 bisect --git v1..v4
    says "$stderr" 'name the scenario to search the commits with'
    cp -r scenarios models ..
    ldfi 2 bisect --scenario ../scenarios/s.json --git v1..v4
    says "$stderr" 'the scenario is not in this repository'
    GIT_TEST_ASSUME_DIFFERENT_OWNER=1 ldfi 2 bisect --scenario scenarios/s.json --git v1..v4
    says "$stderr" 'dubious ownership.*git config --global --add safe.directory'
    run --separate-stderr env PATH=/nowhere "$LDFI" bisect --scenario scenarios/s.json \
        --git v1..v4
    equal "$status" 2
    says "$stderr" 'is it installed'
    cd ..
    ldfi 2 bisect --scenario scenarios/s.json --git v1..v4
    says "$stderr" 'not a git repository'
    TMPDIR=$PWD/nowhere
    cd repository
    ldfi 2 bisect --scenario scenarios/s.json --git v1..v4
    says "$stderr" 'cannot make the folder'
}

@test "a version whose own scenario leaves out the inputs that the bug needs is asked with today's" {
    cp -r "$ROOT/models" "$ROOT/scenarios" .
    cd scenarios/primary_backup || return 1
    rm rung1*.json
    jq '.choose.to = ["a"] | .expect = "certified"' "$ROOT/scenarios/primary_backup/rung1_any_write.json" >old.json
    cp "$ROOT/scenarios/primary_backup/rung1_any_write.json" new.json
    cp ../../models/primary_backup/rung1.ded ../../models/primary_backup/newer.ded
    sed -i 's/rung1.ded/newer.ded/' new.json
    ldfi 0 bisect old.json new.json --json
    json '.introduced == "old"' '[.versions[].bug] == ["same", "same"]'
    ldfi 0 bisect --scenario new.json ../../models/primary_backup/{rung1,newer}.ded --json
    json '.introduced == "rung1"'
}
