#!/usr/bin/env bats
# ldfi compare: is a new version as safe as the old one, and what did it save? Numbers are counted by
# hand, or with other commands.

load common

LADDER=$ROOT/models/primary_backup
SCENARIOS=$ROOT/scenarios/primary_backup

# A version in which a says something to b and c, over and over: over.ded; and one in which it says it
# once: once.ded. Both have the same rule for that.
write_versions() {
    cat >over.ded <<'MODEL'
say("a", "b")@1;  say("a", "c")@1;
say(A, B)@next :- say(A, B);
said(B)@async :- say(A, B);
said(B)@next :- said(B);
pre("told", B) :- said(B);
post("told", B) :- said(B), notin silence("a");
silence(A) :- say(A, B), notin said(B), notin say(A, B)@1;
MODEL
    grep -v '^say(A, B)@next' over.ded >once.ded
}

# The rows of $output without what tells searches apart: what was found, and how it is judged.
found() {
    jq -c '.scenarios[] | [.counterexamples[] | [.kind, .text]]' <<<"$output"
}

# ---- the ladder ----

@test "sequence numbers bring a new bug: an acknowledged write is lost" {
    ldfi 1 compare "$LADDER/rung2.ded" "$LADDER/rung3.ded" "$SCENARIOS/rung3.json" --json
    equal "$(found)" '[["new bug","crash(c,3)"],["both","crash(c,11)"]]'
    json '.scenarios[0].counterexamples[0] | .old.shape.promises == ["agreement"] and
              .new.shape.promises == ["agreement", "durability"]' \
        '.scenarios[0] | .outcome == "worse" and .certificate == "none" and .open == [] and
              [.losses[].kind] == ["new bug"]' \
        '.scenarios[0] | .old.verdict == "counterexample" and .new.bounds.eot == 22' \
        '.sum | .worse == 1 and .no_worse == 0 and .counterexamples.new_bugs == 1'
    ldfi 1 compare "$LADDER/rung2.ded" "$LADDER/rung3.ded" "$SCENARIOS/rung3.json"
    says "$output" 'rung3.json: WORSE$'
    says "$output" 'NEW BUG +crash\(c,3\) breaks agreement, durability; there OLD breaks agreement$'
    says "$output" 'both +crash\(c,11\) breaks agreement$'
}

@test "the way back repairs it, and is no worse" {
    ldfi 0 compare "$LADDER/rung3.ded" "$LADDER/rung2.ded" "$SCENARIOS/rung3.json" --json
    json '.scenarios[0].outcome == "no worse"'
    ldfi 0 compare "$LADDER/rung3.ded" "$LADDER/rung4.ded" "$SCENARIOS/rung3.json" --json
    equal "$(found)" '[["repaired","crash(c,3)"],["repaired","crash(c,11)"]]'
    json '.scenarios[0] | .certificate == "gained" and .losses == []'
}

@test "two scenarios are compared as they are: one bug under other faults is no new bug" {
    ldfi 0 compare "$SCENARIOS/rung1.json" "$SCENARIOS/rung2.json" --json
    equal "$(found)" '[["old bug","crash(c,4)"],["old bug","crash(c,6)"],["moved","crash(c,3)"]]'
    json '.scenarios | length == 1' '.scenarios[0].counterexamples | all(.same_causes)' \
        '.scenarios[0] | .old.scenario != .new.scenario and .old.bounds.eot == 14 and
              .new.bounds.eot == 18' \
        '.scenarios[0].notes | any(test("differ in bounds"))'
}

# Messages by relation in the run without faults, as the database has them.
from_database() {
    query "$1" "SELECT substr(tuple, 1, instr(tuple, '(') - 1), count(*) FROM messages
        JOIN runs USING (search, run) WHERE kind = 'good' GROUP BY 1 ORDER BY 1"
}

# from_comparison JSON VERSION: the same of a comparison.
from_comparison() {
    jq -r ".scenarios[0].saved.messages[] | select(.good_run.$2 // 0 > 0)
        | \"\(.relation)|\(.good_run.$2)\"" <<<"$1"
}

