#!/usr/bin/env bats
# ci/fuzz/reference: a second interpreter, written from the dialect's page alone, agrees with ldfi on
# random programs and on the project's own models; a program that gives wrong answers is caught.

setup() {
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LDFI=$(realpath "${LDFI:-$project/build/ldfi}")
    export LDFI
    kept=$BATS_TEST_TMPDIR/kept
    liar=$BATS_TEST_TMPDIR/liar
    # That the script catches a lie does not depend on how ldfi was built, and takes its time.
    if [ "$BATS_TEST_NUMBER" -gt 3 ] && grep -q __asan_init "$LDFI"; then skip "of the script alone"; fi
}

reference() {
    run "$project/ci/fuzz/reference" --keep "$kept" "$@"
}

# lie WHERE COMMAND...: makes a program that is ldfi but for what the command makes of its answer, or
# of the database that it has written ($db), where its arguments match WHERE.
lie() {
    local where=$1
    shift
    cat > "$liar" <<END
#!/bin/bash
case " \$* " in
$where) ;;
*) exec "$LDFI" "\$@" ;;
esac
answer=\$("$LDFI" "\$@")
status=\$?
db=\$(sed -n 's/.* --db \([^ ]*\) .*/\1/p' <<< " \$* ")
[ -z "\$db" ] || [ -e "\$db" ] || { printf '%s\n' "\$answer"; exit \$status; }
$*
END
    chmod +x "$liar"
}

# lie_about_search PATTERN FILTER: the answers of the searches with such a name are changed by a jq
# filter, the exit status accordingly.
lie_about_search() {
    lie "*\"--search \"$1\" \"*" "answer=\$(jq '$2' <<< \"\$answer\"); printf '%s\n' \"\$answer\"
case \$(jq -r 'if .error then \"error\" else .verdict end' <<< \"\$answer\") in
certified) exit 0 ;; counterexample) exit 1 ;; error) exit 2 ;; *) exit 3 ;;
esac"
}

# lie_about_runs SQL: what it records of random runs is changed.
lie_about_runs() {
    lie '*"--search random "*' "sqlite3 \"\$db\" \"$1\"; printf '%s\n' \"\$answer\"; exit \$status"
}

caught() { # caught KIND: the last run found disagreements of this kind
    [ "$status" -eq 1 ]
    [[ "$output" == *": DISAGREEMENT ($1): "* ]]
    [[ "${lines[-1]}" =~ ,\ [1-9][0-9]*\ disagreements$ ]]
}

@test "on 100 random programs ldfi and the reference agree on runs, verdicts and counterexamples" {
    reference --seeds 1..100
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" =~ ^reference:\ 100\ programs,\ ([0-9]+)\ schedules,\ 0\ disagreements$ ]]
    [ "${BASH_REMATCH[1]}" -ge 2000 ] # twenty a program
    [[ "${lines[-2]}" =~ ^([0-9]+)\ agreed ]]
    [ "${BASH_REMATCH[1]}" -ge 88 ] # few are rejected, incomplete or too much work
    [ ! -e "$kept" ]
}

