#!/usr/bin/env bats
# ci/cluster: sweeps on Slurm and, with GNU Parallel, on machines reached by ssh. Both are real; their
# nodes are this machine (ci/cluster/try-slurm, ci/cluster/try-ssh).

load common

CLUSTER=$ROOT/ci/cluster
PRIMARY_BACKUP=$ROOT/scenarios/primary_backup
MANY=scenarios/many

# why_not: why the tests cannot run; nothing if they can.
why_not() {
    local program
    [ "$(id -u)" = 0 ] || echo "the daemons of Slurm and ssh want to be root"
    for program in slurmctld slurmd sbatch munged parallel rsync ssh sshd pgrep; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || echo "no $program: type 'ci/setup cluster'"
    done
    ! is_sanitized || echo "of the scripts, however ldfi was built"
}

# What has to come out, whoever sweeps.
setup_file() {
    [ -z "$(why_not)" ] || return 0
    cd "$BATS_FILE_TMPDIR" || return 1
    write_many_scenarios
    ldfi 1 sweep "$MANY" --db whole.db --quiet
    equal "$(query whole.db 'SELECT count(*) FROM result')" 32
}

setup() {
    reason=$(why_not)
    [ -z "$reason" ] || skip "${reason%%$'\n'*}"
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1
    cp -r "$BATS_FILE_TMPDIR"/{scenarios,models} .
    export LDFI CLUSTER MANY
}

# 32 scenarios in $MANY, most of which take some tenths of a second; one does not end as expected.
write_many_scenarios() {
    local end
    mkdir -p scenarios/{many,primary_backup}
    cp -r "$ROOT/models" .
    cp -r "$PRIMARY_BACKUP/inputs" scenarios/primary_backup
    for end in {26..37}; do
        variant rung5_one_lost "$end" >"$MANY/checkpoints_$end.json"
        variant rung4 "$end" >"$MANY/terms_$end.json"
    done
    for end in {22..29}; do variant rung3 "$end" >"$MANY/numbers_$end.json"; done
    jq '.expect = "certified"' "$MANY/numbers_22.json" >expected && mv expected "$MANY/numbers_22.json"
}

# variant SCENARIO EOT
variant() {
    jq ".eot = $2 | if .inputs then .inputs |= map(\"../primary_backup/\" + .) else . end" \
        "$PRIMARY_BACKUP/$1.json"
}

# rows DATABASE [PATTERN]: its results but for times; of the scenarios that the pattern has.
rows() {
    query "$1" "SELECT key, scenario, choice, version, verdict, vacuous, eot, eff, crashes, runs,
                       smallest, done FROM result WHERE scenario GLOB '${2:-*}'
                ORDER BY key, scenario, choice"
}

# times DATABASE: how long each result took, to the microsecond; running it again takes another time.
times() {
    query "$1" "SELECT key, scenario, choice, seconds FROM result ORDER BY 1, 2, 3"
}

# kept BEFORE AFTER: each line of one file is in the other.
kept() {
    equal "$(comm -23 <(sort "$1") <(sort "$2"))" ""
}

