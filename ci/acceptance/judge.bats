#!/usr/bin/env bats
# ci/fuzz/judge: on random programs lineage search agrees with exhaustive search, and a program that
# gives wrong answers is caught.

setup() {
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LDFI=${LDFI:-$project/build/ldfi}
    # That the script catches a lie does not depend on how ldfi was built, and takes its time.
    if [ "$BATS_TEST_NUMBER" -gt 2 ] && grep -q __asan_init "$LDFI"; then skip "of the script alone"; fi
    export LDFI
    kept=$BATS_TEST_TMPDIR/kept
    liar=$BATS_TEST_TMPDIR/liar
}

judge() {
    run "$project/ci/fuzz/judge" --keep "$kept" "$@"
}

# lie WHERE FILTER: makes a program that is ldfi but for one jq filter on the answers where its
# arguments match WHERE; it exits as the changed verdict or promise demands.
lie() {
    cat > "$liar" <<END
#!/bin/sh
case " \$* " in
$1) ;;
*) exec "$LDFI" "\$@" ;;
esac
answer=\$("$LDFI" "\$@" | jq '$2')
printf '%s\n' "\$answer"
case \$(printf '%s' "\$answer" | jq -r 'if .error then "error" else .verdict // .promise end') in
certified | kept) exit 0 ;;
error) exit 2 ;;
incomplete) exit 3 ;;
*) exit 1 ;;
esac
END
    chmod +x "$liar"
}

caught() { # caught KIND: the last run found disagreements of this kind
    [ "$status" -eq 1 ]
    [[ "$output" == *": DISAGREEMENT ($1): "* ]]
    [[ "${lines[-1]}" =~ ,\ [1-9][0-9]*\ disagreements$ ]]
}

@test "on 300 random programs lineage and exhaustive search agree" {
    judge --seeds 1..300
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" =~ ^judge:\ 300\ programs,\ [0-9]+\ counterexamples,\ [0-9]+\ certified,\ [0-9]+\ incomplete,\ [0-9]+\ model\ errors,\ 0\ disagreements$ ]]
    [ ! -e "$kept" ]
}

@test "on 200 random programs both list the same minimal counterexamples" {
    judge --seeds 301..500 --all
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == "judge: 200 programs, "*", 0 disagreements" ]]
}

@test "every program is counted once, and most programs have a meaning" {
    judge --seeds 1..200
    [[ "${lines[-1]}" =~ ^judge:\ 200\ programs,\ ([0-9]+)\ counterexamples,\ ([0-9]+)\ certified,\ ([0-9]+)\ incomplete,\ ([0-9]+)\ model\ errors ]]
    [ $((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3] + BASH_REMATCH[4])) -eq 200 ]
    [ $((BASH_REMATCH[3] + BASH_REMATCH[4])) -lt 20 ]
}

@test "a fifth of the programs break by faults and a fifth is certified without being vacuous" {
    judge --seeds 1..300
    [[ "$output" =~ shares:\ ([0-9]+)\ %\ broken\ by\ faults,\ [0-9]+\ %\ broken\ without\ faults,\ ([0-9]+)\ %\ certified, ]]
    [ "${BASH_REMATCH[1]}" -ge 20 ]
    [ "${BASH_REMATCH[2]}" -ge 20 ]
}

@test "the programs hold every construct of the dialect" {
    printf '#!/bin/sh\necho '"'"'{"error": {"message": "none"}}'"'"'\nexit 2\n' > "$liar"
    chmod +x "$liar"
    sed -i '2i cat "'"$BATS_TEST_TMPDIR"'"/ldfi-judge-*/*.ded >> "'"$BATS_TEST_TMPDIR/all.ded"'"' "$liar"
    sed -i '3i cat "'"$BATS_TEST_TMPDIR"'"/ldfi-judge-*/*.json >> "'"$BATS_TEST_TMPDIR/all.json"'"' "$liar"
    TMPDIR=$BATS_TEST_TMPDIR judge --seeds 1..300 --jobs 1 --ldfi "$liar"
    cd "$BATS_TEST_TMPDIR"
    for pattern in ')@next :-' ')@async :-' '[^n] [a-z0-9]+\([^)]*\)@[0-9][,;]' 'notin [a-z0-9]+\([^)]*\)@[0-9]' \
            'notin [a-z0-9]+\([^)]*Any' 'count<' 'min<' 'max<' 'sum<' 'avg<' ' \+ 1' ' - 1' ' \* 2' ' / 2' \
            ' == ' ' != ' ' < ' ' > ' ' <= ' ' >= ' ', crash\(' 'notin crash\(' '\(Everyone' \
            'wins\(N\) :- .*notin wins\(P\)' ':- notin' ':- [a-z0-9]+\(_' \
            ':- [a-z0-9]+\((N[0-9]*)[^P]*, [a-z0-9]+\(P[,)]'; do
        grep -Eq -- "$pattern" all.ded || { echo "no program has: $pattern"; return 1; }
    done
    for pattern in '"oracle": "strict"' '"oracle": "molly"' '"omissions": [0-2]' '"omissions": null' \
            '"eff": 0' '"eff": [2-4]' '"crashes": 0' '"crashes": 2'; do
        grep -Eq -- "$pattern" all.json || { echo "no scenario has: $pattern"; return 1; }
    done
    jq -se 'any(.immune != [])' all.json
}

