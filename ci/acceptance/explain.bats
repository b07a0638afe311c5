#!/usr/bin/env bats
# `ldfi explain`: why a promise was broken, in words and as JSON; and what would help.

load common

LADDER=$ROOT/scenarios/primary_backup

# certified_by_all TRIED...: the copies with the changes of the tried advice, written to files, are certified by the
# exhaustive search, which shares nothing with the search that tried them.
certified_by_all() {
    local scenario=$1 tried
    shift
    for tried; do
        jq --argjson tried "$tried" -r '. as $all | .tried[$tried].advice[] | $all.advice[.].repair |
            [.file, .line, .old, .new] | @json' <<<"$output" >repairs
        python3 -B - "$ROOT/$scenario" repairs <<'PYTHON'
import json, pathlib, re, sys
scenario = pathlib.Path(sys.argv[1])
asked = json.loads(scenario.read_text())
paths = {str((scenario.parent / path).resolve()): path for path in asked["model"]}
repairs = [json.loads(line) for line in open(sys.argv[2])]
def spaced(rule):  # the rule, however it is broken into lines
    return re.compile(r"\s*".join(re.escape(part) for part in re.findall(r"\w+|\S", rule)))
texts = {}
for file, line, old, new in repairs:
    path = str(pathlib.Path(file).resolve())
    text = texts.get(path, pathlib.Path(path).read_text())
    texts[path], count = spaced(old).subn(lambda _: new, text, count=1)
    assert count == 1, f"{file} has no rule {old}"
for number, (path, text) in enumerate(texts.items()):
    folder = pathlib.Path(path).parent
    text = re.sub(r'include "', f'include "{folder}/', text)
    pathlib.Path(f"fixed{number}.ded").write_text(text)
    paths[path] = f"fixed{number}.ded"
asked["model"] = [str(pathlib.Path(p).resolve()) if i in paths.values() and not p.startswith("fixed") else p
                  for i, p in ((path, paths.get(path, path)) for path in paths)]
asked.pop("expect", None)
pathlib.Path("fixed.json").write_text(json.dumps(asked))
PYTHON
        run --separate-stderr timeout 60 "$LDFI" run fixed.json --search exhaustive --json
        equal "$status" 0
        json '.verdict == "certified"' '.vacuous == false'
    done
}

@test "rung 3: the explanation names the rule that drops the payload" {
    ldfi 1 explain "$LADDER/rung3.json" --crash c,3
    # What happens, in the order of time.
    says "$output" '^rung3 under crash\(c,3\): 3 promises are not kept$'
    says "$output" '^  at  2  c sends rep\("a", "c", 1, "w1"\) to a$'
    says "$output" '^  at  3  c crashes$'
    says "$output" '^  at  3  c does not send rep\("b", "c", 1, "w1"\) to b: it has crashed$'
    says "$output" '^  at 10  holds\("a", _, "w2"\) is kept away: there is kept_slot\("a", 1\)$'
    says "$output" '^  at 22  has\("a", "w2"\) never came to hold'
    equal "$(sed -n 's/^  at *\([0-9]*\)  .*/\1/p' <<<"$output" | sort -nc && echo sorted)" sorted
    # The rule, its place and its bindings.
    says "$output" '^  holds\(R, S, W\) :- rep\(R, _, S, W\), notin kept_slot\(R, S\);$'
    says "$output" 'rung3\.ded:30$'
    says "$output" 'at 10 with R = "a", S = 1, W = "w2": there is kept_slot\("a", 1\)'
    # What was lost, and where the run parts.
    says "$output" 'c -> b at 3  rep\("b", "c", 1, "w1"\)  LOST: crash\(c,3\)'
    says "$output" 'rung3\.ded:29$'
    says "$output" 'with R = "c", S = 1, X = "b", W = "w1": its message was lost'
    says "$output" '^  lost\("w2"\) at 22$'
    says "$output" 'fails\(M, R\) :- crash'
}

@test "rung 3 as JSON: every section" {
    ldfi 1 explain "$LADDER/rung3.json" --crash c,3 --json
    json '.scenario == "rung3"' '.faults == "crash(c,3)"' '.within_bounds' \
        '.told == "pre(\"durability\", \"C\", 0, \"w2\")"' '.broken | length == 3' \
        '.broken_without_faults == false' '.story | map(.time) == (map(.time) | sort)' \
        '.obstacles | length == 1' '.obstacles[0].rule.line == 30' \
        '.obstacles[0].blocker == "kept_slot(\"a\", 1)"' '.obstacles[0].time == 10' \
        '[.lacks[].fact] | index("has(\"a\", \"w2\")") != null' \
        '.lacks[] | select(.fact == "holds(\"b\", 1, \"w1\")") | .supports == [[{"message": "rep(\"b\", \"c\", 1, \"w1\")",
            "from": "c", "to": "b", "first_sent": 3, "last_sent": 3, "times_sent": 1, "fate": "crash", "cut_by": "crash(c,3)"}]]' \
        '[.missing[] | [.rule.line, .time, .kind]] == [[29, 3, "lost"]]' \
        '.new | length == 1 and .[0].kind == "reads crash"' \
        '[.instead[].fact] | index("lost(\"w2\")") != null' \
        '[.advice[].kind] == ["held up", "fired only here"]' '.warnings | type == "array"'
}