# below PROGRAM FUNCTION: calls it in a shell of its own below try-slurm or try-ssh.
below() {
    run "$CLUSTER/$1" bash -euo pipefail -c "$(declare -f); $2"
    [ "$status" -eq 0 ] && return
    printf '%s\n' "$output"
    tail -n 20 ldfi-sweep/*.log
    return 1
}

# submit ARGUMENT...: fills $sweep and $merge with the numbers of the jobs.
submit() {
    "$CLUSTER/slurm" "$@" | tee submitted
    sweep=$(sed -n 's/^Sweep of .* job \([0-9]*\)\..* job \([0-9]*\)\.$/\1/p' submitted)
    merge=$(sed -n 's/^Sweep of .* job \([0-9]*\)\..* job \([0-9]*\)\.$/\2/p' submitted)
}

wait_for_jobs() {
    for _ in {1..600}; do
        [ -n "$(squeue --noheader)" ] || return 0
        sleep 0.1
    done
    squeue
    return 1
}

# field NAME JOB: what Slurm says of a job.
field() {
    scontrol --oneliner show job "$2" | grep -o "\<$1=[^ ]*" | cut -d= -f2
}

# in_the_middle VARIABLE=VALUE PATTERN: waits for a shard not in $done_with, among the databases of the
# pattern, that has a result, will have two more, and whose ldfi has this variable; fills $shard,
# $database, and $process with the number of that ldfi.
in_the_middle() {
    for _ in {1..1000}; do
        for database in $2; do
            shard=${database##*/shard-} shard=${shard%%-*}
            [[ " $done_with " != *" $shard "* ]] || continue
            [ "$(query "$database" "SELECT (SELECT count(*) FROM result) BETWEEN 1 AND planned - 2
                                    FROM shard" 2>/dev/null)" = 1 ] || continue
            for process in $(pgrep -f -- "--shard $shard/"); do
                grep -qz "^$1$" "/proc/$process/environ" 2>/dev/null || continue
                done_with+=" $shard"
                return 0
            done
        done
        sleep 0.02
    done
    return 1
}

# Kills all processes that have a variable, and first those above them that would tell of their end.
lose_machine() {
    local tasks
    tasks=$(grep -lsz "^$1$" /proc/[0-9]*/environ | cut -d/ -f3) || true
    ps -o ppid= -p "${tasks//$'\n'/,}" | sort -u | while read -r parent; do
        if [[ $(ps -o comm= -p "$parent") == slurmstepd* ]]; then kill -9 "$parent"; fi
    done
    xargs -r kill -9 <<<"$tasks" || true # some have ended by themselves
}

# ended SHARD: how the shard of the last submission ended, and how often it was started again.
ended() {
    echo "$(field JobState "${sweep}_$1") $(field Restarts "${sweep}_$1")"
}

# in_a_task VARIABLE=VALUE: see in_the_middle; adds to `before` what the shard has by then.
in_a_task() {
    in_the_middle "$1" "ldfi-sweep/shard-*-of-8.db"
    times "$database" >>before
}

sweep_while_things_break() {
    done_with=
    submit "$MANY"
    in_a_task "SLURM_CONF=$SLURM_CONF"
    kill -9 "$process"
    in_a_task "SLURM_CONF=$SLURM_CONF"
    scontrol requeue "${sweep}_$shard"
    in_a_task "SLURM_CONF=$SLURM_CONF" # what Slurm does to a script a minute before its time limit
    kill -TERM "$(ps -o ppid= -p "$process")"
    in_a_task SLURMD_NODENAME=n2
    kill -9 "$(cat "$TRY_SLURM/n2.pid")"
    lose_machine SLURMD_NODENAME=n2
    scontrol update nodename=n2 state=down reason=lost
    wait_for_jobs
    for shard in {1..8}; do ended "$shard"; done >states
    field JobState "$merge" >merged
    echo "${done_with# }" >broken
}

@test "a sweep on Slurm loses nothing: one task is killed, one requeued, one out of time, one node lost" {
    below try-slurm sweep_while_things_break
    equal "$(rows ldfi-sweep/sweep.db)" "$(rows "$BATS_FILE_TMPDIR/whole.db")"
    # Four tasks were started again, and what they had was not run again.
    read -r killed requeued _ <broken
    grep -q 'status 137' "ldfi-sweep/shard-$killed-of-8.log"
    grep -q 'DUE TO JOB REQUEUE' "ldfi-sweep/shard-$requeued-of-8.log"
    equal "$(grep -c 'COMPLETED 1' states)/$(grep -c 'COMPLETED 0' states)" 4/4
    [ "$(wc -l <before)" -ge 4 ]
    times ldfi-sweep/sweep.db >after
    kept before after
    refute grep -q 'is missing\|is not finished' ldfi-sweep/merge.log
    # The job that merges tells the verdicts, and ends as they do.
    grep -q '^32 scenarios: 31 right, 1 wrong, 0 without an answer' ldfi-sweep/merge.log
    grep -q '^report: status 1$' ldfi-sweep/merge.log
    equal "$(cat merged)" FAILED
}

