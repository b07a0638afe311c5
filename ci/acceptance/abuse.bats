#!/usr/bin/env bats
# What no search should meet and some do: machines without memory or room, kill -9, models that
# outgrow everything, files that never end. The full loops are in `make nightly`.

load common

FAILURES=$ROOT/ci/abuse/failures
KILLS=$ROOT/ci/abuse/kills
FAILING=$(dirname "$LDFI")/abuse/failing.so

skip_if_sanitized() {
    if is_sanitized; then skip "$1"; fi
}

explode() { # ARGUMENT...: a search that outgrows any memory
    run --separate-stderr timeout 60 "$@" "$LDFI" run "$ROOT/ci/abuse/explosion.ded" -N a,b -t 900 \
        -f 2 -c 1 --db runs.db --json "${MORE[@]}"
    echo "status $status: $stderr"
}

# The database is sound, and says of its one search that it ended without an answer.
assert_abandoned() {
    equal "$(query runs.db 'PRAGMA integrity_check')" ok
    equal "$(query runs.db 'SELECT verdict, complete, run_count FROM search')" "incomplete|0|$1"
    equal "$(query runs.db "SELECT count(*) FROM runs")" "$1"
}

@test "whichever allocation fails, a search ends by itself, and with nothing wrong" {
    skip_if_sanitized "nothing can be preloaded into a program under ASan"
    run "$FAILURES" memory --samples 6
    echo "$output"
    equal "$status" 0
    says "$output" '^lineage: [0-9]{3,} calls, 12 made to fail: .* 0 findings$'
    equal "${lines[-1]}" "failures: memory: 0 findings"
}

@test "whichever write fails, a search ends by itself, and with nothing wrong" {
    skip_if_sanitized "nothing can be preloaded into a program under ASan"
    run "$FAILURES" write --samples 3
    echo "$output"
    equal "$status" 0
    says "$output" '^lineage: [0-9]{2,} calls, 12 made to fail: .* 0 findings$'
    equal "${lines[-1]}" "failures: write: 0 findings"
}

@test "whenever a search is killed, what it stored is there" {
    run "$KILLS" --kills 4
    echo "$output"
    equal "$status" 0
    says "$output" '^random: killed 2 times within .*, 0 findings$'
    equal "${lines[-1]}" "kills: 4 kills, 0 findings"
}

# lie COMMANDS: a program that is ldfi while nothing is to fail, and then runs these commands.
lie() {
    cat >liar <<END
#!/bin/bash
if [ -z "\$LDFI_FAIL_AT" ]; then exec "$LDFI" "\$@"; fi
unset LD_PRELOAD
LDFI=$LDFI
$1
END
    chmod +x liar
}

@test "a program that takes a failure badly is caught, however it does" {
    skip_if_sanitized "of the script alone"
    local bad wanted
    while read -r wanted bad; do
        lie "$bad"
        run "$FAILURES" memory certified --samples 1 --hows once --ldfi "$PWD/liar" \
            --build "$(dirname "$LDFI")"
        echo "$bad: $output"
        equal "$status" 1
        says "$output" "${wanted//_/ }"
    done <<'END'
status_-11 kill -SEGV $$
status_1 exit 1
does_not_say_why exit 4
does_not_say_why echo ldfi: error: the disk is full >&2; exit 4
says_something_else echo certified; exit 0
database_is_gone "$LDFI" "$@"; rm runs.db*; exit 0
lacks_something "$LDFI" "$@"; sqlite3 runs.db "DELETE FROM variable"; exit 0
not_sound "$LDFI" "$@"; head -c 20000 runs.db >x; cp x runs.db; echo memory >&2; exit 4
is_lost "$LDFI" "$@"; sqlite3 runs.db "PRAGMA foreign_keys = ON; DELETE FROM execution WHERE id = 1"; echo memory >&2; exit 4
in_parts "$LDFI" "$@"; sqlite3 runs.db "UPDATE fact SET certain = 0 WHERE number = 9"; echo memory >&2; exit 4
search_1_is_wrong "$LDFI" "$@"; sqlite3 runs.db "UPDATE search SET verdict='counterexample'"; echo memory >&2; exit 4
END
}