# What the post tuples of the run without faults rest on, as the database has it: rules, and how many
# messages of each that C and M, which are immune, have not sent.
lineage_from_database() {
    query "$1" "WITH RECURSIVE
        good AS (SELECT search, run FROM runs WHERE kind = 'good'),
        steps AS MATERIALIZED (SELECT fact, time, rule, premise, premise_time, rode_on, premise_is
            FROM why JOIN good USING (search, run)),
        needed(fact, time) AS (
            SELECT fact, time FROM steps WHERE fact LIKE 'post(%' AND time = 40 UNION
            SELECT premise, premise_time FROM needed JOIN steps USING (fact, time)
            WHERE premise_is = 'present'),
        sent AS (SELECT 'message ' || message AS rode_on FROM messages JOIN good USING (search, run)
            WHERE sender NOT IN ('C', 'M') AND sender <> receiver)
        SELECT rule, count(DISTINCT rode_on) FROM needed JOIN steps USING (fact, time)
        JOIN sent USING (rode_on) GROUP BY rule" | sort
}

lineage_from_comparison() {
    jq -r ".scenarios[0].support.rules[] | select(.$2.messages // 0 > 0)
        | \"\(.rule)|\(.$2.messages)\"" <<<"$1" | sort
}

@test "checkpoints save copies after a failover, and nothing is lost for that" {
    # By hand: c copies three writes to a and b, 6 copies; b takes over, resends 3 of them to a,
    # or with checkpoints the last alone, and copies the fourth write: 10 and 8. Each copy to a
    # member of its term is acknowledged once, and the tail: 6 + 3 + 1 + 1 and 6 + 1 + 1 + 1.
    ldfi 0 compare "$LADDER/rung4.ded" "$LADDER/rung5.ded" "$SCENARIOS/rung4_suspected_late.json" --json
    local comparison=$output version
    json '.scenarios[0] | .counterexamples == [] and .losses == [] and .certificate == "kept"' \
        '[.scenarios[0].saved.messages[] | select(.relation | startswith("copy")).good_run] ==
            [{"old": 10, "new": 8}, {"old": 11, "new": 9}]' \
        '.scenarios[0].saved.messages[] | select(.relation == "says_global").good_run
            == {"old": null, "new": 9}' \
        '.scenarios[0].saved.messages[] | select(.relation == "copy").one_crash | .new < .old' \
        '.scenarios[0].saved.one_crash.schedules == {"old": 120, "new": 120}'
    # b leads from 19 on, and sends a message a round: three slots or one, the tail, and w4, whose
    # copy, acknowledgement and answer take a round each.
    json '.scenarios[0].saved.outcome_from == {"old": 26, "new": 24}' \
        '.scenarios[0].support.posts == {"old": 12, "new": 12, "both": 12}'
    for version in 4 5; do
        jq --arg model "$LADDER/rung$version.ded" --arg folder "$SCENARIOS" \
            '.model = [$model] | .inputs |= map("\($folder)/\(.)")' \
            "$SCENARIOS/rung4_suspected_late.json" >"rung$version.json"
        ldfi 0 run "rung$version.json" --db "rung$version.db" --quiet
    done
    equal "$(from_comparison "$comparison" old)" "$(from_database rung4.db)"
    equal "$(from_comparison "$comparison" new)" "$(from_database rung5.db)"
    equal "$(lineage_from_comparison "$comparison" old)" "$(lineage_from_database rung4.db)"
    equal "$(lineage_from_comparison "$comparison" new)" "$(lineage_from_database rung5.db)"
}

@test "a version that is certified under two crashes still is, with the messages of each relation" {
    unless_sanitized
    ldfi 0 compare "$LADDER/rung4.ded" "$LADDER/rung5.ded" "$SCENARIOS/rung4_staggered.json" --json
    # By hand: 4 writes, each copied to 2; one is forwarded, and its acknowledgement sent back. A
    # crash at k makes M tell two replicas the view from k + 1 to 40, 3 replicas at 40 times:
    # 3 * 2 * (39 + ... + 0).
    json '.scenarios[0] | .counterexamples == [] and .losses == []' \
        '[.scenarios[0].saved.messages[] | [.relation, .good_run.old, .good_run.new]] ==
            [["client_ack", 5, 5], ["copy", 8, 8], ["copy_ack", 8, 8], ["says_global", null, 8],
             ["tail", 0, 0], ["view", 0, 0], ["view_member", 0, 0], ["write", 5, 5]]' \
        '.scenarios[0].saved.messages[] | select(.relation == "view").one_crash ==
            {"old": 4680, "new": 4680}' \
        '.scenarios[0].saved.messages[] | select(.relation == "copy").one_crash | .new < .old'
}