@test "asynchronous backup: it should wait for acknowledgements, and the tried copy certifies" {
    ldfi 1 explain "$LADDER/asynchronous.json" --try
    says "$output" '1\. Wait: a announces it before it knows that c has copy\("c", "w1", "a"\)'
    says "$output" 'ack\(C, W\)@async :- write\(P, W, C\);'
    says "$output" 'asynchronous\.ded:10'
    says "$output" 'until everybody has acknowledged what this sends:'
    says "$output" 'asynchronous\.ded:15'
    says "$output" '2\. Send it again: copy\("c", "w1", "a"\) is sent once, at 2, and its loss alone breaks'
    says "$output" '^  1: CERTIFIED \(EOT 8, EFF 4, crashes 1\)$'
    says "$output" '^       \+ ack\(C, W\)@async :- ack_held\(P, C, W\), notin copy_owed\(P, W\);$'
    says "$output" '^  2: still broken by omit\(a,c,2\) crash\(a,3\)$'
    ldfi 1 explain "$LADDER/asynchronous.json" --try --json
    json '[.advice[].kind] == ["wait", "retry", "redundancy", "fired only here"]' \
        '.tried[0] | .verdict == "certified" and .enough and .promises_lost == 0 and (.vacuous | not)' \
        '.tried[1] | .verdict == "counterexample" and (.enough | not) and .smallest != null' \
        '.advice[0].repair | .line == 10 and .old == "ack(C, W)@async :- write(P, W, C);"'
    certified_by_all scenarios/primary_backup/asynchronous.json 0
}

@test "what --try certifies the exhaustive search certifies, too" {
    ldfi 1 explain "$ROOT/scenarios/delivery/simple_4_2_0.json" --try --json
    json '[.tried[] | .enough] == [true]'
    certified_by_all scenarios/delivery/simple_4_2_0.json 0
}

@test "a copy that promises less is no certificate" {
    # There is no time to be told, to acknowledge and to answer.
    ldfi 1 explain "$LADDER/asynchronous.json" --eot 4 --eff 3 --omit a,c,2 --try --json
    json '.tried[0] | .verdict == "certified" and .vacuous and (.enough | not) and .promises_lost == 1'
    ldfi 1 explain "$LADDER/asynchronous.json" --eot 4 --eff 3 --omit a,c,2 --try
    says "$output" '^  1: promises nothing any more'
    refute says "$output" '1: CERTIFIED'
}

@test "the three kinds of source: scenario, corpus file and database" {
    ldfi 1 explain "$LADDER/rung3.json" --json
    local asked='[.faults, .story, .lacks, [.advice[] | .kind, (.rules | map(.text) | sort)]]' searched
    searched=$(jq -c "$asked" <<<"$output")
    ldfi 1 explain "$ROOT/scenarios/corpus/rung3-crash_c_3.json" --json
    equal "$(jq -c "$asked" <<<"$output")" "$searched"
    ldfi 0 run "$LADDER/rung3.json" --db found.db --quiet
    ldfi 1 explain found.db --json
    equal "$(jq -c "$asked" <<<"$output")" "$searched"
    local run
    run=$(query found.db "SELECT run FROM runs WHERE kind = 'good'")
    ldfi 0 explain found.db --run "$run"
    says "$output" 'under no faults: every promise is kept, and there is nothing to explain'
    ldfi 2 explain found.db --run 9999
    says "$stderr" '^command line:1:[0-9]+: error: .*no run 9999'
    ldfi 2 explain nowhere.db
    says "$stderr" '^nowhere.db:1:1: error: there is no database of this name'
    [ ! -e nowhere.db ]
    ldfi 2 explain "$LADDER/rung3.json" --run 1
    says "$stderr" '--run names a run of a database'
}

@test "a database that nobody can write to is read, and left as it is" {
    mkdir locked
    ldfi 0 run "$LADDER/rung3.json" --db locked/found.db --quiet
    local before
    before=$(snapshot)
    chmod 555 locked && chmod 444 locked/found.db
    ldfi 1 explain locked/found.db
    chmod 755 locked
    says "$output" '^rung3, run [0-9]+, under crash\(c,3\)'
    equal "$(snapshot)" "$before"
}

@test "what is certified has nothing to explain" {
    ldfi 0 explain "$ROOT/scenarios/delivery/retry_6_3_0.json"
    says "$output" 'no schedule within the bounds breaks the promise, and there is nothing to explain'
    ldfi 0 explain "$ROOT/scenarios/delivery/retry_6_3_0.json" --json
    json '.verdict == "certified"' '.broken == []'
    ldfi 0 explain "$LADDER/rung3.json" --crash c,22
    says "$output" 'every promise is kept, and there is nothing to explain'
}

