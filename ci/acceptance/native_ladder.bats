#!/usr/bin/env bats
# The ladder in C beside the ladder in Dedalus: the same protocols, scenarios of the same names, and
# two executors that share no code. What breaks one must break the other, at the same times.
#
# LDFI_NIGHT=1 has all scenarios; without it those that take long are left out (`hurried`).

load common

LADDER=$ROOT/models/primary_backup
SCENARIOS=$ROOT/scenarios

# faults JQ-PATH: of a report, each minimal counterexample as one line for each choice of crash times
# that makes no difference, sorted: lost messages, crashes, and the promises that break.
FAULTS='.counterexamples[] | [[.omissions[] | "\(.from)>\(.to)@\(.time)"] | sort,
    ([.crashes[] | [.node + "@" + (.times[] | tostring)]] | [combinations] | .[] | flatten | sort),
    ([.broken[] | capture("\"?(?<promise>[a-z]+)\"").promise] | unique)] | flatten | join(" ")'

# found SCENARIO OPTION...: the verdict, and what breaks it.
found() {
    run --separate-stderr timeout 300 "$LDFI" run "$@" --json
    [ "$status" -le 1 ] || echo "status $status: $stderr"
    jq -r .verdict <<<"$output"
    jq -r "$FAULTS" <<<"$output" | sort
}
