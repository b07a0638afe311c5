#!/usr/bin/env bats
# ci/fuzz/judge: on random programs lineage search agrees with exhaustive search, and a program that
# gives wrong answers is caught.

# One run serves the tests that only read what it prints. Under sanitizers it has fewer programs.
setup_file() {
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LDFI=$(realpath "${LDFI:-$project/build/ldfi}")
    classical=$project/build-classical/ldfi
    [ -x "$classical" ] || { echo "type 'make classical' first" >&2; return 1; }
    programs=500
    if grep -q __asan_init "$LDFI"; then programs=150; fi
    export project LDFI classical programs
    kept=$BATS_FILE_TMPDIR/kept
    status=0
    "$project/ci/fuzz/judge" --seeds "1..$programs" --features --classical "$classical" \
        --max-seconds 1 --keep "$kept" > "$BATS_FILE_TMPDIR/judged" 2>&1 || status=$?
    echo "$status" > "$BATS_FILE_TMPDIR/status"
}

setup() {
    # That the script catches a lie does not depend on how ldfi was built, and takes its time.
    if [ "$BATS_TEST_NUMBER" -gt 2 ] && grep -q __asan_init "$LDFI"; then skip "of the script alone"; fi
    kept=$BATS_TEST_TMPDIR/kept
    liar=$BATS_TEST_TMPDIR/liar
}

judge() {
    run "$project/ci/fuzz/judge" --keep "$kept" "$@"
}

judged() { # judged: what the run of all tests printed, as if run here
    run cat "$BATS_FILE_TMPDIR/judged"
    status=$(cat "$BATS_FILE_TMPDIR/status")
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

@test "on 500 random programs lineage and exhaustive search agree, under both oracles" {
    judged
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" =~ ^judge:\ seeds\ 1..$programs:\ $programs\ programs,\ [0-9]+\ counterexamples,\ [0-9]+\ certified,\ [0-9]+\ incomplete,\ [0-9]+\ model\ errors,\ 0\ disagreements$ ]]
    [ ! -e "$BATS_FILE_TMPDIR/kept" ]
}

@test "on 100 random programs both list the same minimal counterexamples" {
    judge --seeds 501..600 --all --max-seconds 1
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == "judge: seeds 501..600: 100 programs, "*", 0 disagreements" ]]
}

@test "every program is counted once under each oracle, and most programs have a meaning" {
    judged
    [[ "${lines[-1]}" =~ \ ([0-9]+)\ counterexamples,\ ([0-9]+)\ certified,\ ([0-9]+)\ incomplete,\ ([0-9]+)\ model\ errors ]]
    [ $((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3] + BASH_REMATCH[4])) -eq 1000 ]
    [ $((BASH_REMATCH[3] + BASH_REMATCH[4])) -lt 100 ]
}

@test "under each oracle a sixth of the programs breaks by faults and more are certified, not vacuous" {
    judged
    for oracle in strict molly; do
        [[ "$output" =~ $oracle:\ ([0-9]+)\ %\ broken\ by\ faults,\ [0-9]+\ %\ broken\ without\ faults,\ ([0-9]+)\ %\ certified, ]]
        [ "${BASH_REMATCH[1]}" -ge 17 ]
        [ "${BASH_REMATCH[2]}" -ge 28 ]
    done
}

@test "absences decide at least one in twenty of the verdicts that faults break" {
    judged
    [[ "$output" =~ absences\ decided:\ ([0-9]+)\ of\ ([0-9]+)\ that\ break\ by\ faults ]]
    [ $((20 * BASH_REMATCH[1])) -ge "${BASH_REMATCH[2]}" ]
    [ "${BASH_REMATCH[1]}" -lt "${BASH_REMATCH[2]}" ]
}