cancel_and_submit_again() {
    done_with=
    submit --shards 3 "$MANY"/terms_*.json
    in_the_middle "SLURM_CONF=$SLURM_CONF" "ldfi-sweep/shard-*-of-3.db"
    scancel "${sweep}_$shard"
    wait_for_jobs
    echo "$shard $(ended "$shard")" >cancelled
    cp ldfi-sweep/merge.log first.log
    times ldfi-sweep/sweep.db >before
    rows ldfi-sweep/sweep.db >first

    submit --shards 3 "$MANY"/terms_*.json
    wait_for_jobs
    sed '1,/^merge: /d' ldfi-sweep/merge.log >second.log
}

@test "a task on Slurm that somebody cancels stays so, the merge names it, and submitting again goes on" {
    below try-slurm cancel_and_submit_again
    read -r shard state restarts <cancelled
    equal "$state $restarts" "CANCELLED 0"
    equal "$(grep -c 'is missing\|is not finished' first.log)" 1
    grep -q "^shard $shard of 3 is not finished" first.log
    grep -q '^report: status 3$' first.log
    grep -q '^scenarios/many/terms_[0-9]*.json: not searched$' first.log
    rows "$BATS_FILE_TMPDIR/whole.db" "*/terms_*" >whole
    kept first whole
    [ "$(wc -l <first)" -lt 12 ]

    refute grep -q 'is missing\|is not finished' second.log
    equal "$(rows ldfi-sweep/sweep.db)" "$(cat whole)"
    times ldfi-sweep/sweep.db >after
    kept before after
}

sweep_what_is_not_a_model() {
    submit --shards 2 --folder bad wrong
    wait_for_jobs
    for shard in 1 2; do ended "$shard"; done >states
    field JobState "$merge" >>states
}

@test "bad input ends a task on Slurm, and is not tried again" {
    mkdir wrong && echo '{"model": ["none.ded"], "nodes": ["a"], "eot": 1, "eff": 0, "crashes": 0}' >wrong/a.json
    below try-slurm sweep_what_is_not_a_model
    # One of the two shards is empty, and both came to their end.
    # The report has no answer to what no shard could ask.
    equal "$(sort states)" $'COMPLETED 0\nFAILED\nFAILED 0'
    grep -q "cannot read the model 'wrong/none.ded'" bad/shard-*.log
}

refused() {
    local words
    for words in "--shards 1001 $MANY" "--shards 0 $MANY" "--shards" ""; do
        # shellcheck disable=SC2086 # several words
        "$CLUSTER/slurm" $words 2>&1 || echo "status $?"
    done
    LDFI=none "$CLUSTER/slurm" "$MANY" 2>&1 || echo "status $?"
    [ -z "$(squeue --noheader)" ]
}

@test "a sweep on Slurm says what it cannot do before it submits anything" {
    below try-slurm refused
    equal "$(grep -c '^status 2$' <<<"$output")" 5
    says "$output" "1001 shards are more than this Slurm takes in a job array: MaxArraySize is 1001"
    says "$output" "--shards wants a number from 1 on, not '0'"
    says "$output" "--shards wants a value"
    says "$output" "^usage: ci/cluster/slurm"
    says "$output" "there is no program 'none'"
}

