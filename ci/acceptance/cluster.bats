#!/usr/bin/env bats
# ci/cluster: sweeps on Slurm and, with GNU Parallel, on machines reached by ssh. Both are real; their
# nodes are this machine (ci/cluster/try-slurm, ci/cluster/try-ssh).

load common

CLUSTER=$ROOT/ci/cluster
PRIMARY_BACKUP=$ROOT/scenarios/primary_backup

setup() {
    if [ "$(id -u)" != 0 ]; then skip "the daemons of Slurm and ssh want to be root"; fi
    mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return 1
    export LDFI CLUSTER
    # Databases are compared under the name of the program, not of where it was built.
    mkdir bin && ln -s "$LDFI" bin/ldfi
}

# 32 scenarios in `many`, most of which take some tenths of a second; one ends as it is not expected.
write_many_scenarios() {
    local end
    mkdir many
    ln -s "$ROOT/models" models
    ln -s "$PRIMARY_BACKUP/inputs" many/inputs
    for end in {30..40}; do
        jq ".eot = $end | .model |= map(sub(\"../../\"; \"../\"))" \
            "$PRIMARY_BACKUP/rung5_one_lost.json" >"many/checkpoints_$end.json"
        jq ".eot = $end | .model |= map(sub(\"../../\"; \"../\"))" \
            "$PRIMARY_BACKUP/rung4.json" >"many/terms_$end.json"
    done
    for end in {22..31}; do
        jq ".eot = $end | .model |= map(sub(\"../../\"; \"../\"))" \
            "$PRIMARY_BACKUP/rung3.json" >"many/numbers_$end.json"
    done
    jq '.expect = "certified"' many/numbers_22.json >expected && mv expected many/numbers_22.json
}

# rows DATABASE: its results but for times.
rows() {
    query "$1" "SELECT key, scenario, choice, version, verdict, vacuous, eot, eff, crashes, runs,
                       smallest, done FROM result ORDER BY key, scenario, choice"
}

# times DATABASE: when each result was found; running a scenario again changes it.
times() {
    query "$1" "SELECT key, scenario, choice, recorded, seconds FROM result ORDER BY 1, 2, 3"
}

# kept BEFORE AFTER: each line of one file is in the other.
kept() {
    equal "$(comm -23 <(sort "$1") <(sort "$2"))" ""
}

# in_slurm FUNCTION: calls it in a shell of its own below a Slurm.
in_slurm() {
    run "$CLUSTER/try-slurm" bash -euo pipefail -c "$(declare -f); $1"
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

# in_the_middle [NODE]: waits for a shard not in $done_with that has a result and will have two more;
# fills $shard, and $process with the number of its ldfi.
in_the_middle() {
    local database
    for _ in {1..1000}; do
        for database in ldfi-sweep/shard-*.db; do
            shard=${database#*shard-} shard=${shard%%-*}
            [[ " $done_with " != *" $shard "* ]] || continue
            [ "$(query "$database" "SELECT (SELECT count(*) FROM result) BETWEEN 1 AND planned - 2
                                    FROM shard" 2>/dev/null)" = 1 ] || continue
            process=$(pgrep -f -- " --resume $PWD/$database --shard ") || continue
            [ $# = 0 ] || grep -qz "^SLURMD_NODENAME=$1$" "/proc/$process/environ" 2>/dev/null || continue
            done_with+=" $shard"
            return 0
        done
        sleep 0.02
    done
    return 1
}

# Kills all that runs on a node, as if its power was gone, and tells Slurm. First goes who would report
# the end of a task, its parent.
lose_node() {
    local tasks
    kill -9 "$(cat "$TRY_SLURM/$1.pid")"
    tasks=$(grep -lsz "^SLURMD_NODENAME=$1$" /proc/[0-9]*/environ | cut -d/ -f3) || true
    # shellcheck disable=SC2086 # numbers of processes
    ps -o ppid= -p "${tasks//$'\n'/,}" | sort -u | while read -r parent; do
        if [[ $(ps -o comm= -p "$parent") == slurmstepd* ]]; then kill -9 "$parent"; fi
    done
    xargs -r kill -9 <<<"$tasks" || true # some have ended by themselves
    scontrol update nodename="$1" state=down reason=lost
}

sweep_while_things_break() {
    done_with=
    submit many

    in_the_middle
    times "ldfi-sweep/shard-$shard-of-8.db" >before
    kill -9 "$process"

    in_the_middle
    times "ldfi-sweep/shard-$shard-of-8.db" >>before
    scontrol requeue "${sweep}_$shard"

    in_the_middle n2
    lose_node n2
    times "ldfi-sweep/shard-$shard-of-8.db" >>before

    wait_for_jobs
    for shard in {1..8}; do
        echo "$shard $(field JobState "${sweep}_$shard") $(field Restarts "${sweep}_$shard")"
    done >states
    echo "${done_with# }" >broken
    field JobState "$merge" >merged
}

@test "a sweep on Slurm loses nothing when a task is killed, one is requeued and a node is lost" {
    write_many_scenarios
    ldfi 1 sweep many --db whole.db --quiet
    in_slurm sweep_while_things_break

    equal "$(query ldfi-sweep/sweep.db 'SELECT count(*) FROM result')" 32
    equal "$(rows ldfi-sweep/sweep.db)" "$(rows whole.db)"
    # Three tasks were started again, and what they had was not run again.
    read -r killed requeued lost <broken
    grep -q 'status 137' "ldfi-sweep/shard-$killed-of-8.log"
    [ "$killed" != "$requeued" ] && [ "$requeued" != "$lost" ] && [ "$killed" != "$lost" ]
    equal "$(grep -c 'COMPLETED 1' states)/$(grep -c 'COMPLETED 0' states)" 3/5
    [ "$(wc -l <before)" -ge 3 ]
    times ldfi-sweep/sweep.db >after
    kept before after
    refute grep -qE 'missing|unfinished' ldfi-sweep/merge.log
}