@test "on runs of the small models ldfi and the reference agree" {
    reference --runs 6 "$project"/scenarios/{delivery,commit,kafka}/*.json
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == *", 0 disagreements" ]]
}

@test "on runs of Paxos ldfi and the reference agree" {
    reference --runs 3 "$project"/scenarios/paxos/*.json
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == "reference: 1 programs, "*", 0 disagreements" ]]
}

@test "a fact too few is caught" {
    lie_about_runs "DELETE FROM premise; DELETE FROM firing; DELETE FROM fact WHERE number = 1"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught fact
}

# Those after the good one may be resumed from an earlier run's step.
@test "a fact too few in a later run of lineage search is caught" {
    lie '*"--search lineage "*' "sqlite3 \"\$db\" \"DELETE FROM premise; DELETE FROM firing;
        DELETE FROM fact WHERE number = 1 AND execution = (SELECT max(id) FROM execution WHERE
        kind = 'hypothesis' AND recorded)\"; printf '%s\n' \"\$answer\"; exit \$status"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught fact
}

@test "a fact at another time is caught" {
    lie_about_runs "UPDATE fact SET time = time + 1 WHERE number = 1"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught fact
}

@test "a message with another sender is caught" {
    lie_about_runs "UPDATE message SET sender = NULL"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught message
}

@test "a message that arrives though it is lost is caught" {
    lie_about_runs "UPDATE message SET fate = 0 WHERE fate IN (1, 2)"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught message
}

@test "a promise that a run is wrongly said to keep is caught" {
    lie_about_runs "UPDATE execution SET promise = 'kept'; DELETE FROM broken"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught broken
}

@test "a search that certifies everything is caught, whichever it is, and what it missed is kept" {
    for how in lineage exhaustive; do
        lie_about_search $how '.verdict = "certified" | .counterexamples = []'
        shrink=--no-shrink
        if [ $how = exhaustive ]; then shrink=; fi
        reference --seeds 1..100 --stop-after 1 $shrink --ldfi "$liar"
        caught verdict
        [[ "$output" == *"$how search says certified instead of counterexample"* ]]
    done
    seed=$(sed -n 's/^seed \([0-9]*\): .*/\1/p' <<< "$output" | head -n 1)
    for name in "seed_$seed" "seed_${seed}_small"; do
        run "$LDFI" run "$kept/$name.json" --search exhaustive
        [ "$status" -eq 1 ]
    done
}

# The searches share their evaluator: ci/fuzz/judge cannot see what both get wrong alike.
@test "a counterexample that both searches leave out is caught" {
    lie_about_search '[el]*' 'if (.counterexamples | length) > 1
        then .counterexamples |= .[:1] else . end'
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught list
}

@test "a counterexample that is not minimal is caught" {
    lie_about_search exhaustive \
        '(.counterexamples[]?.omissions) += [{"from": "a", "to": "b", "time": 1}]'
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught list
}

@test "a crash that breaks the promise at fewer times than it does is caught" {
    lie_about_search '[el]*' '(.counterexamples[]?.crashes[]?.times) |= .[:1]'
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught list
}

@test "a wrong word about vacuity is caught" {
    lie_about_search exhaustive 'if has("vacuous") then .vacuous |= not else . end'
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught vacuous
}

@test "a search that fails where no run fails is caught" {
    lie_about_search exhaustive '{"error": {"message": "made up"}}'
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught error
}

@test "a fact that a cycle leaves undefined, and ldfi does not tell, is caught" {
    cat > "$liar" <<END
#!/bin/bash
case " \$* " in *" --db "*) exec "$LDFI" "\$@" ;; esac
answer=\$("$LDFI" "\$@")
status=\$?
case \$answer in *"leaves undefined"*) answer='{"verdict": "certified", "vacuous": false,
    "complete": true, "counterexamples": [], "promise": "kept"}' status=0 ;; esac
printf '%s\n' "\$answer"
exit \$status
END
    chmod +x "$liar"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught error
}

@test "a program that dies without an answer is a disagreement" {
    printf '#!/bin/sh\nkill -SEGV $$\n' > "$liar"
    chmod +x "$liar"
    reference --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught failure
}

@test "bad arguments end with status 2 and say what is expected" {
    reference --seeds 5..2
    [ "$status" -eq 2 ]
    [[ "$output" == *"expected A..B with A <= B"* ]]
    reference
    [ "$status" -eq 2 ]
    [[ "$output" == *"expected --seeds A..B or a scenario file"* ]]
    reference none.json
    [ "$status" -eq 2 ]
    [[ "$output" == *"no such file: none.json"* ]]
    reference --seeds 1..2 --ldfi "$BATS_TEST_TMPDIR/none"
    [ "$status" -eq 2 ]
    [[ "$output" == *"cannot run '$BATS_TEST_TMPDIR/none': type 'make'"* ]]
}
