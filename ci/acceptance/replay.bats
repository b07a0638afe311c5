#!/usr/bin/env bats
# `ldfi replay`: one schedule, given by hand or taken from a run.

load common

retry() {
    local wanted=$1
    shift
    ldfi "$wanted" replay "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 "$@"
}

@test "a schedule that breaks the promise is status 1, one that does not is status 0" {
    retry 1 --omit a,b,1 --crash a,2
    says "$output" 'promise broken'
    says "$output" 'pre\("c", "hello"\)'
    retry 0 --omit a,b,1
    says "$output" 'promise kept'
    retry 0 --crash a,2
    retry 0
}

@test "several faults of a kind add up" {
    # With both first messages lost and a crashed nobody has the message: nothing is promised.
    retry 0 --omit a,b,1 --omit a,c,1 --crash a,2 --json
    json '.promise == "kept"' '.broken == []' '.faults.omissions | length == 2' \
        '[.messages[] | select(.fate == "omission")] | length == 2'
}

@test "each message has its fate: lost by omission, lost by crash, delivered, in flight" {
    # a sends to b and c at times 1 to 4. b's first is lost, c's arrives, all from 2 on are lost.
    retry 1 --omit a,b,1 --crash a,2 --json
    json '[.messages[] | select(.fate == "omission")] | length == 1' \
        '[.messages[] | select(.fate == "crash")] | length == 6' \
        '[.messages[] | select(.fate == "delivered")] | length == 1'
    # Without faults, the two of time 4 are under way when time ends.
    retry 0 --json
    json '[.messages[] | select(.fate == "in flight") | .time] == [4, 4]' \
        '[.messages[] | select(.fate == "delivered")] | length == 6'
}

@test "--faults takes an element of counterexamples" {
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --all --json
    local found=$output count i
    count=$(jq '.counterexamples | length' <<<"$found")
    equal "$count" 2
    for ((i = 0; i < count; i++)); do
        jq ".counterexamples[$i]" <<<"$found" >faults.json
        retry 1 --faults faults.json --json
        equal "$(jq -c .broken <<<"$output")" "$(jq -c .broken faults.json)"
        equal "$(jq -c .faults.omissions <<<"$output")" "$(jq -c .omissions faults.json)"
    done
}

@test "--faults rejects a whole report and says what to take from it" {
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --json
    echo "$output" >report.json
    retry 2 --faults report.json
    says "$stderr" '^report.json:1:1: error: .*counterexamples\[0\]'
}

@test "--faults rejects what is no schedule, with its place" {
    retry 2 --faults none.json
    says "$stderr" '^command line:1:[0-9]+: error: .*none.json'
    echo '{"omissions": [' >faults.json
    retry 2 --faults faults.json
    says "$stderr" '^faults.json:[0-9]+:[0-9]+: error: .*JSON'
    local wrong
    for wrong in '[]' '{}' '{"omissions": 1}' '{"omissions": [1]}' \
        '{"omissions": [{"from": "a", "to": "b"}]}' \
        '{"omissions": [{"from": "a", "to": "a", "time": 1}]}' \
        '{"omissions": [{"from": "a", "to": "z", "time": 1}]}' \
        '{"omissions": [{"from": "a", "to": "b", "time": 1.5}]}' \
        '{"omissions": [{"from": "a", "to": "b", "time": 0}]}' \
        '{"crashes": [{"node": "a", "time": 5}]}' '{"crashes": [{"node": 1, "time": 1}]}' \
        '{"crashes": [{"node": "a", "time": 1}, {"node": "a", "time": 2}]}'; do
        echo "$wrong" >faults.json
        echo "faults: $wrong"
        retry 2 --faults faults.json
        says "$(head -1 <<<"$stderr")" '^faults.json:1:[0-9]+: error: '
        equal "$output" ""
    done
}

@test "faults outside the bounds are replayed, with a note" {
    retry 0 --omit a,b,3                     # EFF is 2
    says "$output" '^Note: .*outside'
    ldfi 1 replay "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 0 --omit a,b,1 --crash a,2 --json
    json '.within_bounds == false' '.promise == "broken"'
    retry 1 --omit a,b,1 --crash a,2 --json
    json '.within_bounds'
    retry 0 --immune a --omit a,b,1 --json
    json '.within_bounds == false'
}

@test "an unknown node is an error that names the nearest" {
    ldfi 2 replay "$DELIVERY/simple.ded" -N alice,bob -t 4 -f 2 -c 0 --omit alice,bobb,1
    says "$stderr" '^command line:1:[0-9]+: error: .*bobb.*bob'
    retry 2 --crash d,1
    says "$stderr" "^command line:1:[0-9]+: error: 'd'"
}

