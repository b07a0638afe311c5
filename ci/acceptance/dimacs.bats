#!/usr/bin/env bats
# `ldfi run --dimacs`: the formula, and what the picosat program says of it.

load common

# answers FORMULA STATUS: picosat ends with 10 for satisfiable, with 20 for unsatisfiable.
answers() {
    run timeout 60 picosat -n "$1"
    equal "$status" "$2"
}

# Is a comment there for each variable, and are header and clauses what DIMACS asks for?
assert_well_formed() {
    local variables clauses
    read -r _ _ variables clauses < <(grep '^p cnf' "$1")
    equal "$(sed -n 's/^c \([0-9][0-9]*\) .*/\1/p' "$1" | sort -n)" "$(seq "$variables")"
    equal "$(grep -vc '^[cp]' "$1")" "$clauses"
    refute grep -qE '^c [0-9]+ *$' "$1"
    equal "$(grep -v '^[cp]' "$1" | grep -vcE '^(-?[1-9][0-9]* )*0$')" 0
}

@test "picosat finds the formula of every certified scenario unsatisfiable" {
    local scenario count=0
    for scenario in "$ROOT"/scenarios/{delivery,commit,kafka,paxos}/*.json; do
        [ "$(jq -r 'select(.eot != "sweep").expect' "$scenario")" = certified ] || continue
        echo "$scenario"
        ldfi 0 run "$scenario" --dimacs formula.cnf --json
        json '.verdict == "certified"'
        assert_well_formed formula.cnf
        answers formula.cnf 20
        count=$((count + 1))
    done
    [ "$count" -ge 7 ] # those that the paper and the issue name
}

@test "picosat finds nothing beside a complete list of counterexamples" {
    ldfi 1 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --all --dimacs formula.cnf --json
    json '.complete'
    assert_well_formed formula.cnf
    answers formula.cnf 20
}

@test "picosat finds hypotheses where a search was cut short" {
    ldfi 3 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --max-runs 1 --dimacs formula.cnf
    assert_well_formed formula.cnf
    answers formula.cnf 10
}

@test "the comments name the faults that are within the bounds and no others" {
    ldfi 3 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --max-runs 1 --dimacs formula.cnf
    says "$(cat formula.cnf)" '^c [0-9]+ omit\(a,b,1\)$'
    says "$(cat formula.cnf)" '^c [0-9]+ omit\(a,c,1\)$'
    refute grep -qE '^c [0-9]+ omit\([a-c],[a-c],[2-9]\)' formula.cnf
    says "$(cat formula.cnf)" '^c [0-9]+ .*crash.*a'
    ldfi 0 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 0 --dimacs formula.cnf
    refute grep -qE '^c [0-9]+ .*crash' formula.cnf
}

@test "a formula that cannot be written is an error that names the file" {
    local path
    for path in nowhere/formula.cnf . /dev/full; do
        run --separate-stderr timeout 60 "$LDFI" run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 \
            -c 1 --dimacs "$path"
        echo "$path: status $status, $stderr"
        [ "$status" -eq 2 ] || [ "$status" -eq 4 ]
        equal "$output" ""
        says "$stderr" "error: .*$path"
    done
    equal "$(snapshot)" ""
}

@test "a formula that does not fit on the disk leaves no half of it" {
    run --separate-stderr timeout 60 bash -c 'ulimit -f 1; exec "$0" "$@"' "$LDFI" run \
        "$DELIVERY/acknowledged.ded" -N a,b,c -t 8 -f 6 -c 1 --dimacs formula.cnf
    equal "$status" 4
    says "$stderr" 'error: .*formula.cnf'
    equal "$(snapshot)" ""
}

@test "a search that makes no formula rejects --dimacs" {
    local search
    for search in exhaustive random; do
        ldfi 2 run "$DELIVERY/retry.ded" -N a,b,c -t 4 -f 2 -c 1 --search $search \
            --dimacs formula.cnf
        says "$(head -1 <<<"$stderr")" '^command line:1:[0-9]+: error: .*--dimacs'
    done
    equal "$(snapshot)" ""
}