@test "every seeded bug is worse than the rung that it was made of" {
    unless_sanitized
    local scenario model rung count=0
    for scenario in "$ROOT"/scenarios/seeded/*.json; do
        model=$(jq -r '.model[0]' "$scenario")
        [[ $model == */seeded/* ]] || continue
        model=$LADDER/seeded/$(basename "$model")
        rung=rung5
        [[ $model != */leads_out_of_sync.ded ]] || rung=rung5b
        echo "$scenario"
        ldfi 1 compare "$LADDER/$rung.ded" "$model" "$scenario" --json
        json '.scenarios[0] | .outcome == "worse" and .certificate == "lost" and
                  ([.losses[].kind] | contains(["new bug", "certificate"]))'
        count=$((count + 1))
    done
    [ "$count" -ge 16 ]
}

# ---- what was saved, and what redundancy went ----

@test "redundancy that went is told by the rule that sent it" {
    ldfi 1 compare "$DELIVERY/redundant.ded" "$DELIVERY/classic.ded" \
        "$ROOT/scenarios/delivery/redundant_8_6_1.json" --json
    # Redundant: a sends to 2 at 1, all three to 2 each at 2 to 7, and what is sent at 8 comes too
    # late: 2 + 6 * 6 of 44. Classic: each node to 2, once.
    json '.scenarios[0] | .outcome == "worse" and .certificate == "lost"' \
        '.scenarios[0].support.posts == {"old": 3, "new": 3, "both": 3}' \
        '.scenarios[0].support.rules | length == 2' \
        '.scenarios[0].support.rules[0] | .new == null and .old.messages == 38 and
            (.rule | startswith("holds(Other, Message)@async")) and
            (.old.file | endswith("redundant.ded")) and .old.line == 11' \
        '.scenarios[0].support.rules[1] | .old == null and .new.messages == 6' \
        '.scenarios[0].saved.all.good_run == {"old": 44, "new": 6}' \
        '.scenarios[0].saved.outcome_from == {"old": 2, "new": 2}'
    # Classic with one crash: 6 messages; without those of a, if it crashes at 1, none; without
    # those of b or c, if that crashes at 1 or 2, 4. Redundant: a at 1: none; at k: 28 of b and c
    # and 2 (k - 1) of a. b or c at 1: 30 of the others; at k: 30 and 2 (k - 2) of its own.
    json '.scenarios[0].saved.one_crash.schedules == {"old": 24, "new": 24}' \
        '.scenarios[0].saved.all.one_crash == {"old": 816, "new": 130}' \
        '.scenarios[0].saved.messages[0] | .relation == "holds" and .one_crash.old == 816'
}

@test "messages with one crash are those that replays count" {
    ldfi 1 compare "$DELIVERY/redundant.ded" "$DELIVERY/classic.ded" \
        "$ROOT/scenarios/delivery/redundant_8_6_1.json" --json
    local old new version node time totals=
    for version in redundant classic; do
        for node in a b c; do
            for time in 1 2 3 4 5 6 7 8; do
                "$LDFI" replay "$DELIVERY/$version.ded" -N a,b,c -t 8 -f 6 -c 1 \
                    --crash "$node,$time" --json || true
            done
        done | jq -s '[.[].messages[] | select(.fate != "crash")] | length' >"$version.count"
    done
    old=$(cat redundant.count) new=$(cat classic.count)
    equal "$(jq -c '.scenarios[0].saved.all.one_crash' <<<"$output")" "{\"old\":$old,\"new\":$new}"
}

@test "of a rule that both have, the new outcome may rest on fewer messages" {
    write_versions
    # a says it to 2 at 1, 2 and 3; or at 1. What is said at 4 is in nobody's lineage.
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    ldfi 0 compare over.ded once.ded s.json --json
    json '.scenarios[0].support.rules == [{"rule": "said(B)@async :- say(A, B);",
            "old": {"file": "over.ded", "line": 3, "messages": 6},
            "new": {"file": "once.ded", "line": 2, "messages": 2}}]' \
        '.scenarios[0].saved | .all.good_run == {"old": 8, "new": 2} and .one_crash == null'
    ldfi 0 compare over.ded once.ded s.json
    says "$output" 'fewer +6 -> 2 +over.ded:3: said\(B\)@async'
    says "$output" 'said +8 +2 +-6$'
    refute says "$output" 'one crash'
}

