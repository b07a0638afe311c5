#!/usr/bin/env bats
# Bad input: status 2, a message that begins with its place and says what to do, and nothing written.

load common

BOUNDS="-N a,b -t 3 -f 2 -c 0"

# rejects PLACE MESSAGE ARGUMENT...: ldfi must say so (regular expressions) in text and in JSON, and
# must leave the folder as it is, whatever files it was asked to write.
rejects() {
    local place=$1 message=$2 before command=$3
    shift 3
    local -a keep=()
    [ "$command" = run ] && keep=(--db left.db --dimacs left.cnf --proof left.rup)
    before=$(snapshot)
    ldfi 2 "$command" "$@" "${keep[@]}"
    equal "$output" ""
    says "$(head -1 <<<"$stderr")" "^$place:[0-9]+:[0-9]+: error: .*$message"
    local text
    text=$(head -1 <<<"$stderr")
    ldfi 2 "$command" "$@" "${keep[@]}" --json
    equal "$stderr" ""
    # The command line is not the same with --json at its end, but the place is.
    equal "$(jq -r '.error | "\(.file):\(.line):\(.column): error: \(.message)"' <<<"$output")" \
        "$text"
    equal "$(snapshot)" "$before"
}

# scenario KEY JSON: a scenario that is right but for this key (null: without it).
scenario() {
    jq --null-input --argjson value "$2" "{model: [\"kept.ded\"], nodes: [\"a\", \"b\"], eot: 3,
        eff: 2, crashes: 0} | .$1 = \$value | with_entries(select(.value != null))" >scenario.json
}

# model TEXT: model.ded, with a promise unless the text has one.
model() {
    printf '%s\n' "$1" >model.ded
    grep -q '^pre' model.ded ||
        printf '%s\n' 'pre(X) :- p(_, X);' 'post(X) :- p(_, X);' >>model.ded
}

@test "a file that is missing, a folder or no text is named" {
    write_kept_model
    rejects none.json 'scenario: No such file' run none.json
    rejects none.ded 'none.ded.*No such file' run none.ded $BOUNDS
    mkdir folder.json folder.ded
    rejects 'command line' 'folder.json is a folder' run folder.json
    rejects 'command line' 'folder.ded is a folder' run folder.ded $BOUNDS
    scenario model '["none.ded"]'
    rejects none.ded 'No such file' run scenario.json
    printf 'p("a",\0' >zero.ded
    rejects zero.ded 'zero byte' run zero.ded $BOUNDS
    echo 'include "none.ded";' >model.ded
    rejects model.ded 'none.ded' run model.ded $BOUNDS
    rejects none.json 'scenario' replay none.json
    rejects none.json 'scenario' check none.json
}

@test "files that include each other are shown as a circle" {
    echo 'include "second.ded";' >first.ded
    echo 'include "third.ded";' >second.ded
    echo 'include "first.ded";' >third.ded
    rejects third.ded 'first.ded -> second.ded -> third.ded -> first.ded' run first.ded $BOUNDS
    echo 'include "self.ded";' >self.ded
    rejects self.ded 'self.ded -> self.ded' run self.ded $BOUNDS
}

@test "a file that is reached twice without a circle is no error" {
    write_kept_model
    echo 'include "kept.ded";' >one.ded
    echo 'include "kept.ded"; include "one.ded";' >two.ded
    ldfi 0 run two.ded one.ded kept.ded $BOUNDS
}

@test "a scenario that is no JSON is rejected where it goes wrong" {
    local text
    for text in '' '{' '{"model": ["m.ded"],}' '{"eot": 1} x' '{"eot": .}' 'eot = 3' '{"model": "m'; do
        printf '%s' "$text" >scenario.json
        echo "scenario: $text"
        rejects scenario.json 'JSON' run scenario.json
    done
    printf '{"model": ["m.ded"],\n "eot": 3,\n "eff" 2}' >scenario.json
    rejects 'scenario.json' 'JSON' run scenario.json
    says "$(jq -r .error.line <<<"$output")" '^3$'
    for text in '[]' '1' '"x"' 'null'; do
        printf '%s' "$text" >scenario.json
        rejects scenario.json 'object' run scenario.json
    done
}