sweep_while_machines_break() {
    local there="$TRY_SSH/m[12]/.ldfi-sweep/*/ldfi-sweep/shard-*/shard.db"
    done_with=
    "$CLUSTER/parallel" --hosts "$TRY_SSH/machines" --copy models --copy scenarios/primary_backup/inputs \
        --shards 4 "$MANY"/{terms_*,numbers_2[3-9]}.json >swept 2>&1 &
    in_the_middle "TRY_SSH_MACHINE=$TRY_SSH/m1" "$there"
    times "$database" >before
    killed=$shard
    kill -9 "$process"
    in_the_middle "TRY_SSH_MACHINE=$TRY_SSH/m2" "$there"
    mv "$TRY_SSH/m2" "$TRY_SSH/lost"
    lose_machine "TRY_SSH_MACHINE=$TRY_SSH/m2"
    wait $!
    echo "$killed $shard" >broken
    ls "$TRY_SSH/m1/.ldfi-sweep" >left
}

@test "a sweep with GNU Parallel loses nothing when a shard is killed and a machine is lost" {
    below try-ssh sweep_while_machines_break
    equal "$(rows ldfi-sweep/sweep.db)" "$(rows "$BATS_FILE_TMPDIR/whole.db" "*/[tn]*" | grep -v numbers_22)"
    # What the killed shard had came back, and was not run again.
    read -r killed lost <broken
    grep -q "^$killed.*status 137" swept
    [ "$killed" != "$lost" ]
    grep -q '^19 scenarios: 19 right, 0 wrong, 0 without an answer' swept
    [ "$(wc -l <before)" -ge 1 ]
    times ldfi-sweep/sweep.db >after
    kept before after
    equal "$(cut -f 2,7 ldfi-sweep/jobs.log | grep -c '^m1.0$')" 4
    equal "$(cat left)" "" # nothing stays on the machine
}

@test "a sweep with GNU Parallel says what it cannot do before it starts" {
    touch machines
    local words
    for words in "" "--hosts machines" "scenarios" "--hosts none scenarios" "--hosts" \
        "--hosts machines --shards 0 scenarios" "--hosts machines --folder /tmp/results scenarios" \
        "--hosts machines $PWD/scenarios"; do
        # shellcheck disable=SC2086 # several words
        run "$CLUSTER/parallel" $words
        equal "$words $status" "$words 2"
        says "$output" '^(ci/cluster/parallel: |usage: )'
    done
    refute test -e ldfi-sweep/jobs.log
}

# A copy of the scripts, and a PATH without ldfi.
copy_scripts() {
    local folder
    mkdir -p commands copy/ci copy/build
    for folder in /usr/bin /bin /usr/sbin; do ln -sf "$folder"/* commands; done
    rm -f commands/ldfi
    cp -r "$CLUSTER" copy/ci
    unset LDFI
    # shellcheck disable=SC2123 # it is the shell's that is meant
    PATH=$PWD/commands
}

sweep_over_ssh() {
    built=$LDFI
    copy_scripts
    set -- copy/ci/cluster/parallel --hosts "$TRY_SSH/machines" --copy models \
        --copy scenarios/primary_backup/inputs --shards 1 "$MANY/numbers_23.json"
    "$@" 2>&1 || echo "status $?"
    ln -s "$built" copy/build/ldfi
    "$@"
}

sweep_with_slurm() {
    built=$LDFI
    copy_scripts
    copy/ci/cluster/slurm "$MANY/numbers_23.json" 2>&1 || echo "status $?"
    ln -s "$built" copy/build/ldfi
    CLUSTER=copy/ci/cluster
    submit --shards 1 "$MANY/numbers_23.json"
    wait_for_jobs
    cat ldfi-sweep/merge.log
}

@test "where no ldfi is on the PATH the one built beside the scripts sweeps and merges" {
    below try-ssh sweep_over_ssh
    equal "$(grep -A 1 "there is no program 'ldfi'" <<<"$output" | tail -n 1)" "status 2"
    says "$output" '^1 scenarios?: 1 right, 0 wrong, 0 without an answer'
    rm -r ldfi-sweep copy commands
    below try-slurm sweep_with_slurm
    equal "$(grep -A 1 "there is no program 'ldfi'" <<<"$output" | tail -n 1)" "status 2"
    says "$output" '^1 scenarios?: 1 right, 0 wrong, 0 without an answer'
}