@test "a version differs in nothing from itself" {
    ldfi 0 compare "$LADDER/rung4.ded" "$LADDER/rung4.ded" "$SCENARIOS/rung4_suspected_late.json" --json
    json '.scenarios[0] | .losses == [] and .counterexamples == [] and
              (.saved.messages | all(.good_run.old == .good_run.new and .one_crash.old == .one_crash.new)) and
              (.promises | all(.old == .new and .lacking == [])) and .saved.facts.old == .saved.facts.new and
              (.support.rules | length > 0 and all(.old == .new))'
    ldfi 0 compare "$LADDER/rung3.ded" "$LADDER/rung3.ded" "$SCENARIOS/rung3.json" --json
    equal "$(found)" '[["both","crash(c,3)"],["both","crash(c,11)"]]'
}

# ---- losses ----

@test "a version that promises nothing is worse, whatever its verdict" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    sed 's/^pre("told", B) :- said(B)/pre("told", B) :- said(B), said("nobody")/' over.ded >empty.ded
    ldfi 1 compare over.ded empty.ded s.json --json
    json '.scenarios[0] | .new.vacuous and .new.verdict == "certified" and .certificate == "lost"' \
        '[.scenarios[0].losses[].kind] == ["vacuous", "promise"]' \
        '.scenarios[0].promises == [{"name": "told", "old": 2, "new": 0,
            "lacking": ["pre(\"told\", \"b\")", "pre(\"told\", \"c\")"]}]'
    ldfi 1 compare over.ded empty.ded s.json
    says "$output" 'VACUOUS +NEW promises nothing'
    ldfi 1 compare empty.ded empty.ded s.json
    says "$output" 'VACUOUS +NEW promises nothing'
}

@test "a version that promises less is worse" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    sed 's/^pre("told", B) :- said(B)/pre("told", B) :- said(B), B != "c"/' over.ded >less.ded
    ldfi 1 compare over.ded less.ded s.json --json
    json '[.scenarios[0].losses[].kind] == ["promise"]' '.scenarios[0].certificate == "kept"' \
        '.scenarios[0].promises[0] | .old == 2 and .new == 1 and .lacking == ["pre(\"told\", \"c\")"]'
    # Of two scenarios the new one may have less to promise, but not nothing.
    jq '.model = ["less.ded"]' s.json >less.json
    ldfi 0 compare s.json less.json --json
    json '.scenarios[0].notes | any(test("told is promised 1 time in the run without faults, and was 2"))'
}

@test "what breaks without any fault is a new bug, even where the old version breaks the same promise" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 0}' >s.json
    cat >weak.ded <<'MODEL'
say("a", "b")@1;
said(B)@async :- say(A, B);
said(B)@next :- said(B);
on("a")@1;  on(A)@next :- on(A);
pre("told", A) :- on(A);
post("told", A) :- on(A), said("b");
MODEL
    sed 's/post("told", A) :- on(A), said("b")/post("told", A) :- on(A), said("c")/' weak.ded >broken.ded
    ldfi 1 compare weak.ded broken.ded s.json --json
    equal "$(found)" '[["new bug","no faults"],["moved","omit(a,b,1)"]]'
    json '.scenarios[0].notes | any(test("NEW breaks its promise without any fault"))'
    ldfi 3 compare broken.ded weak.ded s.json --json
    json '.scenarios[0].notes | any(test("OLD breaks its promise without any fault"))'
}

@test "bounds that only the old version certifies are lost" {
    echo '{"model": ["x.ded"], "nodes": ["a", "b", "c"], "eot": "sweep", "eff": "sweep", "crashes": 0}' >s.json
    ldfi 1 compare "$DELIVERY/redundant.ded" "$DELIVERY/classic.ded" s.json --max-eot 7 --json
    json '[.scenarios[0].losses[].kind] | index("bounds") != null' '.scenarios[0].certificate == "lost"' \
        '.scenarios[0].old.sweep.certified.eot == 7' \
        '.scenarios[0].saved | .eot == {"old": 7, "new": 7} and .all.good_run == {"old": 38, "new": 6}'
    ldfi 0 compare "$DELIVERY/classic.ded" "$DELIVERY/redundant.ded" s.json --max-eot 7 --json
    json '.scenarios[0].losses == []'
}

@test "a budget that is too small to know is status 3, and no bug" {
    ldfi 3 compare "$LADDER/rung4.ded" "$LADDER/rung5.ded" "$SCENARIOS/rung4_suspected_late.json" \
        --max-runs 20 --json
    json '.scenarios[0] | .outcome == "not known" and .losses == [] and .certificate != "lost"' \
        '.scenarios[0].new.stopped_by == "runs"' '.sum.not_known == 1'
    # Both bugs of rung 3 are found, and rung 4 was not searched to its end.
    ldfi 3 compare "$LADDER/rung4.ded" "$LADDER/rung3.ded" "$SCENARIOS/rung4.json" --max-runs 20 --json
    equal "$(found)" '[["open","crash(c,3)"],["open","crash(c,11)"]]'
}

