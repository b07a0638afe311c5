#!/usr/bin/env bats
# ci/templates: workflows for GitHub Actions and GitLab CI. What they ask of ldfi is run here.

# shellcheck disable=SC2154 # status, output and stderr are set by run
load common

TEMPLATES=$ROOT/ci/templates
export PYTHONDONTWRITEBYTECODE=1

# template NAME [OPTION...]: runs the commands of a template on the scenarios of the folder `scenarios`.
template() {
    local name=$1
    shift
    run --separate-stderr env PATH="$PWD/bin:$PATH" SCENARIOS=scenarios GITHUB_STEP_SUMMARY="$PWD/summary.md" \
        /usr/bin/python3 "$TEMPLATES/check" --run "$@" "$TEMPLATES/$name"
}

# A machine with ldfi, and seven scenarios in the folder `scenarios`.
write_project() {
    mkdir bin scenarios
    ln -s "$LDFI" bin/ldfi
    ln -s "$ROOT/models" "$BATS_TEST_TMPDIR/models"
    for scenario in "$ROOT"/scenarios/delivery/*_[0-9].json; do
        sed 's|\.\./\.\./models|../../models|' "$scenario" >"scenarios/${scenario##*/}"
    done
}

# A scenario that does not come out as it says.
break_a_scenario() {
    sed -i 's/"expect": "certified"/"expect": "counterexample"/' scenarios/retry_6_3_0.json
}

# The jobs of a night, of both; each begins without yesterday's databases and reports.
NIGHTS=("github/nightly.yml --job sweep --job merge" "gitlab-ci.yml --job ldfi_nightly --job ldfi_merge")
night() {
    local words
    read -ra words <<<"$1"
    rm -f ./*.db ldfi.xml summary.md
    template "${words[@]//_/ }"
}

# program NAME: a program of the machine, as standard input has it.
program() {
    rm -f "bin/$1"
    cat >"bin/$1"
    chmod +x "bin/$1"
}

@test "the templates are YAML, and their jobs, steps and stages fit together" {
    run /usr/bin/python3 "$TEMPLATES/check"
    equal "$status $output" "0 "
    equal "$(find "$TEMPLATES" -name '*.yml' | wc -l)" 3
}

@test "a template with a mistake is found out" {
    local mistake
    for mistake in github/nightly.yml:s/needs:\ sweep/needs:\ swept/ github/nightly.yml:s/runs-on:/run-on:/ \
        github/nightly.yml:s/matrix.shard/matrix.shart/ github/every-commit.yml:s/@v4// \
        gitlab-ci.yml:s/stage:\ merge/stage:\ last/ gitlab-ci.yml:s/extends:\ .ldfi/extends:\ .ldf/ \
        github/nightly.yml:/fail-fast/d \
        gitlab-ci.yml:s/needs:\ .*/needs:\ [nightly]/ gitlab-ci.yml:s/key:\ ldfi/key\ ldfi/; do
        sed "${mistake#*:}" "$TEMPLATES/${mistake%%:*}" >wrong.yml
        refute cmp -s wrong.yml "$TEMPLATES/${mistake%%:*}"
        run /usr/bin/python3 "$TEMPLATES/check" wrong.yml
        equal "$mistake $status" "$mistake 1"
        says "$output" '^wrong.yml: '
    done
}

@test "on every commit: GitHub and GitLab sweep, keep what they learn, and fail when a verdict is wrong" {
    write_project
    for name in github/every-commit.yml gitlab-ci.yml; do
        rm -f ldfi.db ldfi.xml
        template "$name"
        equal "$name $status" "$name 0"
        equal "$(query ldfi.db 'SELECT count(*) FROM result')" 7
        says "$(cat ldfi.xml)" 'retry_6_3_0'
    done
    says "$(cat summary.md)" '7 scenarios: 7 right'

    break_a_scenario
    for name in github/every-commit.yml gitlab-ci.yml; do
        template "$name"
        equal "$name $status" "$name 1"
        says "$stderr" ': status 1 of: ldfi sweep'
    done
}

@test "every night: shards are swept, merged and reported, and a wrong verdict fails the merge, not a shard" {
    write_project
    ldfi 0 sweep scenarios --db whole.db --quiet
    template github/nightly.yml
    equal "$status" 0
    equal "$(query ldfi.db 'SELECT key, scenario, verdict, runs FROM result ORDER BY scenario')" \
        "$(query whole.db 'SELECT key, scenario, verdict, runs FROM result ORDER BY scenario')"
    equal "$(query ldfi.db 'SELECT count, sum(planned), sum(finished) FROM shard GROUP BY count ORDER BY 1')" \
        '4|7|4' # a report is no sweep
    says "$(cat summary.md)" '7 scenarios: 7 right'

    break_a_scenario
    rm -f ./*.db
    template github/nightly.yml
    equal "$status" 1
    says "$stderr" 'merge: status 1 of: ldfi sweep'
    template gitlab-ci.yml
    equal "$status" 1
}

@test "every night: when a shard is lost the others are merged and reported, and the night fails" {
    write_project
    program ldfi <<END
#!/bin/sh
case "\$*" in *"--shard 2/4"*) exit 137 ;; esac # killed before it had a database
exec "$LDFI" "\$@"
END
    ldfi 0 sweep scenarios --shard 2/4 --json
    local lost name
    lost=$(jq '.results | length' <<<"$output")
    [ "$lost" -gt 0 ] && [ "$lost" -lt 7 ]
    for name in "${NIGHTS[@]}"; do
        night "$name"
        equal "$name $status" "$name 1"
        says "$output" "^shard 2 of 4 is missing"
        says "$output" "^7 scenarios: $((7 - lost)) right, 0 wrong, $lost without an answer"
        says "$stderr" 'status 1 of: timeout 5h ldfi sweep' # the job of the shard
        says "$stderr" 'merge: status 3 of: '
        says "$(cat ldfi.xml)" "tests=\"7\" failures=\"0\" errors=\"$lost\""
        equal "$(query ldfi.db 'SELECT count(*), (SELECT count(*) FROM shard) FROM result')" "$((7 - lost))|3"
    done
}

@test "every night: a shard that is out of time goes on in the next, and what it has is reported" {
    write_project
    jq "(.model, .inputs) |= map(\"$ROOT/scenarios/primary_backup/\" + .) | .eot = 100 | .crashes = 3" \
        "$ROOT/scenarios/primary_backup/rung5_staggered.json" >scenarios/endless.json
    program timeout <<'END'
#!/bin/sh
[ "$1" = 5h ] && shift && exec /usr/bin/timeout 1 "$@"
exit 99
END
    local name
    for name in "${NIGHTS[@]}"; do
        night "$name"
        equal "$name $status" "$name 1"
        says "$output" '^shard [1-4] of 4 is not finished'
        says "$output" '^scenarios/endless.json: not searched$'
        says "$output" '^8 scenarios: 7 right, 0 wrong, 1 without an answer'
        # The job of the shard has not failed; the merge has.
        refute grep -q 'of: timeout' <<<"$stderr"
        says "$stderr" 'merge: status 3 of: '
        says "$(cat ldfi.xml)" 'tests="8" failures="0" errors="1"'
        equal "$(query ldfi.db 'SELECT count(*), (SELECT sum(finished) FROM shard) FROM result')" '7|3'
    done
}