@test "a search that comes to no end says so, in words and as JSON" {
    ldfi 3 explain "$LADDER/rung5_staggered.json" --max-seconds 0.05
    says "$output" 'no faults were found .* before the search ended: .*--max-seconds'
    ldfi 3 explain "$LADDER/rung5_staggered.json" --max-seconds 0.05 --json
    json '.verdict == "incomplete"' '.counterexamples == []'
}

@test "an interrupted search ends with status 130" {
    # A shell lets what runs behind it ignore SIGINT; env does away with that.
    env --default-signal=INT "$LDFI" explain "$LADDER/rung5_staggered.json" --json \
        >out.json &
    local process=$! ended=0
    sleep 0.2
    kill -INT $process
    wait $process || ended=$?
    equal "$ended" 130
    output=$(cat out.json)
    json '.verdict == "incomplete"' '.stopped_by == "interrupt"'
}

@test "faults outside the bounds are explained, with a note" {
    ldfi 1 explain "$LADDER/rung3.json" --crash c,3 --omit b,a,20 --json # EFF is 0
    json '.within_bounds == false' '.broken | length > 0'
    ldfi 1 explain "$LADDER/rung3.json" --crash c,3 --omit b,a,20
    says "$output" '^Note: these faults lie outside the scenario'
}

@test "a promise that breaks without faults is no fault's doing" {
    printf '%s\n' 'all("a")@1; all(N)@next :- all(N); never("b")@1;' \
        'pre(N) :- all(N); post(N) :- never(N), all(N);' >never.ded
    ldfi 1 explain never.ded -N a,b -t 3 -f 2 -c 0
    says "$output" '^The run without faults breaks it, too'
    says "$output" '^  post\("a"\)$'
    ldfi 1 explain never.ded -N a,b -t 3 -f 2 -c 0 --json
    json '.broken_without_faults' '.faults == "no faults"' '.advice == []'
}

@test "errors are errors in words and as JSON" {
    ldfi 2 explain "$LADDER/rung3.json" --crash z,3
    says "$stderr" "^command line:1:[0-9]+: error: 'z'"
    equal "$output" ""
    ldfi 2 explain "$LADDER/rung3.json" --crash z,3 --json
    json '.error.message | contains("z")'
    ldfi 2 explain "$LADDER/rung1_any_write.json" --json
    json '.error.message | contains("--choose")'
    ldfi 1 explain "$LADDER/rung1_any_write.json" --choose to=c --choose at=1 --crash c,3 --quiet
    equal "$output$stderr" ""
}

@test "a capture promises nothing, and that is an error" {
    ldfi 0 export "$LADDER/rung3.json" --crash c,3 --pcap run.pcap
    ldfi 0 import --pcap run.pcap --db capture.db --quiet
    ldfi 2 explain capture.db
    says "$stderr" '^command line:1:[0-9]+: error: a capture promises nothing'
    equal "$output" ""
    ldfi 2 explain capture.db --json
    json '.error.message | startswith("a capture promises nothing")'
}

@test "the help fits a screen" {
    ldfi 0 explain --help
    [ "$(wc -l <<<"$output")" -le 24 ]
}

@test "under --oracle molly the good run's post is what is lacking" {
    ldfi 1 explain "$LADDER/asynchronous.json" --oracle molly --json
    json '.oracle == "molly"' '.lacks | length > 0' '[.advice[].kind] | index("wait") != null'
}

# scans SCENARIO: does a handler do something because a table has no further row, which is not
# recorded as a reason? (Of an opaque protocol: because of what it keeps to itself.)
scans() {
    case $1 in
    */raft/takes_any_entry.json | */seeded_c/credits_own.json | */seeded_c/leads_out_of_sync.json | */libraft/lost_write.json) echo true ;;
    *) echo false ;;
    esac
}

# explained SCENARIO: explains it, and checks what can be said of every explanation.
explained() {
    local found status=0
    found=$("$LDFI" explain "$1" --json) || status=$?
    [ "$status" -eq 1 ] && jq -e '(.broken | length > 0) and (.story | length > 0) and
            (.story | map(.time) == (map(.time) | sort)) and
            (.broken_without_faults or (.lacks + .missing + .new + .instead | length > 0)) and
            ([.lacks[] | select(.supports == [] and .closed_by == [])] == []) and
            ($known or [.missing[], .new[] | select(.kind == "unexplained")] == [])' \
            --argjson known "$(scans "$1")" <<<"$found" >/dev/null ||
        echo "not well explained: $1"
}

@test "every counterexample of the project can be explained, with a reason where faults are to blame" {
    # A corpus entry has no expectation; inputs left open are searched by `ldfi sweep`.
    jq -r 'select((.expect // "counterexample") == "counterexample" and (.choose | not)) |
        input_filename' "$ROOT"/scenarios/*/*.json >scenarios
    [ "$(wc -l <scenarios)" -ge 50 ]
    export -f explained scans
    export LDFI
    run xargs -P 2 -I {} bash -c 'explained {}' <scenarios
    equal "$output" ""
}