@test "a scenario that names its faults is replayed with both" {
    local scenario=$ROOT/scenarios/seeded/deletes_unconfirmed.json
    ldfi 1 compare "$LADDER/rung5.ded" "$LADDER/seeded/deletes_unconfirmed.ded" "$scenario" --json
    json '.scenarios[0] | .old.verdict == "kept" and .new.verdict == "counterexample" and
              .certificate == "lost" and ([.losses[].kind] | contains(["new bug"]))'
    ldfi 0 compare "$LADDER/seeded/deletes_unconfirmed.ded" "$LADDER/rung5.ded" "$scenario" --json
}

# hello.ded: a sends a message to b and c once; retry.ded: at every step; less.ded: once, and nobody
# need have it but one.
write_broadcasts() {
    cat >hello.ded <<'MODEL'
log(Other, M)@async :- bcast(N, M), knows(N, Other);
log(N, M) :- bcast(N, M);
log(N, M)@next :- log(N, M);
knows(N, Other)@next :- knows(N, Other);
missing(N, M) :- log(_, M), knows(_, N), notin log(N, M), notin crash(N, N, _);
pre(M)  :- log(N, M), notin crash(N, N, _);
post(M) :- log(N, M), notin missing(_, M);
bcast("a", "hello")@1;
knows("a", "a")@1;  knows("a", "b")@1;  knows("a", "c")@1;
MODEL
    echo 'include "hello.ded"; log(Other, M)@async :- log(N, M), knows(N, Other);' >retry.ded
    sed 's/^post(M) :- .*/post(M) :- log(_, M);/' hello.ded >less.ded
}

# scenario MODEL BOUNDS: one of a broadcast.
scenario() {
    jq -n --arg model "$1" "{model: [\$model], nodes: [\"a\", \"b\", \"c\"], eot: 5, eff: 3, crashes: 0} + $2"
}

@test "what breaks the same promise with fewer faults is worse" {
    write_broadcasts
    scenario retry.ded '{crashes: 1}' >r.json
    # By hand: of retry, a must lose a message and crash before it sends it again; of hello, each of
    # its two messages will do.
    ldfi 1 compare retry.ded hello.ded r.json --json
    json '.scenarios[0] | .outcome == "worse" and (.open | length) == 1 and .certificate == "none" and .notes == []' \
        '.scenarios[0].losses == [
            {"kind": "fewer faults", "text": "omit(a,b,1) alone breaks pre; OLD stands it and needs 2 faults"},
            {"kind": "fewer faults", "text": "omit(a,c,1) alone breaks pre; OLD stands it and needs 2 faults"}]' \
        '[.scenarios[0].counterexamples[] | select(.kind == "fewer faults").text] ==
            ["omit(a,b,1)", "omit(a,c,1)"]' \
        '.scenarios[0].counterexamples[2:] | length == 4 and all(.kind == "moved")' \
        '.sum.counterexamples | .fewer_faults == 2 and .old_bugs == 0'
    ldfi 1 compare retry.ded hello.ded r.json
    says "$output" 'LOST +omit\(a,b,1\) alone breaks pre; OLD stands it and needs 2 faults$'
    # The way back needs more faults: the old bug.
    ldfi 3 compare hello.ded retry.ded r.json --json
    json '.scenarios[0].losses == []' \
        '[.scenarios[0].counterexamples[] | select(.new != null).kind] | unique == ["old bug"]'
}

@test "fewer faults are not known where the search of the old version did not end" {
    write_broadcasts
    scenario retry.ded '{crashes: 1}' >r.json
    local runs reached=0
    for runs in 3 4 5 6 7 8 10 12; do
        "$LDFI" compare retry.ded hello.ded r.json --max-runs $runs --json >out.json || true
        jq -e '.scenarios[0].old | .complete == false and .counterexamples > 0' out.json || continue
        reached=1
        jq -e '.status == 3 and .scenarios[0].losses == [] and (.scenarios[0].counterexamples |
            any(.kind == "open" and .text == "omit(a,b,1)"))' out.json
    done
    equal $reached 1
}