@test "JSON that is nested without end is rejected" {
    head -c 100000 /dev/zero | tr '\0' '[' >scenario.json
    rejects scenario.json 'JSON' run scenario.json
    printf '{"model": %s}' "$(head -c 500 /dev/zero | tr '\0' '[')$(head -c 500 /dev/zero |
        tr '\0' ']')" >scenario.json
    rejects scenario.json 'model' run scenario.json
}

@test "an unknown key is rejected with the nearest one that there is" {
    write_kept_model
    scenario crashs 1
    rejects scenario.json 'crashs.*did you mean "crashes"' run scenario.json
    scenario imune '["a"]'
    rejects scenario.json 'imune.*did you mean "immune"' run scenario.json
    scenario EOT 3
    rejects scenario.json '"EOT"' run scenario.json
    scenario completely_different 3
    rejects scenario.json 'completely_different.*schema.json' run scenario.json
    # The place is that of the key.
    printf '{"model": ["kept.ded"],\n  "nodse": ["a"]}' >scenario.json
    rejects scenario.json 'nodse.*"nodes"' run scenario.json
    json '.error.line == 2' '.error.column == 3'
}

@test "a key that is there twice is rejected" {
    echo '{"model": ["m.ded"], "eot": 3, "eot": 4}' >scenario.json
    rejects scenario.json '"eot".*twice' run scenario.json
}

@test "a value of the wrong type is rejected with what was expected" {
    write_kept_model
    local key value
    while read -r key value expected; do
        scenario "$key" "$value"
        echo "$key: $value"
        rejects scenario.json "\"$key\" must be .*$expected" run scenario.json
    done <<'END'
model "kept.ded" list
model [1] strings
nodes "a,b" list
nodes [1,2] strings
eot "3" number
eot 2.5 whole
eot -1 0 or more
eff "2" number
eff 1e300 number
crashes [1] number
crashes true number
omissions "none" number
omissions -1 0 or more
immune "a" list
inputs "late.ded" list
oracle "lenient" "strict" or "molly"
oracle 1 "strict"
expect "success" "counterexample"
expect true "certified"
END
}

@test "bounds that make no sense are rejected" {
    write_kept_model
    scenario eff 4
    rejects scenario.json 'EFF is 4 and EOT is 3' run scenario.json
    scenario eff 3 # EFF may equal EOT
    ldfi 0 run scenario.json
    scenario crashes 3
    rejects scenario.json '3 nodes .* crash .* 2' run scenario.json
    scenario crashes 2
    ldfi 0 run scenario.json
    scenario eot 0
    rejects scenario.json 'EOT is 0' run scenario.json
    scenario eot 999999
    rejects scenario.json 'EOT is 999999' run scenario.json
    rejects 'command line' 'EFF is 4 and EOT is 3' run kept.ded -N a,b -t 3 -f 4 -c 0
    rejects 'command line' '3 nodes' run kept.ded -N a,b -t 3 -f 2 -c 3
    rejects 'command line' 'EOT is 0' run kept.ded -N a,b -t 0 -f 0 -c 0
    rejects 'command line' 'EFF is 4' check kept.ded -N a,b -t 3 -f 4 -c 0
    rejects 'command line' 'EFF is 4' replay kept.ded -N a,b -t 3 -f 4 -c 0
}

@test "options are checked against the scenario that they override" {
    write_kept_model
    scenario eff 3
    rejects scenario.json 'EFF is 3 and EOT is 2' run scenario.json --eot 2
}

@test "what a scenario leaves out is named, with the key and the option" {
    write_kept_model
    local key
    for key in eot eff crashes; do
        scenario $key null
        rejects scenario.json "\"$key\".*--$key" run scenario.json
    done
    scenario nodes null
    rejects scenario.json 'no nodes' run scenario.json
    scenario nodes '[]'
    rejects scenario.json 'no nodes' run scenario.json
    scenario model null
    rejects scenario.json 'no model' run scenario.json
    rejects 'command line' 'name a scenario' run
    rejects 'command line' '--eot' run kept.ded -N a,b -f 2 -c 0
}

