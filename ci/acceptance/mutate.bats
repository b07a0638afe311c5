#!/usr/bin/env bats
# ci/mutate: one rule is changed at a time, and the scenarios should notice.

load common

setup() {
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1
    mkdir model ask
    echo 'got(B, M)@async :- say(A, M), knows(A, B), A != B;' >model/send.ded
    cat >model/tiny.ded <<'END'
include "send.ded";
got(B, M)@next :- got(B, M);
say("a", "x")@1;
knows("a", "b")@1;
pre(M) :- say("a", M)@1;
post(M) :- got("b", M);
END
    # Nothing is ever lost; and the message of time 1 may be.
    scenario calm 0 certified
    scenario lossy 2 counterexample
}

# scenario NAME EFF EXPECTED [CRASHES]
scenario() {
    cat >"ask/$1.json" <<END
{"model": ["../model/tiny.ded"], "nodes": ["a", "b"], "eot": 3, "eff": $2, "crashes": ${4:-0},
 "expect": "$3"}
END
}

# mutate STATUS ARGUMENT...
mutate() {
    local wanted=$1
    shift
    run --separate-stderr timeout 120 "$ROOT/ci/mutate" --ldfi "$LDFI" "$@"
    [ "$status" -eq "$wanted" ] && return
    printf 'status %s instead of %s\n%s\n%s\n' "$status" "$wanted" "$output" "$stderr"
    return 1
}

# By hand, of the rule in send.ded. Without the rule, with "notin knows(A, B)" and with A == B nothing
# arrives. Without "say(A, M)", and with notin before it, nothing binds M. Without "knows(A, B)" it
# goes to all others, which is b. Nobody knows himself, so that A != B makes no difference. And as
# nothing is lost, it makes none that it is a message.
@test "what no scenario needs survives, what breaks one is killed, what is no model is rejected" {
    mutate 0 model/send.ded --scenarios ask/calm.json --json
    json '.mutants == 9' '.tried == 9' '.killed == 3' '.rejected == 2' '.survived == 4' \
        '.unfinished == 0' '.equal == 0' '.scenarios[0].kills == 3'
    equal "$(jq -r '.survivors[] | "\(.file):\(.line): \(.change)"' <<<"$output")" \
        'model/send.ded:1: @async becomes no suffix
model/send.ded:1: @async becomes @next
model/send.ded:1: term dropped: knows(A, B)
model/send.ded:1: term dropped: A != B'
    equal "$(jq -r '.survivors[3] | .old, .new' <<<"$output")" \
        'got(B, M)@async :- say(A, M), knows(A, B), A != B;
got(B, M)@async :- say(A, M), knows(A, B);'
}

@test "a further scenario kills more, also where it breaks no longer" {
    mutate 0 model/send.ded --scenarios ask
    says "$output" '^mutate: 9 mutants and 0 equal to another; 9 tried in [0-9]+ s: 5 killed, 2 rejected, 0 unfinished, 2 survived$'
    says "$output" '^model/send.ded:1: survived: term dropped: knows\(A, B\)$'
    says "$output" '^  \+ got\(B, M\)@async :- say\(A, M\), knows\(A, B\);$'
    refute grep -q 'becomes' <<<"$output"
}