@test "a certificate within narrower bounds is worse" {
    write_broadcasts
    local bounds
    scenario retry.ded '{crashes: 1, immune: ["a"]}' >old.json
    ldfi 0 compare old.json old.json --json
    for bounds in '{eot: 4}' '{eff: 2}' '{crashes: 0}' '{omissions: 2}' '{immune: ["b", "a"]}'; do
        scenario retry.ded "{crashes: 1, immune: [\"a\"]} + $bounds" >new.json
        ldfi 1 compare old.json new.json --json
        json '.scenarios[0] | .old.verdict == "certified" and .new.verdict == "certified" and
                  .certificate == "lost" and [.losses[].kind] == ["bounds"]' \
            '.scenarios[0].losses[0].text | startswith("not so far: OLD is certified within EOT 5, EFF 3, crashes 1")'
        # The way back asks for more, and is certified.
        ldfi 0 compare new.json old.json --json
        json '.scenarios[0].certificate == "kept"'
    done
    ldfi 1 compare old.json new.json
    says "$output" 'bounds +EOT 5, EFF 3, crashes 1, immune b a; OLD: EOT 5, EFF 3, crashes 1, immune a$'
}

@test "what lies outside of the new bounds is not repaired" {
    write_broadcasts
    local bounds
    scenario hello.ded '{}' >old.json
    for bounds in '{eff: 1}' '{omissions: 0}' '{immune: ["a"]}'; do
        scenario hello.ded "$bounds" >new.json
        ldfi 3 compare old.json new.json --json
        equal "$(found)" '[["open","omit(a,b,1)"],["open","omit(a,c,1)"]]'
        json '.scenarios[0] | .new.verdict == "certified" and .losses == [] and (.open | length == 1)' \
            '.scenarios[0].open[0] | test("what lies outside is not known")'
    done
    ldfi 3 compare old.json new.json
    says "$output" 'bounds +EOT 5, EFF 3, crashes 0, immune a; OLD: EOT 5, EFF 3, crashes 0, none immune$'
    # Within the bounds of the old version it is.
    scenario retry.ded '{}' >new.json
    ldfi 0 compare old.json new.json --json
    equal "$(found)" '[["repaired","omit(a,b,1)"],["repaired","omit(a,c,1)"]]'
    refute says "$(jq -c '.scenarios[0].notes' <<<"$output")" 'promise itself'
    # Repaired, as far as it was asked for: a loss at 1, not one at 2.
    scenario retry.ded '{eff: 2}' >new.json
    ldfi 3 compare old.json new.json --json
    equal "$(found)" '[["repaired","omit(a,b,1)"],["repaired","omit(a,c,1)"]]'
}

@test "bounds that are swept under fewer crashes are lost" {
    write_broadcasts
    scenario retry.ded '{eot: "sweep", crashes: 1, immune: ["a"]}' >old.json
    scenario retry.ded '{eot: "sweep", immune: ["a"]}' >new.json
    ldfi 1 compare old.json new.json --max-eot 5 --json
    json '.scenarios[0] | .certificate == "lost" and [.losses[].kind] == ["bounds"]'
    ldfi 0 compare new.json old.json --max-eot 5 --json
}

@test "a promise that is stated in other words is noted" {
    write_broadcasts
    scenario hello.ded '{}' >s.json
    ldfi 0 compare hello.ded less.ded s.json --json
    equal "$(found)" '[["repaired","omit(a,b,1)"],["repaired","omit(a,c,1)"]]'
    json '.scenarios[0].losses == []' '.scenarios[0].notes | length == 1' \
        '.scenarios[0].notes[0] | startswith("the promise itself differs: what looks repaired may only be promised less") and
            contains("OLD alone has post(M) :- log(N, M), notin missing(_, M); (hello.ded:7) and 1 more") and
            endswith("NEW alone has post(M) :- log(_, M); (less.ded:7)")'
    # What is read for the promise alone belongs to it.
    sed 's/^missing(N, M) :- /&N != "c", /' hello.ded >missing.ded
    ldfi 3 compare hello.ded missing.ded s.json --json
    json '.scenarios[0].notes[0] | test("promise itself differs.*OLD alone has missing.*NEW alone has missing")'
    # The protocol may differ.
    scenario retry.ded '{}' >s.json
    ldfi 0 compare retry.ded retry.ded s.json --json
    json '.scenarios[0].notes == []'
    ldfi 0 compare hello.ded retry.ded s.json --json
    json '.scenarios[0].notes == []'
}

# ---- which scenarios ----