@test "the same seed writes the same program, another seed another" {
    lie '*exhaustive*' '.verdict = "incomplete"'
    sed -i '2i cat "'"$BATS_TEST_TMPDIR"'"/ldfi-judge-*/*.ded >> "'"$BATS_TEST_TMPDIR/all.ded"'"' "$liar"
    for seed in 5 5 6; do
        rm -f "$BATS_TEST_TMPDIR/all.ded"
        TMPDIR=$BATS_TEST_TMPDIR judge --seeds "$seed..$seed" --ldfi "$liar"
        sums+=("$(sha256sum < "$BATS_TEST_TMPDIR/all.ded")")
    done
    [ "${sums[0]}" = "${sums[1]}" ]
    [ "${sums[0]}" != "${sums[2]}" ]
}

@test "a lineage search that certifies everything is caught" {
    lie '*"--search lineage "*' '.verdict = "certified" | .counterexamples = []'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught verdict
}

@test "a disagreement is kept as it was, and shrunk to what still disagrees" {
    lie '*"--search lineage "*' '.verdict = "certified" | .counterexamples = []'
    judge --seeds 1..5 --ldfi "$liar"
    [ "$status" -eq 1 ]
    seed=$(sed -n 's/^seed \([0-9]*\): .*/\1/p' <<< "$output" | head -n 1)
    for name in "seed_$seed" "seed_${seed}_small"; do
        run "$LDFI" run "$kept/$name.json" --search exhaustive
        [ "$status" -eq 1 ]
    done
    # Of a broken promise nothing can be left out but what breaks it: one pre, and its fact.
    [ "$(wc -l < "$kept/seed_${seed}_small.ded")" -lt "$(wc -l < "$kept/seed_$seed.ded")" ]
    for line in $(seq "$(wc -l < "$kept/seed_${seed}_small.ded")"); do
        sed "${line}d" "$kept/seed_${seed}_small.ded" > "$kept/less.ded"
        jq '.model = ["less.ded"]' "$kept/seed_${seed}_small.json" > "$kept/less.json"
        run "$LDFI" run "$kept/less.json" --search exhaustive
        [ "$status" -ne 1 ]
    done
}

@test "an exhaustive search that certifies everything is caught too" {
    lie '*"--search exhaustive "*' '.verdict = "certified" | .counterexamples = []'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught verdict
}

@test "a counterexample that is not of least size is caught" {
    lie '*"--search lineage "*' \
        '(.counterexamples[]? | .omissions) += [{"from": "a", "to": "b", "time": 1}]'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught size
}

@test "a counterexample that breaks nothing when replayed is caught" {
    lie '*" replay "*' '.promise = "kept" | .broken = []'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught replay
}

@test "a counterexample that breaks something else when replayed is caught" {
    lie '*" replay "*' '.broken += ["pre(\"nobody\")"]'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught replay
}

@test "with --all, a list that lacks a counterexample is caught" {
    lie '*"--search lineage "*' 'if (.counterexamples | length) > 1
        then .counterexamples |= .[:1] else . end'
    judge --seeds 1..40 --all --no-shrink --ldfi "$liar"
    caught list
}

@test "a lineage search that fails where exhaustive search certifies is caught" {
    lie '*"--search lineage "*' '{"error": {"message": "made up"}}'
    judge --seeds 1..5 --no-shrink --ldfi "$liar"
    caught error
}

@test "a program that dies without an answer is a disagreement, not an answer" {
    printf '#!/bin/sh\necho broken >&2\nkill -SEGV $$\n' > "$liar"
    chmod +x "$liar"
    judge --seeds 1..3 --no-shrink --ldfi "$liar"
    caught failure
    [[ "$output" == *"exit status -11"* ]]
}

@test "bad arguments end with status 2 and say what is expected" {
    for range in 5 5..2 a..b; do
        judge --seeds "$range"
        [ "$status" -eq 2 ]
        [[ "$output" == *"expected A..B with A <= B, such as 1..300, not '$range'"* ]]
    done
    judge
    [ "$status" -eq 2 ]
    judge --seeds 1..2 --ldfi "$BATS_TEST_TMPDIR/none"
    [ "$status" -eq 2 ]
    [[ "$output" == *"cannot run '$BATS_TEST_TMPDIR/none': type 'make'"* ]]
}

@test "--help says what is compared, and how to call it" {
    run "$project/ci/fuzz/judge" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"--seeds 1..300"*"disagreement"* ]]
}
