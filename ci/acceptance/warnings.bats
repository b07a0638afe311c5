#!/usr/bin/env bats
# What is legal and most likely a mistake is said, so that no broken protocol is certified quietly.

load common

# warns LINES MODEL-TEXT: `check` accepts the model and says these words.
warns() {
    printf '%s\n' "$2" >m.ded
    ldfi 0 check m.ded -N a,b -t 3 -f 0 -c 0
    says "$stderr" "$1"
}

PROMISE='pre(X) :- p(X, _); post(X) :- p(X, _);'

@test "a variable that is called like a node and ranges over all of them" {
    warns '^m.ded:1:[0-9]+: warning: b is a variable here, for any value; the node is written "b"' \
        "p(b, X)@async :- q(N, X); q(\"a\", \"b\")@1; $PROMISE"
    warns 'warning: a is a variable here' \
        "p(N, X) :- q(N, X), notin crash(a, a, _); q(\"a\", \"b\")@1; $PROMISE"
}

@test "a variable that is called like a node and bound is no mistake" {
    printf '%s\n' "p(a, b) :- q(a, b); q(\"a\", \"b\")@1; $PROMISE" >m.ded
    ldfi 0 check m.ded -N a,b -t 3 -f 0 -c 0
    equal "$stderr" ""
}

@test "a protocol's rule that reaches another node without a message" {
    local model="p(Y, X) :- q(X, Y); s(X, Y)@async :- p(X, Y); q(\"a\", \"b\")@1; $PROMISE"
    warns '^m.ded:1:1: warning: .*at another node .*without a message.*@async' "$model"
    ldfi 2 check m.ded -N a,b -t 3 -f 0 -c 0 --strict-locality
    says "$stderr" '^m.ded:1:1: error: .*strict locality'
    # What serves the promise alone may.
    printf '%s\n' "p(Y, X) :- q(X, Y); q(\"a\", \"b\")@1; $PROMISE" >m.ded
    ldfi 0 check m.ded -N a,b -t 3 -f 0 -c 0 --strict-locality
    equal "$stderr" ""
}

@test "a fact that lives on no node" {
    warns '^m.ded:1:[0-9]+: warning: this fact lives on no node: .*did you mean "a"' \
        "q(\"A\", \"b\")@1; p(\"a\", \"b\")@1; $PROMISE"
}

@test "what is expected to be certified is not, when nothing is promised" {
    printf '%s\n' 'p("a", "b")@1;' "$PROMISE" >m.ded
    echo '{"model": ["m.ded"], "nodes": ["a", "b"], "eot": 3, "eff": 0, "crashes": 0,
           "expect": "certified"}' >s.json
    ldfi 1 run s.json
    says "$output" '^s: certified: VACUOUS, for nothing is promised$'
    says "$stderr" 'warning: vacuous: .*@next'
    ldfi 1 run s.json --json
    json '.verdict == "certified"' '.vacuous' '.expect == "certified"'
    # Without an expectation it is what it is.
    ldfi 0 run m.ded -N a,b -t 3 -f 0 -c 0
}

@test "a promise that only faults make, and that they break, is a counterexample and no warning" {
    cat >m.ded <<'END'
n("a", "b")@1; n("b", "a")@1; n(X, Y)@next :- n(X, Y);
hello(Y, X)@async :- n(X, Y)@1, n(X, Y);
heard(Y, X) :- hello(Y, X);
heard(Y, X)@next :- heard(Y, X);
pre(X) :- n(X, Y), notin heard(X, Y);
post(X) :- n(X, Y), heard(X, Y);
END
    ldfi 1 run m.ded -N a,b -t 3 -f 3 -c 0
    refute grep -q vacuous <<<"$stderr"
}

@test "options without effect say so" {
    printf '%s\n' 'p("a", "b")@1; p(X, Y)@next :- p(X, Y);' "$PROMISE" >m.ded
    ldfi 0 run m.ded -N a,b -t 3 -f 0 -c 0 --runs 5 --record all
    says "$stderr" 'warning: --runs is for --search random; --max-runs'
    says "$stderr" 'warning: --record all records nothing without --db'
}

@test "a beginner's slips in a rule are answered with what to write" {
    local slip answer
    while IFS='|' read -r slip answer; do
        printf '%s\n' "$slip" "$PROMISE" >m.ded
        ldfi 2 check m.ded -N a,b -t 3 -f 0 -c 0
        echo "$slip: $stderr"
        says "$stderr" "^m.ded:1:[0-9]+: error: .*$answer"
    done <<'END'
p(X, Y) :- q(X, Y), not r(X);|negation is written notin
p(X, Y) :- q(X, Y), X => Y;|did you mean '>='
p(X, Y) :- q(X, Y), X == 'c';|double quotes
p(X, Y) :- q(X, Z);|nothing gives the variable Y a value
END
}
