#!/usr/bin/env bats
# ci/bench: what it measures with, and that it notices what must not be. No test here asserts a time.

load common

BENCH=$ROOT/ci/bench
FIRINGS=$(dirname "$LDFI")/bench/firings
export LDFI PYTHONDONTWRITEBYTECODE=1

# bench ARGUMENT...: runs ci/bench/bench, and leaves its report in out/.
bench() {
    run --separate-stderr timeout 600 "$BENCH/bench" --quick --to out --firings "$FIRINGS" "$@"
}

# lie PATTERN FILTER: makes ./liar an ldfi whose JSON goes through the jq filter if its arguments
# match the pattern.
lie() {
    printf '#!/bin/sh\ncase "$* " in\n%s) "%s" "$@" | jq "%s" ;;\n*) exec "%s" "$@" ;;\nesac\n' \
        "$1" "$LDFI" "$2" "$LDFI" >liar
    chmod +x liar
}

@test "the paper's rows: never more executions than published, a tenth where there are many" {
    bench --part paper
    echo "$output$stderr"
    [ "$status" -eq 0 ]
    [ "$(grep -c '| met' out/results.md)" -eq 10 ]
}

@test "kafka's bounds are the first at which its good run promises something" {
    ldfi 1 run "$ROOT/scenarios/kafka/replication_7_4_1.json" --eot 5 --json
    json '.good_run.pre == 0'
    ldfi 1 run "$ROOT/scenarios/kafka/replication_7_4_1.json" --eot 6 --json
    json '.good_run.pre > 0'
}

@test "a search that needs too many executions, or certifies what is broken, fails the benchmark" {
    lie '*"--search lineage "*' '.checks += 1000'
    LDFI=./liar bench --part paper
    [ "$status" -eq 1 ]
    says "$stderr" 'missed: 3pc <9,7,1>: 1002 executions, at most 5 allowed'
    lie '*"--search lineage "*' '.verdict = \"certified\"'
    LDFI=./liar bench --part paper --part searches
    [ "$status" -eq 1 ]
    says "$stderr" 'missed: simple <4,2,0>: .*lineage search says certified, right is counterexample'
    says "$stderr" 'missed: primary_backup/rung3: lineage says certified, exhaustive counterexample'
    lie '*grow*' '.vacuous = true'
    LDFI=./liar bench --part growth
    [ "$status" -eq 1 ]
    says "$stderr" 'missed: growth, eot 12, lineage: certified, vacuous'
}

@test "the other parts run, and the report and the plots hold what they measured" {
    is_sanitized && skip "it measures nothing under a sanitizer"
    bench --part searches --part spin --part engine --part native --part growth
    echo "$stderr"
    [ "$status" -eq 0 ]
    local part
    for part in 'Three searches' 'Where the time goes' 'Beside SPIN' \
        'Firings per second' 'What the store costs' 'Handler calls per second' 'In C and as rules' 'Growth'; do
        says "$(cat out/results.md)" "^## $part"
    done
    refute grep -q 'failed' out/results.md
    equal "$output" "$(cat out/results.md)"
    local axis
    for axis in eot replicas writes crashes; do
        says "$(cat out/results.md)" "growth_$axis.svg"
        says "$(cat out/growth_$axis.svg)" '^</svg>$'
        [ "$(grep -c '<circle\|gpPt' out/growth_$axis.svg)" -gt 4 ]
    done
    # rung 3 within <22,0,1>: 1 + 3 * 22 schedules, all run when all minimal ones are asked for.
    says "$(cat out/results.md)" '^\| rung3 \| <22,0,1> \| counterexample \| 561 '
}

@test "the Promela models are the protocols: the same verdict on every schedule" {
    run "$BENCH/equivalence" --quick
    echo "$output"
    [ "$status" -eq 0 ]
    equal "$output" "retry <4,2,1>: 49 schedules, 2 break the promise: SPIN and ldfi agree on all
rung3 <22,0,1>: 67 schedules, 2 break the promise: SPIN and ldfi agree on all"
}

@test "a Promela model that is another protocol, or leaves out faults, is caught" {
    cp "$BENCH"/spin/*.pml .
    sed -i 's/round == 8/round == 9/' rung3.pml # the second write comes a round later
    run "$BENCH/equivalence" --quick --model rung3 --models .
    [ "$status" -eq 1 ]
    says "$output" 'crash\(c,11\): SPIN says kept, ldfi replay the contrary'
    says "$output" 'minimal to SPIN alone: crash\(c,12\)'
    sed 's/CRASHES \&\& !crashed\[node\]/& \&\& node != 2/' "$BENCH/spin/retry.pml" >retry.pml
    run "$BENCH/equivalence" --quick --model retry --models .
    [ "$status" -eq 1 ]
    says "$output" 'SPIN leaves out: crash\(c,'
}

@test "rung 5 grows: certified with more replicas and writes, and not for want of a promise" {
    local replicas
    for replicas in 3 4 6; do
        "$BENCH/grow" --replicas $replicas --writes 3 --eot 20 --crashes 1 --to .
        for search in lineage exhaustive; do
            ldfi 0 run grow.json --search $search --json
            # Three writes acknowledged, and three slots on every replica.
            json '.verdict == "certified"' ".good_run.pre == 3 + 3 * $replicas" '.warnings == []'
        done
    done
}

@test "a grown scenario finds the bug where there is one" {
    # Copies leave one a round from round 2 on, slot by slot, to a, a1, a2, b. If c crashes after the
    # first copy of a slot and before the last, b, which is promoted, does not have it, and without
    # trimming the others keep it. Slot 1: rounds 3 to 5, and so on.
    "$BENCH/grow" --replicas 5 --crashes 1 --rung rung4_terms_only --to .
    ldfi 1 run grow.json --all --json
    json '[.counterexamples[].crashes[] | .node] | unique == ["c"]' '.complete' '.warnings == []' \
        '[.counterexamples[].crashes[].times[]] | sort == [3,4,5, 7,8,9, 11,12,13, 15,16,17]'
    # And too little time is noticed.
    "$BENCH/grow" --crashes 1 --eot 9 --to .
    ldfi 1 run grow.json --search exhaustive --quiet
}

@test "the benchmark of firings runs the scenario that ldfi runs" {
    ldfi 0 run "$ROOT/scenarios/primary_backup/rung4.json" --json
    local firings
    firings=$(jq .good_run.firings <<<"$output")
    run --separate-stderr "$FIRINGS" "$ROOT/scenarios/primary_backup/rung4.json" 1 0.001
    [ "$status" -eq 0 ]
    json ".firings == $firings" '.recorded.firings_per_second > 0' '.unrecorded.runs_per_second > 0'
    run "$FIRINGS" none.json
    [ "$status" -eq 2 ]
    says "$output" 'none.json'
}

@test "bad arguments end with status 2" {
    local words
    for words in '--seconds 0' '--part everything' '--seconds x'; do
        # shellcheck disable=SC2086
        run "$BENCH/bench" $words
        [ "$status" -eq 2 ]
    done
    run "$BENCH/grow" --replicas 2 --to .
    [ "$status" -eq 2 ]
    says "$output" "expected a number from 3 to 12, not '2'"
    run "$BENCH/equivalence" --model rung9
    [ "$status" -eq 2 ]
}