@test "of a folder those that name a version are searched, and files whatever they name" {
    write_versions
    mkdir folder
    echo '{"model": ["../over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >folder/over.json
    jq '.model = ["../once.ded"]' folder/over.json >folder/once.json
    cp over.ded folder/third.ded
    jq '.model = ["third.ded"]' folder/over.json >folder/third.json
    jq '.model = ["rest.ded", "../folder/../over.ded"]' folder/over.json >folder/second.json
    echo 'rest("a")@1;' >folder/rest.ded
    ldfi 0 compare over.ded once.ded folder --json
    json '[.scenarios[].scenario] == ["folder/once.json", "folder/over.json", "folder/second.json"]' \
        '.left_out == 1' '.scenarios[2].old.model == ["folder/rest.ded", "over.ded"]' \
        '.scenarios[2].new.model == ["folder/rest.ded", "once.ded"]' \
        '.sum.scenarios == 3 and .sum.saved.all.good_run == {"old": 24, "new": 6}'
    ldfi 0 compare over.ded once.ded folder
    says "$output" '1 scenario of the folders names? neither version and (is|are) left out'
    ldfi 0 compare over.ded once.ded folder/third.json folder/third.json ./folder/third.json --json
    json '.scenarios | length == 1' '.scenarios[0].old.model == ["over.ded"]' '.left_out == 0'
    ldfi 2 compare over.ded once.ded "$ROOT/scenarios/delivery"
    says "$stderr" '^command line:1:[0-9]+: error: none of the [0-9]+ scenarios here names OLD or NEW'
}

@test "every combination of inputs is compared" {
    jq --arg model "$LADDER/rung2.ded" '.model = [$model] | del(.inputs) | .choose = {"to": ["b", "c"]} |
        .given = ["request(\"C\", \"$to\", \"w1\")@1;", "request(\"C\", \"c\", \"w2\")@2;"]' \
        "$SCENARIOS/rung2.json" >s.json
    ldfi 0 compare "$LADDER/rung2.ded" "$LADDER/rung3.ded" s.json --json
    json '[.scenarios[].choice] == [{"to": "b"}, {"to": "c"}]'
    jq '.choose = {"to": ["b", "a"]}' s.json >other.json
    ldfi 2 compare s.json other.json
    says "$stderr" 'error: s.json and other.json leave different inputs open'
}

# ---- the rest ----

@test "bad input is status 2 and says where" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    ldfi 2 compare
    says "$stderr" '^command line:1:1: error: name OLD and NEW'
    ldfi 2 compare over.ded
    ldfi 2 compare over.ded none.ded s.json
    says "$stderr" '^command line:1:23: error: cannot read none.ded: No such file'
    ldfi 2 compare over.ded once.ded
    says "$stderr" 'error: name scenarios'
    ldfi 2 compare over.ded once.ded none.json
    says "$stderr" 'error: cannot read none.json: No such file'
    ldfi 2 compare over.ded s.json
    says "$stderr" 'not one of each'
    ldfi 2 compare s.json s.json s.json
    says "$stderr" 'as they are'
    mkdir folder
    ldfi 2 compare over.ded folder s.json
    says "$stderr" 'folder is a folder'
    ldfi 2 compare over.ded once.ded folder
    says "$stderr" 'there is no scenario'
    ldfi 2 compare over.ded once.ded s.json --jobs 0
    ldfi 2 compare over.ded once.ded s.json --max-seconds soon
    says "$stderr" "'soon' is no number of seconds"
    ldfi 2 compare over.ded once.ded s.json --dbx x.db
    ldfi 2 compare over.ded none.ded s.json --json
    json '.error.message | test("cannot read none.ded")'
}

@test "a version that does not fit is an error of its own place, and the other scenarios are compared" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    jq '.model += ["more.ded"]' s.json >more.json
    echo 'said(B, "more") :- said(B);' >more.ded
    echo 'said(B) :- ' >cut.ded
    echo '{"model": ' >cut.json
    ldfi 2 compare over.ded once.ded s.json more.json --json
    json '[.scenarios[].outcome] == ["no worse", "error"]' \
        '.scenarios[1].old.error | .message | test("said has")' '.scenarios[1].saved == null'
    ldfi 2 compare over.ded cut.ded s.json
    says "$stderr" '^cut.ded:[0-9]+:[0-9]+: error: .*\(NEW, in s.json\)$'
    refute says "$stderr" 'OLD, in'
    ldfi 2 compare over.ded cut.ded s.json --quiet
    equal "$output" ''
    says "$stderr" '^cut.ded:'
    ldfi 2 compare over.ded once.ded s.json cut.json
    says "$stderr" '^cut.json:[0-9]+:[0-9]+: error: '
}

