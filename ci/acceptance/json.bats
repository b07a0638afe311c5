#!/usr/bin/env bats
# The keys of --json are stable: programs read them.

load common

# Every key of a run's object with the type of its value, one a line.
SHAPE='paths(type != "null" and . != []) as $p | getpath($p) |
    "\($p | map(if type == "number" then "[]" else . end) | join(".")) \(type)"'

shape() {
    jq -r "$SHAPE" <<<"$output" | sort -u
}

@test "a run has all keys, with their types" {
    cp "$DELIVERY"/*.ded .
    echo '{"model": ["retry.ded"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 1,
           "omissions": 1, "immune": ["c"], "expect": "counterexample"}' >scenario.json
    ldfi 0 run scenario.json --json
    local got wanted
    got=$(shape)
    wanted=$(sort <<'END'
tool string
version string
scenario string
model array
model.[] string
nodes array
nodes.[] string
bounds object
bounds.eot number
bounds.eff number
bounds.crashes number
bounds.omissions number
bounds.immune array
bounds.immune.[] string
oracle string
search string
verdict string
expect string
complete boolean
vacuous boolean
runs number
checks number
hypotheses number
good_run object
good_run.messages number
good_run.facts number
good_run.firings number
good_run.pre number
good_run.post number
counterexamples array
counterexamples.[] object
counterexamples.[].omissions array
counterexamples.[].omissions.[] object
counterexamples.[].omissions.[].from string
counterexamples.[].omissions.[].to string
counterexamples.[].omissions.[].time number
counterexamples.[].crashes array
counterexamples.[].crashes.[] object
counterexamples.[].crashes.[].node string
counterexamples.[].crashes.[].time number
counterexamples.[].crashes.[].times array
counterexamples.[].crashes.[].times.[] number
counterexamples.[].text string
counterexamples.[].broken array
counterexamples.[].broken.[] string
counterexamples.[].shape object
counterexamples.[].shape.promises array
counterexamples.[].shape.promises.[] string
counterexamples.[].shape.causes array
counterexamples.[].shape.causes.[] string
counterexamples.[].shape.rules array
counterexamples.[].shape.rules.[] object
counterexamples.[].shape.rules.[].file string
counterexamples.[].shape.rules.[].line number
counterexamples.[].shape.rules.[].text string
seconds object
seconds.total number
seconds.execute number
seconds.lineage number
seconds.solve number
seconds.store number
END
    )
    equal "$(grep -vx 'warnings array' <<<"$got")" "$wanted"
    json '.warnings | type == "array"' 'has("stopped_by") and .stopped_by == null' '.tool == "ldfi"' '.scenario == "scenario"' \
        '.model == ["retry.ded"]' '.nodes == ["a", "b", "c"]' \
        '.bounds == {"eot": 4, "eff": 2, "crashes": 1, "omissions": 1, "immune": ["c"]}' \
        '.oracle == "strict"' '.search == "lineage"' '.verdict == "counterexample"'
    equal "$(jq -r .version <<<"$output")" "$("$LDFI" --version | cut -d' ' -f2)"
}

@test "lists are there when they are empty, and no bound on omissions is null" {
    ldfi 0 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 0 -c 0 --json
    json '.counterexamples == []' '.warnings == []' '.bounds.immune == []' \
        '.bounds | has("omissions") and .omissions == null'
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --json
    json '.counterexamples[0].crashes == []'
}

@test "the good run is counted as defined" {
    # Of simple.ded with EOT 4, by hand: a sends two messages. Facts a time step: knows 6, at four
    # times 24; broadcast 1 at one; holds 1, 3, 3, 3 = 10; pre 0, 2, 2, 2 = 6 and post likewise
    # 0, 3, 3, 3, of which b and c are promised; leaves_out(a, b), (a, c) at time 1.
    ldfi 0 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 0 -c 0 --json
    json '.good_run.messages == 2' '.good_run.pre == 2' '.good_run.post == 3' \
        '.good_run.facts == 24 + 1 + 10 + 6 + 9 + 2' '.runs == 1' '.checks == 0'
}

@test "broken promises print as the model would write them" {
    ldfi 1 run "$DELIVERY/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --all --json
    json '[.counterexamples[].broken] == [["pre(\"c\", \"hello\")"], ["pre(\"b\", \"hello\")"]]'
}

@test "an error is one object with file, line, column and message" {
    echo '{"model": ["kept.ded"], "nodez": []}' >scenario.json
    ldfi 2 run scenario.json --json
    json '.error == {"file": "scenario.json", "line": 1, "column": 25, "message": .error.message}' \
        '.error.message | test("nodes")'
    equal "$stderr" ""
    ldfi 2 replay scenario.json --json
    json '.error.file == "scenario.json"'
    ldfi 2 check scenario.json --json
    json '.error.file == "scenario.json"'
    ldfi 2 run --json --eot x
    json '.error.file == "command line"' '.error.line == 1' '.error.message | type == "string"'
}

@test "an error without a place has null for its file" {
    cp "$DELIVERY"/*.ded .
    ldfi 4 run simple.ded -N a,b,c -t 4 -f 0 -c 0 --json --dimacs /dev/full
    json '.error.file == null' '.error.message | test("/dev/full")'
}

@test "output is one object, whatever the search" {
    for search in lineage exhaustive random; do
        ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --search $search --json
        equal "$(jq -s length <<<"$output")" 1
    done
}

@test "warnings name their place" {
    write_kept_model
    ldfi 0 run kept.ded -N a,b,unknown -t 2 -f 0 -c 0 --json
    json '.warnings | any(test("kept.ded") and test("unknown"))'
}

@test "names that JSON must escape come through whole" {
    printf '%s\n' 'p("a", "back\slash	tab é")@1; pre(X) :- p(_, X); post(X) :- p(_, X), X == "";' >m.ded
    ldfi 1 run m.ded -N a -t 1 -f 0 -c 0 --json
    equal "$(jq -r '.counterexamples[0].broken[0]' <<<"$output")" 'pre("back\slash	tab é")'
}

@test "names that are no UTF-8 make JSON all the same" {
    printf 'q("a\377","b")@1; q(X,Y)@next :- q(X,Y); pre(X) :- q(X,_); post(X) :- q(X,_);' >m.ded
    ldfi 0 run m.ded -N $'a\377',b -t 2 -f 0 -c 0 --json
    json '.nodes == ["a?", "b"]'
    iconv -f utf-8 -t utf-8 <<<"$output" >/dev/null
    printf '{"m\377": 1}' >s.json
    ldfi 2 run s.json --json
    json '.error.message | test("m\\?")'
}