@test "the number of jobs changes nothing, and what is there stays as it is" {
    local before first
    before=$(snapshot)
    mutate 0 model/*.ded --scenarios ask --json --jobs 1
    first=$(without_seconds <<<"$output")
    mutate 0 model/*.ded --scenarios ask --json --jobs 3
    equal "$(without_seconds <<<"$output")" "$first"
    equal "$(snapshot)" "$before"
}

# The changes of what comes on standard input, which makes no difference: one a line.
changes() {
    cat >model/send.ded
    mutate 0 model/send.ded --scenarios ask/calm.json --json
    jq -r '.survivors[] | "\(.line) \(.change)"' <<<"$output"
}

@test "each kind of change is made, and equal ones once" {
    local rule='got(B, M)@async :- say(A, M), knows(A, B);'
    # No less than 0, and no time of a fact; the strings of the first column are "a" and "b".
    equal "$(printf '%s\n' "$rule" '// A comment; with "a word".' 'count("a", 0)@1;' 'count("b", 7)@1;' |
        changes | grep -v '^1 ')" '3 "a" becomes "b"
3 0 becomes 1
4 "b" becomes "a"
4 7 becomes 6
4 7 becomes 8'
    equal "$(printf '%s\n' "$rule" 'r(N) :- say(N, _), 1 < 2, "y" <= "z";' | changes | grep 'becomes' |
        grep '^2')" '2 no suffix becomes @next
2 < becomes <=
2 < becomes >=
2 1 becomes 0
2 1 becomes 2
2 2 becomes 1
2 2 becomes 3
2 <= becomes <
2 <= becomes >
2 "y" becomes "z"
2 "z" becomes "a"'
    # A time that a body names is no less than 1.
    equal "$(printf '%s\n' "$rule" 'r(N) :- say(N, _)@1;' | changes | grep '^2 [0-9]')" '2 1 becomes 2'
    # Of two equal terms either may go. A message to oneself is no change.
    equal "$(printf '%s\n' "$rule" 'least(N, min<M>) :- say(N, M), knows(N, N), knows(N, N);' | changes |
        grep '^2')" '2 rule dropped
2 no suffix becomes @next
2 min becomes max
2 term dropped: knows(N, N)
2 notin added: knows(N, N)
2 notin added: knows(N, N)'
}

@test "a sample is the same for the same seed, and no more than there is" {
    local first
    mutate 0 model/*.ded --scenarios ask --sample 5 --seed 7 --json
    json '.tried == 5' '.mutants > 20'
    first=$(without_seconds <<<"$output")
    mutate 0 model/*.ded --scenarios ask --sample 5 --seed 7 --json
    equal "$(without_seconds <<<"$output")" "$first"
    mutate 0 model/send.ded --scenarios ask --sample 100 --json
    json '.tried == 9'
}

@test "where the budget is too small, only another scenario can kill" {
    cat >hurried <<END
#!/bin/sh
case \$2 in
$PWD/*) ;;
*/calm.json) echo '{"verdict": "incomplete", "vacuous": false, "runs": 1, "good_run": {"facts": 1}}'; exit 3 ;;
esac
exec "$LDFI" "\$@"
END
    chmod +x hurried
    # What lossy kills is no message; it rejects what has no M.
    mutate 0 model/send.ded --scenarios ask --ldfi ./hurried --json
    json '.killed == 2' '.rejected == 2' '.unfinished == 5' '.survived == 0'
    says "$(jq -r '.undecided[].change' <<<"$output")" '^rule dropped$'
}

@test "--fail-on-survivors is status 1 when there are any" {
    mutate 1 model/send.ded --scenarios ask --fail-on-survivors
    # Now c must not have it, so that it matters whom a knows, and nothing is written in vain.
    echo 'got(B, M)@async :- say(A, M), knows(A, B);' >model/send.ded
    sed -i 's/^post.*/bad(M) :- got("c", M);\npost(M) :- got("b", M), notin bad(M);/' model/tiny.ded
    sed -i 's/"a", "b"/"a", "b", "c"/' ask/*.json
    mutate 0 model/send.ded --scenarios ask --fail-on-survivors
    says "$output" ': 5 killed, 2 rejected, 0 unfinished, 0 survived$'
}

@test "bad arguments end with status 2 and say why" {
    mutate 2 model/send.ded
    mutate 2 --scenarios ask
    mutate 2 model/send.ded --scenarios ask --jobs 0
    mutate 2 model/none.ded --scenarios ask
    says "$stderr" 'none.ded'
    mutate 2 model/send.ded --scenarios none.json
    says "$stderr" 'none.json'
    mutate 2 model/send.ded --scenarios model
    says "$stderr" 'no scenario in model'
    echo 'p("a")@1;' >model/apart.ded
    mutate 2 model/apart.ded --scenarios ask
    says "$stderr" 'no scenario reads model/apart.ded'
    echo 'p("a")@1' >model/send.ded
    mutate 2 model/send.ded --scenarios ask
    says "$stderr" 'send.ded: .*semicolon'
}

@test "a scenario that does not end as it expects, or in time, is no measure" {
    scenario calm 2 certified
    mutate 2 model/send.ded --scenarios ask
    says "$stderr" "ask/calm.json should end with 'certified', and without a change it ends with 'counterexample'"
    mutate 0 model/send.ded --scenarios ask/lossy.json --sample 1
}

@test "what ldfi does not run is left out of a folder, and an error where it is named" {
    jq 'del(.nodes)' ask/calm.json >ask/odd.json
    mutate 0 model/send.ded --scenarios ask
    says "$stderr" '^left out: ask/odd.json: .*nodes'
    says "$output" ': 5 killed, 2 rejected, 0 unfinished, 2 survived$'
    rm ask/calm.json ask/lossy.json
    mutate 2 model/send.ded --scenarios ask
    says "$stderr" 'no scenario that ldfi runs reads model/send.ded'
    mutate 2 model/send.ded --scenarios ask ask/odd.json
    says "$stderr" "odd.json should end with 'certified', and without a change it ends with 'error': .*nodes"
}

@test "an ldfi that fails is status 4, and no kill" {
    printf '%s\n' '#!/bin/sh' 'echo "killed" >&2' 'exit 137' >broken
    chmod +x broken
    run --separate-stderr "$ROOT/ci/mutate" --ldfi ./broken model/send.ded --scenarios ask
    equal "$status" 4
    says "$stderr" 'status 137: killed'
}

@test "--help says what a mutant is, and what each end means" {
    mutate 0 --help
    says "$output" 'A mutant is'
    says "$output" 'survived +when every scenario'
}
