#!/usr/bin/env bats
# `ldfi run`: where the search looks, what it answers, and its exit status.

load common

simple() {
    local wanted=$1
    shift
    ldfi "$wanted" run "$DELIVERY/simple.ded" -N a,b,c "$@"
}

retry() {
    local wanted=$1
    shift
    ldfi "$wanted" run "$DELIVERY/retry.ded" --nodes a,b,c --eot 4 --eff 2 --crashes 1 "$@"
}

write_scenario() { # EXPECT [OPTIONAL KEYS]
    cp "$DELIVERY"/*.ded .
    cat >scenario.json <<END
{"model": ["simple.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 0,
 "expect": "$1"${2:-}}
END
}

@test "a broken promise ends with status 1 when nothing else was expected" {
    simple 1 -t 4 -f 2 -c 0
    says "$output" '^simple: counterexample'
    says "$output" 'omit\(a,[bc],1\)'
    retry 1
    says "$output" 'omit\(a,[bc],1\) crash\(a,2\)'
}

@test "a kept promise ends with status 0 when nothing else was expected" {
    simple 0 -t 4 -f 0 -c 0
    says "$output" '^simple: certified'
}

@test "a message sent at time EFF is not lost, one sent just before is" {
    simple 0 -t 4 -f 1 -c 0
    simple 1 -t 4 -f 2 -c 0
}

@test "an expected counterexample ends with status 0 and an unexpected one with status 1" {
    write_scenario counterexample
    ldfi 0 run scenario.json
    says "$output" '^scenario: counterexample'
    write_scenario certified
    ldfi 1 run scenario.json
    says "$output" '^scenario: counterexample'
}

@test "a certificate where a counterexample is expected ends with status 1" {
    write_scenario counterexample ', "omissions": 0'
    ldfi 1 run scenario.json
    says "$output" '^scenario: certified'
}

@test "an answer that does not come is status 3, unless it is what is expected" {
    simple 3 -t 4 -f 2 -c 0 --max-runs 1 --json
    json '.verdict == "incomplete"' '.complete == false' '.runs == 1'
    write_scenario certified
    ldfi 3 run scenario.json --max-runs 1
    write_scenario incomplete
    ldfi 0 run scenario.json --max-runs 1
}

@test "time and memory are budgets, too" {
    ldfi 3 run "$DELIVERY/acknowledged.ded" -N a,b,c -t 12 -f 10 -c 2 --search random \
        --runs 1000000000 --max-seconds 0.2 --json
    json '.verdict == "incomplete"' '.runs > 0' '.runs < 1000000000'
    ldfi 3 run "$DELIVERY/acknowledged.ded" -N a,b,c -t 12 -f 10 -c 2 --search random \
        --runs 1000000000 --max-memory 1 --json
    json '.verdict == "incomplete"' '.runs < 1000000000'
}

@test "all three searches find the lost message" {
    for search in lineage exhaustive random; do
        simple 1 -t 4 -f 2 -c 0 --search $search --json
        json ".search == \"$search\"" '.counterexamples | length == 1' \
            '.counterexamples[0].omissions | length == 1' \
            '.counterexamples[0].omissions[0] | .from == "a" and .time == 1'
    done
}

@test "lineage and exhaustive search certify, random search never does" {
    local bounds="-N a,b,c -t 6 -f 3 -c 0"
    ldfi 0 run "$DELIVERY/retry.ded" $bounds --json
    json '.verdict == "certified"' '.complete'
    ldfi 0 run "$DELIVERY/retry.ded" $bounds --search exhaustive --json
    json '.verdict == "certified"' '.complete'
    ldfi 3 run "$DELIVERY/retry.ded" $bounds --search random --runs 50 --json
    json '.verdict == "incomplete"' '.complete == false' '.runs == 51'
}

@test "--all reports exactly the minimal counterexamples" {
    # By hand: losing one of a's two messages breaks the promise; losing both leaves nobody but the
    # broadcaster, to whom nothing is promised.
    for search in lineage exhaustive; do
        simple 1 -t 4 -f 2 -c 0 --all --search $search --json
        json '.complete' '[.counterexamples[].omissions] ==
            [[{"from":"a","to":"b","time":1}], [{"from":"a","to":"c","time":1}]]'
        # By hand: a's first message to one of them is lost and a crashes before the second.
        retry 1 --all --search $search --json
        json '.complete' '[.counterexamples[] | [.omissions[0].to, .crashes[0].node,
            .crashes[0].times]] == [["b","a",[2]], ["c","a",[2]]]'
    done
}

@test "no proper subset of a reported counterexample breaks the promise" {
    retry 1
    local faults
    faults=$(grep -oE -- '--(omit|crash) [^ ]+' <<<"$output")
    equal "$(wc -l <<<"$faults")" 2
    while read -r option value; do
        ldfi 0 replay "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 "$option" "$value" </dev/null
    done <<<"$faults"
}

@test "--omissions caps how many messages are lost, --immune names who loses none" {
    simple 0 -t 4 -f 2 -c 0 --omissions 0
    simple 1 -t 4 -f 2 -c 0 --omissions 1
    simple 0 -t 4 -f 2 -c 0 --immune a     # what a sends is never lost
    simple 1 -t 4 -f 2 -c 0 --immune b,c   # what is sent to b and c may be
    retry 0 --immune a
    retry 1 --immune b,c
    retry 0 --omissions 0                  # a crash alone does no harm
}

@test "scenario files know omissions and immune, and options override them" {
    write_scenario certified ', "omissions": 0, "immune": ["a"]'
    ldfi 0 run scenario.json --json
    json '.bounds.omissions == 0' '.bounds.immune == ["a"]'
    ldfi 0 run scenario.json --omissions 1 --json
    json '.bounds.omissions == 1' '.bounds.immune == ["a"]' '.verdict == "certified"'
    ldfi 1 run scenario.json --omissions 1 --immune b --json
    json '.bounds.immune == ["b"]' '.verdict == "counterexample"'
}

@test "the inputs of a scenario belong to the program" {
    cp "$DELIVERY"/*.ded .
    mkdir more
    echo 'broadcast("b", "bye")@1;' >more/late.ded
    echo '{"model": ["simple.ded"], "inputs": ["more/late.ded"], "nodes": ["a", "b", "c"],
           "eot": 4, "eff": 2, "crashes": 0, "expect": "counterexample"}' >scenario.json
    cd more
    ldfi 0 run ../scenario.json --json      # paths are relative to the scenario
    json '.good_run.messages == 4'          # a and b each to two others
}

@test "--oracle molly watches only what the good run kept, strict watches everything" {
    cat >alarm.ded <<'END'
say("a", "b")@1;
heard(Other, Node)@async :- say(Node, Other);
heard(Node, Other)@next :- heard(Node, Other);
fine("a", "fine")@1;
fine(Node, Word)@next :- fine(Node, Word);
pre(Word) :- fine(_, Word);
pre("alarm") :- fine(_, _), notin heard("b", _);
post(Word) :- fine(_, Word);
END
    # Losing the message raises a pre that is never a post; in the good run it is not there.
    ldfi 1 run alarm.ded -N a,b -t 3 -f 2 -c 0 --json
    json '.oracle == "strict"' '.counterexamples[0].broken == ["pre(\"alarm\")"]'
    ldfi 0 run alarm.ded -N a,b -t 3 -f 2 -c 0 --oracle molly --json
    json '.oracle == "molly"' '.verdict == "certified"' '.vacuous == false'
    ldfi 0 run alarm.ded -N a,b -t 3 -f 2 -c 0 --oracle molly --search exhaustive
}

@test "--strict-locality rejects a protocol that reads other nodes and lets a promise do so" {
    simple 1 -t 4 -f 2 -c 0 --strict-locality
    cat >spy.ded <<'END'
secret("a", "x")@1;
meets("b", "a")@1;
knows(Node, What) :- meets(Node, Other), secret(Other, What);
gossip(Other, What)@async :- knows(Node, What), meets(Node, Other);
pre(What) :- knows(_, What);
post(What) :- knows(_, What);
END
    ldfi 0 run spy.ded -N a,b -t 1 -f 0 -c 0
    ldfi 2 run spy.ded -N a,b -t 1 -f 0 -c 0 --strict-locality
    says "$stderr" '^spy.ded:3:'
}

@test "bounds that are overridden drop the expectation, with a warning" {
    write_scenario counterexample
    ldfi 0 run scenario.json
    refute says "$stderr" 'warning'
    ldfi 1 run scenario.json --eot 5
    says "$stderr" 'warning: .*expect'
    ldfi 0 run scenario.json --eff 0 --json
    json '.verdict == "certified"' '.warnings | any(test("expect"))'
}

@test "the same search gives the same JSON, byte for byte, but for the seconds" {
    for options in "--all" "--all --search exhaustive" "--search random --seed 7 --runs 200"; do
        retry 1 $options --json
        equal "$(without_seconds <<<"$output" | wc -l)" "$(grep -n '"seconds"' <<<"$output" |
            awk -F: '{ print $1 - 1 }')"
        local first
        first=$(without_seconds <<<"$output")
        for _ in 1 2; do
            retry 1 $options --json
            equal "$(without_seconds <<<"$output")" "$first"
        done
    done
}

@test "--quiet prints nothing but errors" {
    write_scenario certified
    ldfi 1 run scenario.json --quiet --eot 5
    equal "$output$stderr" ""
    ldfi 2 run scenario.json --quiet --eot 0
    equal "$output" ""
    says "$stderr" 'error: '
}

@test "output that is no terminal has neither colours nor progress" {
    ldfi 3 run "$DELIVERY/acknowledged.ded" -N a,b,c -t 12 -f 10 -c 2 --search random \
        --runs 1000000000 --max-seconds 0.7
    refute grep -q $'[\e\r]' <<<"$output$stderr"
    equal "$stderr" ""
}

# on_terminal ARGUMENT...: what ldfi shows on a terminal.
on_terminal() {
    script -qec "$(printf '%q ' timeout 60 "$LDFI" "$@")" /dev/null </dev/null || true
}

@test "a terminal gets colours and progress; NO_COLOR takes the colours away" {
    local bounds="-N a,b,c -t 4 -f 2 -c 0"
    on_terminal run "$DELIVERY/simple.ded" $bounds | grep -q $'\e\[31m'
    refute grep -q $'\e\[[0-9]*m' <<<"$(NO_COLOR=1 on_terminal run "$DELIVERY/simple.ded" $bounds)"
    on_terminal run "$DELIVERY/acknowledged.ded" -N a,b,c -t 12 -f 10 -c 2 --search random \
        --runs 1000000000 --max-seconds 0.9 | grep -Eq ': 0 s, at most 1 s left; [0-9]+ of 1000000000 random'
}

@test "a promise of nothing is vacuous: certified, with a warning" {
    # At time 1 nobody but the broadcaster holds the message, and it is excepted.
    simple 0 -t 1 -f 0 -c 0
    says "$stderr" 'warning: .*vacuous'
    simple 0 -t 1 -f 0 -c 0 --json
    json '.vacuous' '.verdict == "certified"' '.good_run.pre == 0' \
        '.warnings | any(test("vacuous"))'
    simple 0 -t 4 -f 0 -c 0 --json
    json '.vacuous == false' '.warnings == []'
}

@test "under the molly oracle a good run that keeps nothing is vacuous, too" {
    printf '%s\n' 'p("a", 1)@1; pre(X) :- p(_, X); post(X) :- p(_, X), X > 1;' >m.ded
    ldfi 1 run m.ded -N a -t 1 -f 0 -c 0
    ldfi 0 run m.ded -N a -t 1 -f 0 -c 0 --oracle molly --json
    json '.vacuous' '.good_run.pre == 1' '.good_run.post == 0'
}

@test "a good run that breaks the promise is a counterexample without faults" {
    printf '%s\n' 'p("a", 1)@1; pre(X) :- p(_, X); post(X) :- p(_, X), X > 1;' >m.ded
    for search in lineage exhaustive random; do
        ldfi 1 run m.ded -N a -t 1 -f 1 -c 1 --search $search --json
        json '.complete' '.runs == 1' \
            '.counterexamples == [{"omissions": [], "crashes": [], "text": "no faults", "broken": ["pre(1)"],
                "shape": {"promises": ["pre"], "causes": [], "rules": []}}]'
    done
}

@test "crash times without a difference are one counterexample with a list of times" {
    write_silent_model
    for search in lineage exhaustive; do
        ldfi 1 run silent.ded -N a,b -t 4 -f 0 -c 1 --all --search $search --json
        json '.complete' '[.counterexamples[].crashes] ==
            [[{"node": "b", "time": 1, "times": [1, 2, 3, 4]}]]'
    done
    ldfi 1 run silent.ded -N a,b -t 4 -f 0 -c 1 --all
    says "$output" 'crashes at 2, 3 or 4\.'
}

@test "an interrupted search ends with status 130 and says what it has" {
    "$LDFI" run "$DELIVERY/acknowledged.ded" -N a,b,c -t 12 -f 10 -c 2 --search random \
        --runs 1000000000 --json >out.json &
    local process=$! ended=0
    sleep 0.5
    kill -INT $process
    wait $process || ended=$?
    equal "$ended" 130
    output=$(cat out.json)
    json '.verdict == "incomplete"' '.complete == false' '.runs > 0'
}

@test "an output that cannot be written is status 4" {
    local command options
    for command in run replay check; do
        for options in "" "--json"; do
            run timeout 60 bash -c '"$0" "$@" >/dev/full' "$LDFI" $command \
                "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 $options
            echo "$command $options: $output"
            equal "$status" 4
        done
        says "$output" 'error: .*standard output'
    done
}

@test "an option is not another one's beginning" {
    cp "$DELIVERY"/*.ded .
    ldfi 2 run simple.ded -N a,b,c -t 4 -f 2 --crash 1
    says "$stderr" '^command line:1:[0-9]+: error: unknown option --crash; did you mean --crashes'
    equal "$(grep -c 'error:' <<<"$stderr")" 1
}

@test "the JSON says which budget ended a search" {
    ldfi 3 run "$ROOT/scenarios/primary_backup/rung4.json" --max-runs 3 --json
    json '.stopped_by == "runs"' '.verdict == "incomplete"' '.expect == "certified"'
}

@test "help that cannot be printed is an error of the machine" {
    local arguments
    for arguments in --help --version; do
        run --separate-stderr bash -c "'$LDFI' $arguments >/dev/full"
        [ "$status" -eq 4 ]
        says "$stderr" 'cannot write to standard output'
    done
}

@test "an error in a long line shows the part around it" {
    printf 'pre(X) :- q(X), %s;\n' "$(yes 'q(X), ' | head -100 | tr -d '\n')q(X) q(X)" >m.ded
    ldfi 2 check m.ded -N a -t 1 -f 0 -c 0
    refute grep -q '.\{260\}' <<<"$stderr"
    # The caret stands below the place.
    local line caret
    line=$(sed -n 2p <<<"$stderr") caret=$(sed -n 3p <<<"$stderr")
    caret=${caret%%^*}
    equal "${line:${#caret}:4}" "q(X)"
}

# --- threads ---

@test "runs, order and results do not depend on the number of threads" {
    local scenario
    for scenario in primary_backup/rung3_backups_crash primary_backup/rung3 primary_backup/rung5_suspected; do
        for jobs in 1 2 5; do
            ldfi 0 run "$ROOT/scenarios/$scenario.json" --json --jobs "$jobs"
            jq 'del(.seconds)' <<<"$output" >"jobs_$jobs.json"
        done
        cmp jobs_1.json jobs_2.json
        cmp jobs_1.json jobs_5.json
    done
}

@test "a budget of runs ends a search at the same run, however many threads there are" {
    for jobs in 1 3; do
        ldfi 3 run "$ROOT/scenarios/primary_backup/rung4.json" --json --jobs "$jobs" --max-runs 333
        json '.runs == 333' '.stopped_by == "runs"'
        jq 'del(.seconds)' <<<"$output" >"jobs_$jobs.json"
    done
    cmp jobs_1.json jobs_3.json
}

@test "a number of threads that is none is an error" {
    for jobs in x -1 1.5 1000000; do
        ldfi 2 run "$ROOT/scenarios/delivery/simple_4_2_0.json" --jobs "$jobs"
    done
}
