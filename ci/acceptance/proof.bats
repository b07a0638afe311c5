#!/usr/bin/env bats
# `ldfi run --proof`, build/check-proof and ci/check-certificate: what is certified is proved, and
# what is no proof is rejected.

load common

CHECKER=$(dirname "$LDFI")/check-proof
CERTIFIED=$ROOT/scenarios/delivery/acknowledged_8_6_1.json
BROKEN=$ROOT/scenarios/delivery/retry_4_2_1.json

# checker STATUS: check-proof on formula.cnf and proof.rup must end with this status; fills $output.
checker() {
    run timeout 60 "$CHECKER" formula.cnf proof.rup
    [ "$status" -eq "$1" ] && return
    printf 'status %s instead of %s\n%s\n' "$status" "$1" "$output"
    return 1
}

# certify [SCENARIO]: formula.cnf and proof.rup of a certified scenario.
certify() {
    ldfi 0 run "${1:-$CERTIFIED}" --dimacs formula.cnf --proof proof.rup
    equal "$stderr" ""
    checker 0
}

# small: by hand. No assignment of 1 and 2 is left; nothing is said of 3.
small() {
    printf '%s\n' 'c a comment' 'p cnf 3 4' '1 2 0' '1 -2 0' '-1 2 0' '-1 -2 0' >formula.cnf
    printf '%s\n' '%RUPD32 3 4      ' '2 0' '0' >proof.rup
}

# ---- proofs ----