@test "malformed faults are errors that show how to write them" {
    local option
    for option in "--omit a,b" "--omit a,b,1,2" "--omit a,b,x" "--omit a,b,0" "--omit a,b,5" \
        "--omit a,b,-1" "--omit a,a,1" "--omit ,," "--crash a" "--crash a,b,1" "--crash a,0" \
        "--crash a,5" "--crash a,99999999999999999999" "--crash a,1 --crash a,2" "--omit" \
        "--crash="; do
        echo "option: $option"
        retry 2 $option
        says "$(head -1 <<<"$stderr")" '^command line:1:[0-9]+: error: '
        equal "$output" ""
    done
    retry 2 --omit a,b
    says "$stderr" '--omit a,b,1'
    retry 2 --crash a
    says "$stderr" '--crash c,4'
}

@test "--quiet leaves only the status" {
    retry 1 --omit a,b,1 --crash a,2 --quiet
    equal "$output$stderr" ""
}

# replay_line: the command with which $output ends; what explains takes the same faults as replay.
replay_line() {
    sed -n '$s/^  explain \( .*\) explain /\1 replay /p' <<<"$output"
}

# replays_printed WANTED: the printed command, typed into a shell, ends with this status.
replays_printed() {
    local line
    line=$(replay_line)
    says "$line" "^ $LDFI replay " # as it was called
    run timeout 60 bash -c "$line"
    [ "$status" -eq "$1" ] && return
    printf 'status %s of:%s\n%s\n' "$status" "$line" "$output"
    return 1
}

@test "the command that a run prints replays its counterexample, from a scenario" {
    cp "$DELIVERY"/*.ded .
    echo '{"model": ["retry.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 1}' \
        >'my scenario.json'
    ldfi 1 run 'my scenario.json'
    replays_printed 1
    ldfi 1 run 'my scenario.json' --eot 5 --immune b
    replays_printed 1
}

@test "the command that a run prints replays its counterexample, from models" {
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1
    replays_printed 1
}

@test "the command that a run prints keeps the oracle, whichever way it was overridden" {
    cat >alarm.ded <<'END'
say("a", "b")@1;
heard(Other, Node)@async :- say(Node, Other);
heard(Node, Other)@next :- heard(Node, Other);
up("a")@1;
up(Node)@next :- up(Node);
pre("alarm") :- up(_), notin heard("b", _);
post("never") :- heard("b", "nobody");
END
    echo '{"model": ["alarm.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 2, "crashes": 0,
           "oracle": "molly"}' >scenario.json
    ldfi 0 run scenario.json
    ldfi 1 run scenario.json --oracle strict
    replays_printed 1
}

@test "the command that a run prints works for names that a shell would take apart" {
    sed 's/"a"/"node $A"/g; s/"b"/"it'"'"'s"/g; s/"c"/"x;y"/g' "$DELIVERY/inputs.ded" >inputs.ded
    cp "$DELIVERY"/{promise,simple}.ded .
    cp simple.ded 'si mple.ded'
    ldfi 1 run 'si mple.ded' -N "node \$A,it's,x;y" -t 4 -f 2 -c 0
    replays_printed 1
}

@test "--facts shows when the facts of a relation hold" {
    cat >m.ded <<'END'
q("a", "b")@2; q(X, Y)@next :- q(X, Y), notin r(X);
r("a")@4; q("a", "b")@6;
pre(X) :- q(X, _); post(X) :- q(X, _);
END
    ldfi 0 replay m.ded -N a,b -t 6 -f 0 -c 0 --facts q --facts pre
    says "$output" '^   2-4   q\("a", "b"\)$'
    says "$output" '^   6     q\("a", "b"\)$'
    says "$output" '^   2-4   pre\("a"\)$'
    ldfi 0 replay m.ded -N a,b -t 6 -f 0 -c 0 --facts r --json
    json '.facts == [{"time": 4, "tuple": "r(\"a\")"}]'
    ldfi 2 replay m.ded -N a,b -t 6 -f 0 -c 0 --facts s
    says "$stderr" '^command line:1:[0-9]+: error: the model has no relation s; did you mean'
}

@test "a picture draws every omission, also of what is sent again and again" {
    printf '%s\n' 'q("a", "b")@1; q(X, Y)@next :- q(X, Y); m(Y, X)@async :- q(X, Y);' \
        'pre(X) :- q(X, _); post(X) :- q(X, _);' >m.ded
    ldfi 0 replay m.ded -N a,b -t 6 -f 5 -c 0 --omit a,b,1 --omit a,b,2 --omit a,b,4
    equal "$(grep -c 'LOST' <<<"$output")" 3
}

@test "a replay with other bounds does not speak of what the scenario expects" {
    ldfi 1 replay "$ROOT/scenarios/primary_backup/rung3.json" -c 2 --crash c,3
    equal "$stderr" ""
}

@test "the faults of a corpus file are replayed" {
    local known=$ROOT/scenarios/corpus/rung3-crash_c_3.json
    ldfi 1 replay "$ROOT/scenarios/primary_backup/rung3.json" --faults "$known" --json
    equal "$(jq -c .broken <<<"$output")" "$(jq -c .broken "$known")"
}