@test "the JSON has all keys, and is the same whatever --jobs" {
    local jobs
    for jobs in 1 2; do
        ldfi 1 compare "$DELIVERY/redundant.ded" "$DELIVERY/classic.ded" "$ROOT/scenarios/delivery" \
            --jobs $jobs --json
        jq 'del(.seconds)' <<<"$output" >"$jobs.json"
        json '.seconds | type == "number"'
    done
    cmp 1.json 2.json
    json 'keys == (["tool", "version", "old", "new", "status", "scenarios", "left_out", "sum", "seconds"] | sort)' \
        '.tool == "ldfi"' '.status == 1' \
        '.scenarios | all(keys == (["scenario", "choice", "status", "outcome", "old", "new", "losses", "open",
            "certificate", "counterexamples", "promises", "saved", "support", "notes"] | sort))' \
        '.scenarios | all(.old, .new | keys == (["scenario", "model", "nodes", "bounds", "oracle", "verdict",
            "stopped_by", "complete", "vacuous", "runs", "good_run", "warnings", "counterexamples"] | sort))' \
        '.scenarios[].counterexamples | all(keys == (["kind", "text", "same_causes", "old", "new"] | sort))' \
        '.scenarios[].saved | keys == (["eot", "outcome_from", "facts", "one_crash", "messages", "all"] | sort)' \
        '.scenarios[].saved.messages | all(keys == ["good_run", "one_crash", "relation"])' \
        '.scenarios[].support | keys == ["posts", "rules"]' \
        '.scenarios[].support.rules | all(keys == ["new", "old", "rule"])' \
        '.scenarios[].promises | all(keys == ["lacking", "name", "new", "old"])' \
        '.scenarios[].losses | all(keys == ["kind", "text"])' \
        '.sum | keys == (["scenarios", "worse", "no_worse", "not_known", "errors", "interrupted",
            "counterexamples", "saved"] | sort)' \
        '.sum.counterexamples | keys == (["new_bugs", "fewer_faults", "old_bugs", "both", "repaired", "moved",
            "open"] | sort)'
}

@test "the sum is that of all scenarios" {
    ldfi 1 compare "$DELIVERY/redundant.ded" "$DELIVERY/classic.ded" "$ROOT/scenarios/delivery" --json
    json '.sum.saved.all.good_run == {"old": ([.scenarios[].saved.all.good_run.old] | add),
                                      "new": ([.scenarios[].saved.all.good_run.new] | add)}' \
        '.sum.saved.one_crash.schedules.old == ([.scenarios[].saved.one_crash.schedules.old // 0] | add)' \
        '.sum.saved.messages | map(.relation) == ["holds", "incoming"]' \
        '.sum.saved.messages[1] | .good_run.old == null and
            .good_run.new == 18 and .one_crash.old == null' \
        '.sum.scenarios == (.scenarios | length)'
}

@test "an interrupted comparison ends with status 130" {
    "$LDFI" compare "$LADDER/rung4.ded" "$LADDER/rung5.ded" "$SCENARIOS/rung4_staggered.json" --json >out.json &
    local process=$! ended=0
    sleep 0.3
    kill -TERM $process
    wait $process || ended=$?
    equal "$ended" 130
    output=$(cat out.json)
    json '.status == 130' '.scenarios[0].outcome == "interrupted"'
}

@test "help says what it takes, and quiet says nothing" {
    ldfi 0 compare --help
    says "$output" '^usage: ldfi compare OLD.ded NEW.ded SCENARIO'
    ldfi 1 compare "$LADDER/rung2.ded" "$LADDER/rung3.ded" "$SCENARIOS/rung3.json" --quiet
    equal "$output$stderr" ''
    ldfi 0 --help
    says "$output" '^  compare +is a new version as safe'
}

@test "--db keeps what --json prints, one row a comparison" {
    write_versions
    echo '{"model": ["over.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 0, "crashes": 0}' >s.json
    ldfi 0 compare over.ded once.ded s.json --db kept.db --json
    local shown=$output
    ldfi 0 compare over.ded once.ded s.json --db kept.db --quiet
    equal "$(query kept.db "SELECT group_concat(kind) FROM comparison")" compare,compare
    equal "$(query kept.db "SELECT report FROM comparison WHERE id = 1" | jq -S 'del(.. | .seconds?)')" \
        "$(jq -S 'del(.. | .seconds?)' <<<"$shown")"
    jq -e '.seconds >= 0' <<<"$(query kept.db "SELECT report FROM comparison WHERE id = 2")" >/dev/null
}
