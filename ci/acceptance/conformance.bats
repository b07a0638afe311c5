#!/usr/bin/env bats
# ci/conformance, on a stand-in for the public repository: a suite in the same Scala syntax, with
# programs small enough to be judged by hand.

setup() {
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LDFI=${LDFI:-$project/build/ldfi}
    export LDFI
    checkout=$BATS_TEST_TMPDIR/checkout
    programs=$checkout/src/test/resources/examples
    tests=$checkout/src/test/scala/org/example
    mkdir -p "$programs/mail" "$tests"

    # One letter from a to b at time 1: losing it breaks the promise, when EFF is 2 or more.
    cat > "$programs/mail/once.ded" <<'END'
letter("a", "b")@1;
got(B)@async :- letter(A, B);
got(B)@next :- got(B);
END
    # The letter goes out at every time: only the loss of all of them breaks the promise.
    cat > "$programs/mail/often.ded" <<'END'
include "once.ded";
letter(A, B)@next :- letter(A, B);
END
    cat > "$programs/mail/promise.ded" <<'END'
pre(B) :- letter(A, B)@1;
post(B) :- got(B);
END
}

# suite ROW...: writes the suite's file; its second row stands in a comment, and is none.
suite() {
    {
        cat <<'END'
package org.example
import org.scalatest.PropSpec

class CounterexampleSuite extends PropSpec with TableDrivenPropertyChecks {
  val examplesPath = Checker.getClass.getClassLoader.getResource("examples").getPath

  val scenarios = Table(
    ("Input programs",   "eot",   "eff",   "nodes",   "crashes",   "should find counterexample"),
END
        printf '    %s\n' "${@:1:1}"
        printf '    // a row of old: \n    //(Seq("gone.ded"),  6, 3,  Seq("a", "b"),  0,  true),\n'
        printf '    /* (Seq("gone.ded"),  6, 3,  Seq("a", "b"),  0,  true), */\n'
        [ $# = 1 ] || printf '    %s\n' "${@:2}"
        cat <<'END'
  )

  property("finds counterexamples") {
    forAll(scenarios) { (programs: Seq[String], eot: Int) => check(programs) should be (empty) }
  }
}
END
    } > "$tests/CounterexampleSuite.scala"
}

# Rows by hand: with EFF 3 the times 1 and 2 may lose, the letter of `often` sent at 3 arrives at 4.
once='(Seq("mail/once.ded", "mail/promise.ded"),  4,  3,  Seq("a", "b"),  0,  true),'
often='(Seq("mail/often.ded", "mail/promise.ded"),   4,   3,   Seq("a", "b"),   0,   false)'
often_crash='(Seq("mail/often.ded", "mail/promise.ded"), 4, 3, Seq("a", "b"), 1, true),'

# A program that changes the verdict that ldfi prints for one kind of search.
liar() {
    cat > "$BATS_TEST_TMPDIR/liar" <<END
#!/bin/sh
case "\$*" in
*"--search $1"*) "$LDFI" "\$@" | sed 's/"verdict":.*/"verdict": "$2",/'; exit ;;
esac
exec "$LDFI" "\$@"
END
    chmod +x "$BATS_TEST_TMPDIR/liar"
}

@test "rows on which suite and both searches agree count as agreement, with status 0" {
    suite "$once" "$often_crash" "$often"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "conformance: 3 rows: 3 agree, 0 where the suite is wrong, 0 where ldfi is wrong" ]
}

@test "the table shows program, bounds in the order <EOT, EFF, crashes> and three outcomes" {
    suite "$once" "$often_crash" "$often"
    run "$project/ci/conformance" "$checkout"
    [[ "${lines[0]}" =~ ^program\ +bounds\ +suite\ expects\ +lineage\ +exhaustive\ +mark$ ]]
    [[ "${lines[1]}" =~ ^mail/once.ded\ mail/promise.ded\ +\<4,3,0\>\ +counterexample\ +counterexample\ +counterexample\ +agree$ ]]
    [[ "${lines[2]}" =~ \<4,3,1\>\ +counterexample\ +counterexample\ +counterexample\ +agree$ ]]
    [[ "${lines[3]}" =~ ^mail/often.ded\ .*\<4,3,0\>\ +none\ +none\ +none\ +agree$ ]]
}

@test "a counterexample that the suite rules out is shown, the suite is wrong and the status 0" {
    suite "${once/true/false}" "$often"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" =~ none\ +counterexample\ +counterexample\ +suite\ is\ wrong$ ]]
    [ "${lines[2]}" = '    counterexample: omit(a,b,1) breaks pre("b")' ]
    [ "${lines[-1]}" = "conformance: 2 rows: 1 agree, 1 where the suite is wrong, 0 where ldfi is wrong" ]
}

@test "a counterexample that the suite expects and that is not there makes the suite wrong" {
    suite "$once" "${often/false/true}"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 0 ]
    [[ "${lines[2]}" =~ counterexample\ +none\ +none\ +suite\ is\ wrong$ ]]
    [ "${lines[-1]}" = "conformance: 2 rows: 1 agree, 1 where the suite is wrong, 0 where ldfi is wrong" ]
}