@test "nodes are named once each, and immune ones are nodes" {
    write_kept_model
    scenario nodes '["a", "b", "a"]'
    rejects scenario.json 'node a is named twice' run scenario.json
    rejects 'command line' 'node b is named twice' run kept.ded -N a,b,b -t 3 -f 2 -c 0
    scenario nodes '["a", ""]'
    rejects scenario.json 'name is empty' run scenario.json
    scenario immune '["bb"]'
    rejects scenario.json 'bb .*no node; the nodes are a, b' run scenario.json
}

@test "a model promises something: it has pre and post, of one arity" {
    echo 'p("a", 1)@1;' >model.ded
    rejects model.ded 'pre' run model.ded $BOUNDS
    model 'pre(X) :- p(_, X); p("a", 1)@1;'
    rejects model.ded 'derives post' run model.ded $BOUNDS
    printf '%s\n' 'p("a", 1)@1;' 'post(X) :- p(_, X);' >model.ded
    rejects model.ded 'derives pre' run model.ded $BOUNDS
    printf '%s\n' 'p("a", 1)@1;' 'pre(X) :- p(_, X);' 'post(X, X) :- p(_, X);' >model.ded
    rejects model.ded 'same number of arguments' run model.ded $BOUNDS
    json '.error.line == 3'
}

@test "a fact that a cycle through notin leaves undefined is named, with the rules and the time" {
    model 'p("a", 1)@2;
q(N, X) :- p(N, X), notin r(N, X);
r(N, X) :- p(N, X), notin q(N, X);'
    for search in lineage exhaustive; do
        before=$(snapshot)
        ldfi 2 run model.ded $BOUNDS --search $search --db left.db
        says "$(head -1 <<<"$stderr")" '^model.ded:[23]:1: error: at time 2 .*q\("a", 1\)'
        says "$stderr" 'r\("a", 1\)'
        says "$stderr" 'model.ded:2'
        says "$stderr" 'model.ded:3'
        equal "$(snapshot)" "$before"
    done
    rejects model.ded 'time 2' run model.ded $BOUNDS
    rejects model.ded 'time 2' replay model.ded $BOUNDS
}

@test "a cycle through notin that no facts close is no error" {
    model 'p("a", 1)@1; p("a", 2)@1; p("a", 3)@1;
move("a", 1, 2)@1; move("a", 2, 3)@1;
win(N, X) :- move(N, X, Y), notin win(N, Y);
pre(X) :- win(_, X);
post(X) :- win(_, X), X == 2;'
    # 3 cannot move, so 2 wins and 1 does not.
    ldfi 0 run model.ded -N a -t 1 -f 0 -c 0 --json
    json '.good_run.pre == 1'
}

@test "a fault that leaves a fact undefined is named, and an old database stays as it was" {
    cat >model.ded <<'END'
say("a", "b")@1;
heard(Other, Node)@async :- say(Node, Other);
heard(Node, Other)@next :- heard(Node, Other);
up("a", 1)@1;
up(N, X)@next :- up(N, X);
lies(N, X) :- up(N, X), now(N), notin heard("b", _), notin lies(N, X);
now("a")@3;
pre(X) :- up(_, X), notin lies(_, X), heard("b", _);
post(X) :- up(_, X), heard("b", _);
END
    ldfi 0 run model.ded -N a,b -t 3 -f 1 -c 0 --db runs.db
    ldfi 2 run model.ded -N a,b -t 3 -f 2 -c 0 --search exhaustive
    ldfi 2 run model.ded -N a,b -t 3 -f 2 -c 0 --db runs.db
    says "$(head -1 <<<"$stderr")" '^model.ded:6:1: error: at time 3 .*lies'
    says "$stderr" 'omit\(a,b,1\)'
    equal "$(query runs.db 'SELECT eff, verdict FROM search')" '1|certified'
    equal "$(query runs.db 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok
    equal "$(query runs.db 'SELECT count(*) FROM runs WHERE search <> 1')" 0
}

@test "a type conflict names both places" {
    model 'p("a", 1)@1;
p("a", "x")@1;'
    rejects model.ded 'model.ded:1:8' run model.ded $BOUNDS
    json '.error.line == 2' '.error.column == 8'
    model 'p("a", 1)@1;
q(N, X) :- p(N, X), X == "one";'
    rejects model.ded 'string|integer' run model.ded $BOUNDS
    model 'p("a", "x")@1;
q(N, X + 1) :- p(N, X);'
    rejects model.ded 'integer' run model.ded $BOUNDS
    model 'p("a", "x")@1;
q(N, sum<X>) :- p(N, X);'
    rejects model.ded 'integer' run model.ded $BOUNDS
}

