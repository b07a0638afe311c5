#!/usr/bin/env bats
# The fuzz targets take their whole corpus, and ci/fuzz/libfuzzer tells what it finds. The fuzzing
# itself is `make fuzz`.

load common

TARGETS=$(dirname "$LDFI")/fuzz
FUZZER=$ROOT/ci/fuzz/libfuzzer

setup_file() {
    LDFI=$LDFI "$ROOT/ci/fuzz/seeds" "$BATS_FILE_TMPDIR/seeds"
}

@test "the fuzz targets take every input of the corpus" {
    local target least
    while read -r target least; do
        find "$ROOT/ci/fuzz/corpus" "$BATS_FILE_TMPDIR/seeds" -path "*/$target/*" -type f -print0 >inputs
        run --separate-stderr xargs -0 -a inputs timeout 60 "$TARGETS/$target"
        echo "$target: ${lines[-1]} $stderr"
        equal "$status" 0
        [[ "${lines[-1]}" =~ ^([0-9]+)\ inputs$ ]]
        [ "${BASH_REMATCH[1]}" -ge "$least" ]
    done <<'END'
model 150
scenario 30
database 9
program 120
capture 40
trace 80
END
}

@test "the databases to begin with are such as ldfi writes, or damaged in one way" {
    local name wanted
    while read -r name wanted; do
        cp "$BATS_FILE_TMPDIR/seeds/database/$name.db" .
        run "$TARGETS/../abuse/restore" "$name.db"
        echo "$name: $output"
        says "$output" "$wanted"
    done <<'END'
counterexamples ^[0-9]+ facts.*envelope: [1-9]
bare ^[0-9]+ facts.*envelope: [1-9]
no_receiver damaged: the messages
trigger put triggers
endless put triggers
END
}

# target COMMANDS: a target `fake` that libFuzzer might be, which does this.
target() {
    mkdir -p build/fuzz
    printf '#!/bin/bash\n%s\n' "$1" >build/fuzz/fake
    chmod +x build/fuzz/fake
    rm -rf build/findings
}

# In a target's commands: the folder that libFuzzer is told to keep inputs in.
KEEP='for word; do case $word in -artifact_prefix=*) keep=${word#*=} ;; esac; done'

fuzz() { # STATUS
    run "$FUZZER" --folder build --seconds 1 fake
    echo "$output"
    equal "$status" "$1"
}

@test "what fuzzing finds is kept, told and status 1" {
    target "$KEEP
        echo 'stat::number_of_executed_units: 1234'
        echo '#99 NEW cov: 12 ft: 345 corp: 1/1b'
        echo bad >\${keep}crash-1
        exit 77"
    fuzz 1
    says "$output" '^fake: 1234 inputs, 345 features, 1 findings$'
    says "$output" 'kept: .*build/findings/fake/crash-1$'
    equal "$(cat build/findings/fake/crash-1)" bad
    target "exit 3"
    fuzz 1
    says "$output" 'it ended with status 3 and kept no input'
}

@test "an input that was slow by chance is no finding, and one that hangs is" {
    target "$KEEP
        if [ -z \"\$keep\" ]; then exit 0; fi
        sleep 0.4
        echo slow >\${keep}timeout-\$RANDOM
        exit 70"
    fuzz 0
    says "$output" '^fake: .* 0 findings, [1-9] inputs slow by chance$'
    equal "$(ls build/findings/fake)" ""
    printf 'import time\nwhile time.process_time() < 1.5: pass\n' >burn
    target "$KEEP
        if [ -z \"\$keep\" ]; then exec python3 burn; fi
        echo slow >\${keep}timeout-1
        exit 70"
    fuzz 1
    says "$output" '^fake: .* 1 findings$'
}

@test "fuzzing without the targets is an error that says how to make them" {
    run "$FUZZER" --folder nowhere --seconds 1
    equal "$status" 2
    says "$output" "there is no nowhere/fuzz/model; 'make fuzz' builds it"
}