@test "a killed program that loses a run is caught" {
    cat >liar <<END
#!/bin/bash
if mkdir "$PWD/first" 2>/dev/null || [[ \$* != *"--record all"* ]]; then exec "$LDFI" "\$@"; fi
"$LDFI" "\$@" --max-runs 5
sqlite3 runs.db "PRAGMA foreign_keys = ON; DELETE FROM execution WHERE id = 2"
exec sleep 60
END
    chmod +x liar
    run "$KILLS" --kills 1 --ldfi "$PWD/liar" --build "$(dirname "$LDFI")" --least-seconds 2
    echo "$output"
    equal "$status" 1
    says "$output" 'run 2 is lost, and later ones are there'
}

@test "a search that outgrows its memory ends with status 3 and what it learned" {
    skip_if_sanitized "a program under ASan holds much more than it takes"
    MORE=(--max-memory 60)
    explode
    equal "$status" 3
    json '.verdict == "incomplete"' '.stopped_by == "memory"' '.runs == 0'
    assert_abandoned 0
    rm runs.db*
    # The good run fits; what could happen beside it does not.
    run --separate-stderr timeout 60 "$LDFI" run "$ROOT/scenarios/primary_backup/rung5.json" \
        --eot 500 --eff 400 --crashes 3 --db runs.db --json "${MORE[@]}"
    equal "$status" 3
    json '.stopped_by == "memory"' '.runs > 0' '.good_run.facts > 100000'
    assert_abandoned "$(jq .runs <<<"$output")"
}

@test "without --max-memory a search leaves the machine a part of its memory" {
    skip_if_sanitized "nothing can be preloaded into a program under ASan"
    MORE=()
    explode env LD_PRELOAD="$FAILING" LDFI_MACHINE=100
    equal "$status" 3
    json '.stopped_by == "memory"'
    assert_abandoned 0
    rm runs.db*
    # So it does if it was allowed more than there is.
    MORE=(--max-memory 1000000)
    explode env LD_PRELOAD="$FAILING" LDFI_MACHINE=100
    equal "$status" 3
    json '.stopped_by == "memory"'
    run --separate-stderr env LD_PRELOAD="$FAILING" LDFI_MACHINE=100 "$LDFI" replay \
        "$ROOT/ci/abuse/explosion.ded" -N a,b -t 900 -f 2 -c 1
    equal "$status" 3
    says "$stderr" 'memory budget is used up'
}

@test "a machine that refuses memory is status 4, told in JSON, too, and to the database" {
    skip_if_sanitized "a program under ASan cannot run within a limit on its address space"
    MORE=()
    explode bash -c 'ulimit -v 60000; exec "$0" "$@"'
    equal "$status" 4
    json '.error.message == "the machine is out of memory"' '(.errors | length) == 1'
    says "$stderr" '^ldfi: error: the machine is out of memory$'
    assert_abandoned 0
}

@test "devices and pipes are not included" {
    mkfifo pipe
    printf 'include "/dev/zero";\ninclude "pipe";\n' >m.ded
    ldfi 2 check m.ded -N a -t 1 -f 0 -c 0
    says "$stderr" '^m.ded:1:9: error: /dev/zero is no ordinary file'
    says "$stderr" '^m.ded:2:9: error: pipe is no ordinary file'
}

@test "while files are read, a signal ends ldfi at once" {
    mkfifo m.ded
    "$LDFI" check m.ded -N a -t 1 -f 0 -c 0 &
    local process=$! ended=0
    sleep 0.2
    kill -TERM $process
    wait $process || ended=$?
    equal "$ended" 143
}

# Each of these took minutes, or for ever, and now takes no time; `ldfi` waits a minute.
@test "large files do not take for ever" {
    local names
    names=$(seq -f '"n%.0f"' 200000 | paste -sd,)
    echo "{\"model\": [\"m.ded\"], \"nodes\": [$names], \"immune\": [$names], \"eot\": 1}" >many.json
    ldfi 2 check many.json
    says "$stderr" 'many.json:1:[0-9]+: error: 200000 nodes are too many'
    { # 20,000 names, half of them derived from the other half
        echo 'pre("k")@1; post("k")@1;'
        seq -f "a_long_name_%060.0f" 20000 | paste -d' ' - - | sed 's/\(.*\) \(.*\)/\1(X) :- \2(X);/'
    } >names.ded
    ldfi 0 check names.ded -N a -t 1 -f 0 -c 0
    { # one rule with 5,000 variables
        echo 'pre("k")@1; post("k")@1; p(X) :- q(X)'
        for i in $(seq 99); do echo ", q$i($(seq -f "V${i}_%.0f" 50 | paste -sd,))"; done
        echo ';'
    } >variables.ded
    ldfi 2 check variables.ded -N a -t 1 -f 0 -c 0
    says "$stderr" 'more than 600 variables'
}