@test "a lineage search that certifies what is broken is caught, with status 1" {
    suite "$once" "$often"
    liar lineage certified
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/liar"
    [ "$status" -eq 1 ]
    [[ "${lines[1]}" =~ counterexample\ +none\ +counterexample\ +ldfi\ is\ wrong$ ]]
    [[ "$output" == *"exhaustive search counterexample: omit(a,b,1)"* ]]
    [ "${lines[-1]}" = "conformance: 2 rows: 1 agree, 0 where the suite is wrong, 1 where ldfi is wrong" ]
}

@test "exhaustive search decides: ldfi that agrees with a wrong suite is wrong all the same" {
    suite "${once/true/false}"
    liar lineage certified
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/liar"
    [ "$status" -eq 1 ]
    [[ "${lines[-1]}" == *" 0 agree, 0 where the suite is wrong, 1 where ldfi is wrong" ]]
}

@test "a verdict of counterexample without a counterexample is caught" {
    suite "$often"
    liar lineage counterexample
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/liar"
    [ "$status" -eq 1 ]
    [[ "$output" == *"lineage search shows no counterexample"* ]]
}

@test "a counterexample that breaks nothing when replayed is caught" {
    cat > "$BATS_TEST_TMPDIR/keeper" <<END
#!/bin/sh
"$LDFI" "\$@" | sed 's/"promise":.*/"promise": "kept",/'
END
    chmod +x "$BATS_TEST_TMPDIR/keeper"
    suite "$once" "$often"
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/keeper"
    [ "$status" -eq 1 ]
    [[ "$output" == *"lineage search finds omit(a,b,1), which breaks nothing when replayed"* ]]
}

@test "a program that ldfi cannot run makes ldfi wrong and shows why" {
    echo 'post(B) :- got(B)' > "$programs/mail/promise.ded"
    suite "$once"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 1 ]
    [[ "${lines[1]}" =~ error\ +error\ +ldfi\ is\ wrong$ ]]
    [[ "${lines[2]}" == *"lineage search failed: "* ]]
}

@test "where exhaustive search does not finish, its column is a dash and lineage search counts" {
    suite "$once" "$often"
    liar exhaustive incomplete
    sed -i 's/"$@" | sed/"$@" --max-runs 1 | sed/' "$BATS_TEST_TMPDIR/liar"
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/liar"
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" =~ counterexample\ +counterexample\ +-\ +agree$ ]]
    [[ "${lines[2]}" =~ none\ +none\ +-\ +agree$ ]]
}

@test "without an exhaustive answer, a certificate against the suite is undecided" {
    suite "${often/false/true}"
    liar exhaustive incomplete
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/liar"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "conformance: 1 rows: 0 agree, 0 where the suite is wrong, 0 where ldfi is wrong, 1 undecided" ]
}

@test "columns are found by the names in the table's header, in whatever order" {
    suite "$once"
    sed -i 's/"eot",   "eff", /"eff",   "eot", /; s/ 4,  3, / 3,  4, /' "$tests/CounterexampleSuite.scala"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" == *"<4,3,0>"*agree ]]
}

@test "--json prints one object with the rows, the marks and the counterexample" {
    suite "${once/true/false}" "$often"
    run "$project/ci/conformance" --json "$checkout"
    [ "$status" -eq 0 ]
    jq -e '(.rows | length) == 2
        and .rows[0].mark == "suite is wrong"
        and .rows[0].counterexample.omissions == [{"from": "a", "to": "b", "time": 1}]
        and .rows[1].files == ["mail/often.ded", "mail/promise.ded"]
        and .rows[1].mark == "agree" and .rows[1].counterexample == null
        and .summary == {"agree": 1, "suite_is_wrong": 1, "ldfi_is_wrong": 0, "undecided": 0}' <<< "$output"
}

@test "a missing checkout ends with status 2 and the command that gets it" {
    run "$project/ci/conformance" "$BATS_TEST_TMPDIR/nowhere"
    [ "$status" -eq 2 ]
    [[ "$output" == *"no src/test/scala/**/CounterexampleSuite.scala in "*nowhere* ]]
    [[ "$output" == *"git clone https://github.com/palvaro/molly"* ]]
}

@test "a suite without a table of rows, or with a missing program, ends with status 2" {
    echo 'class CounterexampleSuite { }' > "$tests/CounterexampleSuite.scala"
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 2 ]
    [[ "$output" == *"it has no Table( with rows"* ]]
    suite '(Seq("gone.ded"),  6, 3,  Seq("a", "b"),  0,  true)'
    run "$project/ci/conformance" "$checkout"
    [ "$status" -eq 2 ]
    [[ "$output" == *"the suite runs 'gone.ded', which is not in"* ]]
}

@test "bad arguments end with status 2 and say what is wrong" {
    suite "$once"
    run "$project/ci/conformance"
    [ "$status" -eq 2 ]
    [[ "$output" == *PATH* ]]
    run "$project/ci/conformance" "$checkout" --ldfi "$BATS_TEST_TMPDIR/none"
    [ "$status" -eq 2 ]
    [[ "$output" == *"cannot run '$BATS_TEST_TMPDIR/none': type 'make'"* ]]
    run "$project/ci/conformance" "$checkout" --max-seconds 0
    [ "$status" -eq 2 ]
    [[ "$output" == *"--max-seconds: expected a number above 0"* ]]
}

@test "--help says how to get the repository and what the marks mean" {
    run "$project/ci/conformance" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"git clone https://github.com/palvaro/molly"* ]]
    [[ "$output" == *"suite is wrong"*"ldfi is wrong"*"undecided"* ]]
}