@test "every certified scenario that is quick has a proof, and two other solvers agree" {
    local scenarios=("$ROOT"/scenarios/{delivery,commit,kafka,paxos}/*.json)
    scenarios+=("$ROOT"/scenarios/primary_backup/{rung1_backups_crash,rung3_backups_crash,rung4}.json)
    run "$ROOT/ci/check-certificate" "${scenarios[@]}"
    echo "$output"
    [ "$status" -eq 0 ]
    equal "$(grep -c ' certified .* agree$' <<<"$output")" \
        "$(jq -r 'select(.eot != "sweep").expect' "${scenarios[@]}" | grep -c certified)"
    says "${lines[-1]}" '^check-certificate: [1-9][0-9]* certificates on which all agree, 0 disagr'
}

@test "the proof of a whole list of counterexamples says that there is no other" {
    ldfi 0 run "$BROKEN" --all --dimacs formula.cnf --proof proof.rup --json
    json '.verdict == "counterexample"' '.complete' '.warnings == []'
    checker 0
    says "${lines[1]}" '^  [0-9]+ variables, [0-9]+ clauses, [1-9][0-9]* steps$'
}

# Counts the solvers that a search makes. Here it asks further ones what single runs leave to try.
@test "no solver's word is in a formula that is proved: none is asked but the search's own, and a new one" {
    if is_sanitized; then skip "the sanitizer must be loaded first"; fi
    local question=("$ROOT/scenarios/primary_backup/rung5_suspected.json")
    question+=(--eff 4 --omissions 2 --crashes 1)
    cat >count.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
void *picosat_minit(void *state, void *new, void *resize, void *delete)
{
    void *(*real)(void *, void *, void *, void *) = dlsym(RTLD_NEXT, "picosat_minit");
    FILE *out = fopen("solvers", "a");
    fputs("one\n", out);
    fclose(out);
    return real(state, new, resize, delete);
}
END
    gcc -D_GNU_SOURCE -shared -fPIC -o count.so count.c
    LD_PRELOAD=$PWD/count.so "$LDFI" run "${question[@]}" --quiet
    [ "$(wc -l <solvers)" -gt 2 ]
    rm solvers
    LD_PRELOAD=$PWD/count.so "$LDFI" run "${question[@]}" --quiet --dimacs formula.cnf --proof proof.rup
    equal "$(wc -l <solvers)" 2
    checker 0
}

@test "the proof is the same each time, with and without the formula and a database" {
    certify
    ldfi 0 run "$CERTIFIED" --proof again.rup --db runs.db --record all
    cmp proof.rup again.rup
}

@test "on 300 random formulas check-proof agrees with plain propagation and with all assignments" {
    run "$ROOT/ci/proof/compare" --seeds 1..300 --checker "$CHECKER"
    echo "$output"
    [ "$status" -eq 0 ]
    says "${lines[-1]}" '^compare: [1-9][0-9]+ proofs, [1-9][0-9]+ that are none, 0 disagree'
}

@test "the comparison catches a checker that accepts or rejects everything" {
    local answer
    for answer in true false; do
        run "$ROOT/ci/proof/compare" --seeds 1..40 --checker "$(command -v $answer)"
        [ "$status" -eq 1 ]
        says "${lines[0]}" '^seed [0-9]+: DISAGREEMENT'
    done
}

# ---- no proofs ----

@test "a proof is rejected when a step is changed, left out, or made up" {
    small
    checker 0
    local step
    for step in '3 0' '-3 0' '0'; do # 3 is free; without the step 2 nothing is forced
        printf '%s\n' '%RUPD32 3 4' "$step" '2 0' '0' >proof.rup
        checker 1
        says "$output" "^proof.rup:2: this step does not follow: ${step}$"
    done
    certify
    cp proof.rup whole.rup
    sed '2s/.*/0/' whole.rup >proof.rup
    checker 1
    says "$output" '^proof.rup:2: this step does not follow: 0$'
    sed -i '2,/^0$/{/^0$/!d}' proof.rup # all but the empty clause
    checker 1
}

@test "a proof without the empty clause is rejected" {
    certify
    sed -i '/^0$/d' proof.rup
    checker 1
    says "$output" '^proof.rup:[0-9]+: the proof ends without the empty clause$'
}

@test "a proof that is cut off anywhere is rejected" {
    local bytes
    small
    cp proof.rup whole.rup
    for bytes in $(seq 0 $(($(wc -c <whole.rup) - 2))); do
        head -c "$bytes" whole.rup >proof.rup
        run "$CHECKER" formula.cnf proof.rup
        echo "$bytes: $status"
        [ "$status" -eq 1 ] || [ "$status" -eq 2 ]
    done
    head -c $((bytes + 1)) whole.rup >proof.rup # but for the last end of line
    checker 0
}

@test "a proof has no clauses of its own to start from: only those of the formula count" {
    certify
    local clause free
    clause=$(grep -v '^[cp]' formula.cnf | head -1)
    # Without this clause the formula is another, and the proof may not bring it along.
    grep -vxF -e "$clause" formula.cnf >less.cnf
    free=$(sed -n 's/^p cnf \([0-9]*\) .*/\1/p' formula.cnf)
    local clauses
    clauses=$(grep -vc '^[cp]' less.cnf)
    sed "s/^p cnf .*/p cnf $free $clauses/" less.cnf >formula.cnf
    { echo "%RUPD32 $free $clauses" && echo "$clause" && sed 1d proof.rup; } >more.rup
    mv more.rup proof.rup
    checker 1
    says "$output" "^proof.rup:2: this step does not follow: ${clause}$"
}

# Drops one clause at a time, each of those that make a difference to picosat.
@test "a proof about a formula that has a model is rejected" {
    local line variables clauses rejected=0
    certify "$ROOT/scenarios/kafka/replication_7_4_0.json"
    cp formula.cnf whole.cnf
    cp proof.rup whole.rup
    variables=$(sed -n 's/^p cnf \([0-9]*\) .*/\1/p' whole.cnf)
    grep -v '^[cp]' whole.cnf >clauses
    clauses=$(($(wc -l <clauses) - 1))
    for line in $(seq 1 $((clauses + 1))); do
        { echo "p cnf $variables $clauses" && sed "${line}d" clauses; } >formula.cnf
        { echo "%RUPD32 $variables $clauses" && sed 1d whole.rup; } >proof.rup
        run picosat -n formula.cnf
        [ "$status" -eq 10 ] || continue
        checker 1
        rejected=$((rejected + 1))
    done
    echo "$rejected formulas with a model"
    [ "$rejected" -ge 10 ]
    small
    sed -i -e 's/cnf 3 4/cnf 3 3/' -e '/^-1 -2 0$/d' formula.cnf
    checker 1
    says "$output" 'another formula'
    sed -i 's/3 4/3 3/' proof.rup
    checker 1
    says "$output" 'proof.rup:3: this step does not follow: 0'
}

@test "files that are no formula or no proof are bad input, with the place" {
    local file text message
    while IFS='|' read -r file text message; do
        echo "$file: $text"
        small
        printf "$text" >"$file"
        checker 2
        says "$output" "^$file:[1-9][0-9]*: error: $message"
    done <<'END'
formula.cnf||a line 'p cnf
formula.cnf|p dnf 1 0\n|a line 'p cnf
formula.cnf|p cnf 1 0 7\n|the line should end
formula.cnf|p cnf 1\n|a whole number
formula.cnf|p cnf -1 0\n|a number is not from 0
formula.cnf|p cnf 99999999999999999999 0\n|a number is not from 0
formula.cnf|p cnf 2 1\n1 2\n|the file ends within a clause
formula.cnf|p cnf 2 1\n1 3 0\n|a number is not from -2 to 2
formula.cnf|p cnf 2 1\n1 -0 0\n|a whole number
formula.cnf|p cnf 2 1\n1 - 2 0\n|a whole number
formula.cnf|p cnf 2 1\n1 2x 0\n|a whole number
formula.cnf|p cnf 2 1\n1 \\000 0\n|a whole number
formula.cnf|p cnf 2 1\n1 0\n2 0\n|there are more clauses than the 1
formula.cnf|p cnf 2 3\n1 0\n2 0\n|there are only 2 of the header's 3
proof.rup||a line '%RUPD32
proof.rup|%%RUPD32 3\n|a whole number
proof.rup|%%RUPD32 3 4 2 0\n0\n|the line should end
proof.rup|2 0\n0\n|a line '%RUPD32
proof.rup|%%RUPD32 3 4\nd 1 2 0\n|a whole number
proof.rup|%%RUPD32 3 4\n4 0\n|a number is not from -3 to 3
proof.rup|%%RUPD32 3 4\n2 0\n0\n1|the file ends within a clause
END
    small
    rm proof.rup
    checker 2
    says "$output" '^proof.rup: error: No such file'
    mkdir proof.rup
    checker 2
    says "$output" '^proof.rup:1: error: Is a directory'
}

@test "check-proof --help says how to call it, and a wrong call is bad input" {
    run "$CHECKER" --help
    [ "$status" -eq 0 ]
    says "$output" '^usage: check-proof FORMULA.cnf PROOF.rup'
    for arguments in '' 'one' 'one two three'; do
        # shellcheck disable=SC2086
        run "$CHECKER" $arguments
        [ "$status" -eq 2 ]
        says "$output" '^usage:'
    done
    small
    run sh -c "'$CHECKER' formula.cnf proof.rup >/dev/full"
    [ "$status" -eq 2 ]
}

# ---- searches that prove nothing ----

@test "without a certificate there is no proof, an old one is removed, and a warning says why" {
    local reason arguments
    printf '%s\n' 'pre("a")@1;' 'post("b")@1;' >broken.ded
    while IFS='|' read -r reason arguments; do
        echo "$arguments"
        echo old | tee proof.rup >formula.cnf
        # shellcheck disable=SC2086
        run --separate-stderr timeout 60 "$LDFI" run $arguments --proof proof.rup --dimacs formula.cnf
        [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
        says "$stderr" "^command line:1:[0-9]+: warning: no proof is written: $reason$"
        refute test -e proof.rup
        refute grep -qsx old formula.cnf
    done <<END
the search has found a counterexample|$DELIVERY/retry.ded -N a,b,c -t 4 -f 2 -c 1
the search did not come to its end|$DELIVERY/retry.ded -N a,b,c -t 4 -f 2 -c 1 --max-runs 1
the search did not come to its end|$DELIVERY/retry.ded -N a,b,c -t 4 -f 2 -c 1 --all --max-runs 2
the run without faults breaks the promise|broken.ded -N a -t 1 -f 0 -c 0
END
}

@test "an old proof behind a link is emptied, and the link stays" {
    echo old >target
    ln -s target proof.rup
    ldfi 0 run "$BROKEN" --proof proof.rup
    test -L proof.rup
    equal "$(cat target)" ""
}

@test "a search that makes no formula rejects --proof, and leaves an old proof alone" {
    local search
    echo old >proof.rup
    for search in exhaustive random; do
        ldfi 2 run "$BROKEN" --search $search --proof proof.rup
        says "$(head -1 <<<"$stderr")" '^command line:1:[0-9]+: error: --proof is about the formula'
    done
    ldfi 2 run "$BROKEN" --dimacs proof.rup --proof proof.rup
    says "$(head -1 <<<"$stderr")" '^command line:1:[0-9]+: error: .*name two files'
    equal "$(cat proof.rup)" old
}

@test "a proof that cannot be written is an error that names the file, and certifies nothing" {
    local path
    for path in nowhere/proof.rup . /dev/full; do
        run --separate-stderr timeout 60 "$LDFI" run "$CERTIFIED" --proof "$path"
        echo "$path: status $status, $stderr"
        [ "$status" -eq 2 ] || [ "$status" -eq 4 ]
        equal "$output" ""
        says "$stderr" "error: .*$path: (No such file|Is a directory|No space left)"
    done
    run --separate-stderr timeout 60 bash -c 'ulimit -f 1; exec "$0" "$@"' "$LDFI" run \
        "$ROOT/scenarios/primary_backup/rung3_backups_crash.json" --proof proof.rup
    equal "$status" 4
    says "$stderr" 'error: cannot write proof.rup: File too large'
    equal "$(snapshot)" ""
}

# ---- ci/check-certificate ----

# pretend NAME TEXT: a program of this name in bin, which comes first.
pretend() {
    mkdir -p bin
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# caught MESSAGE ARGUMENT...: ci/check-certificate must find a disagreement.
caught() {
    local message=$1
    shift
    run env PATH="$PWD/bin:$PATH" "$ROOT/ci/check-certificate" "$CERTIFIED" "$@"
    echo "$output"
    equal "$status" 1
    says "${lines[1]}" "DISAGREE: $message"
    says "${lines[-1]}" '0 certificates on which all agree, 1 disagreements'
}

@test "check-certificate reports a checker or a solver that does not agree" {
    pretend checker 'echo "proof.rup:7: this step does not follow: 1 0" >&2; exit 1'
    caught 'check-proof rejects the proof: .*:7: this step' --checker bin/checker
    pretend checker 'exit 0' # says nothing of what it has checked
    caught 'check-proof rejects the proof' --checker bin/checker
    pretend minisat 'exit 10'
    caught 'minisat does not find the formula unsatisfiable: it ends with status 10'
    pretend cadical 'exit 0'
    caught 'cadical does not find the formula unsatisfiable: it ends with status 0'
    pretend cadical 'exec sleep 60'
    caught 'cadical is not done after' --max-seconds 4
}

@test "check-certificate reports a certificate without a proof, and a proof without a certificate" {
    pretend ldfi "'$LDFI' run '$CERTIFIED' --json"
    caught 'check-proof rejects the proof: .*No such file' \
        --ldfi bin/ldfi --checker "$CHECKER"
    pretend ldfi "'$LDFI' \"\$@\" | sed 's/\"certified\"/\"incomplete\"/'"
    caught 'nothing is certified, and yet there is a proof' --ldfi bin/ldfi --checker "$CHECKER"
    pretend ldfi "'$LDFI' \"\$@\"; exit 1"
    caught 'ldfi ends with status 1' --ldfi bin/ldfi --checker "$CHECKER"
    pretend ldfi 'exit 4'
    caught 'ldfi gives no verdict' --ldfi bin/ldfi --checker "$CHECKER"
}

@test "check-certificate fails where there is no certificate at all" {
    run "$ROOT/ci/check-certificate" "$BROKEN"
    equal "$status" 1
    says "${lines[1]}" 'counterexample .* no certificate$'
    run "$ROOT/ci/check-certificate" --ldfi nowhere/ldfi "$BROKEN"
    equal "$status" 2
    says "$output" "cannot run 'nowhere/ldfi'"
    run "$ROOT/ci/check-certificate" --help
    equal "$status" 0
    says "$output" 'Who checks the solver'
}