@test "a wrong number of arguments names both places" {
    model 'p("a", 1)@1;
p("a")@1;'
    rejects model.ded '1 argument.* 2 at model.ded:1:1' run model.ded $BOUNDS
}

# Each line: a text that a message must hold, a tab, and a wrong model.
@test "a model that is against the language is rejected with what was expected" {
    local message text
    while IFS=$'\t' read -r message text; do
        printf '%s\n' "$text" 'p("a", 1)@1;' 'pre(X) :- p(_, X);' 'post(X) :- p(_, X);' >model.ded
        echo "model: $text"
        rejects model.ded "$message" run model.ded $BOUNDS
        json '.error.line == 1'
    done <<'END'
expected	p("a", 1)@1 p("a", 2)@1;
expected	q(N X) :- p(N, X);
:-	q(N, X) : p(N, X);
expected	q(N, X) :- p(N, X),;
expected	include kept.ded;
needs the time	p("a", 1);
constants	p("a", X)@1;
time	p("a", 1)@0;
64 bits	p("a", 9223372036854775808)@1;
crash	crash("a", "a", 1)@1;
crash	crash(N, N, 1) :- p(N, _);
absolute	q(N, X)@3 :- p(N, X);
variable Y	q(N, Y) :- p(N, X);
variable Y	q(N, X) :- p(N, X), Y > 1;
variable Y	q(N, X) :- p(N, X), notin p(N, Y), notin r(N, Y);
aggregate	q(N, mean<X>) :- p(N, X);
END
}

@test "a string or a comment that never ends is shown where it begins" {
    printf '%s\n' 'pre(X) :- p(_, X);' 'p("a, 1)@1;' >model.ded
    rejects model.ded 'closing quote' run model.ded $BOUNDS
    json '.error.line == 2' '.error.column == 3'
    model 'p("a", 1)@1; /* for ever'
    rejects model.ded 'comment never ends' run model.ded $BOUNDS
    json '.error.line == 1' '.error.column == 14'
}

@test "arithmetic that leaves 64 bits or divides by zero is named with rule, node and time" {
    model 'p("a", 0)@2;
q(N, 1 / X) :- p(N, X);'
    rejects model.ded 'divides by zero at a, time 2.*q\(N, ?1 ?/ ?X\)' run model.ded $BOUNDS
    model 'p("a", 9223372036854775807)@1;
q(N, X + 1) :- p(N, X);'
    rejects model.ded '64 bits.* at a, time 1' run model.ded $BOUNDS
    model 'p("a", 9223372036854775807)@1; p("a", 1)@1;
q(N, sum<X>) :- p(N, X);'
    rejects model.ded '64 bits.* at a, time 1' run model.ded $BOUNDS
}

@test "unknown options, commands and words are rejected with the nearest" {
    write_kept_model
    rejects 'command line' 'did you mean --immune' run kept.ded $BOUNDS --imune a
    rejects 'command line' 'unknown option -z' run kept.ded $BOUNDS -z
    ldfi 2 run kept.ded $BOUNDS --eot
    says "$stderr" '^command line:1:[0-9]+: error: --eot needs a value'
    rejects 'command line' "'many'" run kept.ded $BOUNDS --eot many
    rejects 'command line' "'-1'" run kept.ded $BOUNDS --max-runs -1
    rejects 'command line' "'99999999999999999999'" run kept.ded $BOUNDS --seed 99999999999999999999
    rejects 'command line' "'soon'" run kept.ded $BOUNDS --max-seconds soon
    rejects 'command line' 'strict and molly' run kept.ded $BOUNDS --oracle lenient
    rejects 'command line' 'lineage, exhaustive and random' run kept.ded $BOUNDS --search depth
    rejects 'command line' "all" run kept.ded $BOUNDS --record some
    scenario eot 3
    rejects 'command line' 'names its models itself' run kept.ded scenario.json
    ldfi 2 replya
    says "$stderr" '^command line:1:6: error: .*did you mean replay'
}