# PERCENT FEATURE: so many programs have it; of those some break by faults and some are certified.
@test "what protocols are made of is produced often enough" {
    judged
    while read -r least feature; do
        row=$(grep "^$feature  " <<< "$output") || { echo "none: $feature"; return 1; }
        read -r percent _ broken certified <<< "${row:30}"
        [ "$percent" -ge "$least" ] && [ "$broken" -ge 3 ] && [ "$certified" -ge 3 ] && continue
        echo "$row"
        return 1
    done <<END
95 negation
28 count
10 count >= k
8 count > k
13 k of n acknowledged
13 min or max
4 sum or avg
45 timers
45 acknowledgements
25 retries
65 crash in rules
40 crash in the protocol
18 exact crash times
18 crash read late
4 failure detector, views
75 facts of a fixed time
25 a fixed time read late
12 two nodes alike
25 two nodes nearly alike
25 order among nodes
30 products, sums, paths
3 broadcast
14 no wrong thing
13 2 nodes
45 3 nodes
15 4 nodes
4 EOT 3
10 EOT 7
END
    # A pre that the run without faults lacks can only be seen where it decides.
    [[ "$output" =~ a\ pre\ that\ the\ good\ run\ lacks\ +[0-9]+\ %\ +([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -ge 5 ]
    # Often the first hypothesis is right, or none is left, once the good run is known.
    [[ "$output" =~ three\ runs\ or\ more\ +([0-9]+)\ %\ +([0-9]+)\ +([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -ge 12 ]
    [ "${BASH_REMATCH[2]}" -ge 12 ]
    [ "${BASH_REMATCH[3]}" -ge 12 ]
}

@test "nodes that are alike can change places, whatever else there is" {
    cat > "$BATS_TEST_TMPDIR/alike.py" <<'END'
import sys
sys.path.insert(0, sys.argv[1] + "/ci/fuzz")
sys.dont_write_bytecode = True
from features import features, swapped, unlike
from random_programs import Generator, Scenario

alike = 0
for seed in range(1, 300):
    scenario = Generator(seed).scenario()
    if "two nodes alike" in features(scenario):
        nodes = scenario.bounds["nodes"]
        assert any(sorted(swapped(clause, one, other) for clause in scenario.clauses)
                   == sorted(scenario.clauses) and not unlike(scenario, one, other)
                   for one in nodes for other in nodes if one < other), seed
        alike += 1
assert alike > 20, alike

bounds = {"nodes": ["a", "b"], "eot": 4, "immune": []}
clauses = ('peer("a", "b")@1;', 'peer("b", "a")@1;', "pre(N) :- peer(N, P);", "post(N) :- peer(N, P);")
assert "two nodes alike" in features(Scenario(clauses, bounds))
for unlike in ('got("a")@1;', "got(N) :- peer(N, P), N < P;", 'got(N) :- peer(N, "a");',
               "got(N, min<P>) :- peer(N, P);"):
    assert "two nodes alike" not in features(Scenario((*clauses, unlike), bounds)), unlike
assert "two nodes alike" not in features(Scenario(clauses, {**bounds, "immune": ["a"]}))
END
    python3 "$BATS_TEST_TMPDIR/alike.py" "$project"
}

@test "the programs hold every construct of the dialect" {
    cat > "$BATS_TEST_TMPDIR/write.py" <<'END'
import json, sys
sys.path.insert(0, sys.argv[1] + "/ci/fuzz")
sys.dont_write_bytecode = True
from random_programs import Generator

with open("all.ded", "w") as clauses, open("all.json", "w") as bounds:
    for seed in range(1, 301):
        scenario = Generator(seed).scenario()
        print(*scenario.clauses, sep="\n", file=clauses)
        print(json.dumps(scenario.bounds), file=bounds)
END
    cd "$BATS_TEST_TMPDIR"
    python3 write.py "$project"
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
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught verdict
}

# What a search must not leave out: absences, and promises that the good run does not make.
@test "the build without absences says what it is, certifies what is broken, and is caught" {
    [[ "$("$classical" --version)" == "ldfi "*"-without-absences "* ]]
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$classical"
    caught verdict
    [[ "$output" == *"lineage search says certified [], exhaustive search counterexample "* ]]
}

@test "a disagreement is kept as it was, and shrunk until no clause of it can be left out" {
    judge --seeds 1..100 --stop-after 1 --ldfi "$classical"
    caught verdict
    small=$(sed -n 's/.*of which it needs [^:]*: \(.*\)\.json$/\1/p' <<< "$output" | head -n 1)
    whole=${small%_small}
    for program in "$classical 0" "$LDFI 1"; do
        for kept_program in "$small" "$whole"; do
            run "${program% *}" run "$kept_program.json"
            [ "$status" -eq "${program##* }" ]
        done
    done
    [ "$(wc -l < "$small.ded")" -le 15 ] && [ "$(wc -l < "$whole.ded")" -gt 15 ]
    for line in $(seq "$(wc -l < "$small.ded")"); do
        sed "${line}d" "$small.ded" > "$kept/less.ded"
        jq '.model = ["less.ded"]' "$small.json" > "$kept/less.json"
        certified=0 broken=0
        "$classical" run "$kept/less.json" --quiet || certified=$?
        "$LDFI" run "$kept/less.json" --search exhaustive --quiet || broken=$?
        [ "$certified" -ne 0 ] || [ "$broken" -ne 1 ]
    done
}

@test "beside a search that takes absences into account none decide" {
    judge --seeds 1..20 --classical "$LDFI"
    [ "$status" -eq 0 ]
    [[ "$output" =~ absences\ decided:\ 0\ of\ [1-9] ]]
}

@test "the build without absences is not installed" {
    run make -C "$project" install BUILD=build-classical EXTRA_CFLAGS=-DLINEAGE_WITHOUT_ABSENCES \
        DESTDIR="$BATS_TEST_TMPDIR/root"
    [ "$status" -eq 2 ]
    [[ "$output" == *"build-classical/ldfi leaves absences out"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/root" ]
}

@test "a promise that is broken without faults, where a counterexample has some, is caught" {
    lie '*" --facts pre "*' '.promise = "broken"'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught replay
    [[ "$output" == *"without faults: broken"* ]]
}

@test "an exhaustive search that certifies everything is caught too" {
    lie '*"--search exhaustive "*' '.verdict = "certified" | .counterexamples = []'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught verdict
}

@test "a counterexample that is not of least size is caught" {
    lie '*"--search lineage "*' \
        '(.counterexamples[]? | .omissions) += [{"from": "a", "to": "b", "time": 1}]'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught size
}

@test "a counterexample that breaks nothing when replayed is caught" {
    lie '*" replay "*' '.promise = "kept" | .broken = []'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught replay
}

@test "a counterexample that breaks something else when replayed is caught" {
    lie '*" replay "*' '.broken += ["pre(\"nobody\")"]'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught replay
}

@test "with --all, a list that lacks a counterexample is caught" {
    lie '*"--search lineage "*' 'if (.counterexamples | length) > 1
        then .counterexamples |= .[:1] else . end'
    judge --seeds 1..100 --all --stop-after 1 --no-shrink --ldfi "$liar"
    caught list
}

@test "a lineage search that fails where exhaustive search certifies is caught" {
    lie '*"--search lineage "*' '{"error": {"message": "made up"}}'
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
    caught error
}

@test "a program that dies without an answer is a disagreement, not an answer" {
    printf '#!/bin/sh\necho broken >&2\nkill -SEGV $$\n' > "$liar"
    chmod +x "$liar"
    judge --seeds 1..100 --stop-after 1 --no-shrink --ldfi "$liar"
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
    judge --seeds 1..2 --classical "$BATS_TEST_TMPDIR/none"
    [ "$status" -eq 2 ]
    [[ "$output" == *"cannot run '$BATS_TEST_TMPDIR/none': type 'make classical'"* ]]
}

@test "--help says what is compared, and how to call it" {
    run "$project/ci/fuzz/judge" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"--seeds 1..300"*"disagreement"* ]]
}
