#!/usr/bin/env bats
# A library that nobody here wrote as protocol under test: the C Raft library, as Debian ships it.

load common

SCENARIOS=$ROOT/scenarios/libraft

setup_file() {
    ! pkg-config --exists raft || make --no-print-directory -s -C "$BATS_TEST_DIRNAME/../../models/libraft"
}

needs_libraft() {
    pkg-config --exists raft || skip "libraft-dev is not installed (ci/setup test)"
}

# facts SCENARIO RELATION OPTION...: its facts at the end of time in a replay, one a line.
facts() {
    local scenario=$1 relation=$2
    shift 2
    run --separate-stderr "$LDFI" replay "$SCENARIOS/$scenario.json" --facts "$relation" "$@" --json
    jq -r '.bounds.eot as $last | .facts[] | select(.time == $last) | .tuple' <<<"$output" | sort
}

@test "the module compiles without a warning" {
    needs_libraft
    make --no-print-directory -s -C "$ROOT/models/libraft" OUT="$PWD/libraft.so" WERROR=1
    [ -e libraft.so ]
}

@test "without faults one server leads, and all servers apply both writes in the same order" {
    needs_libraft
    equal "$(facts crash leads | wc -l)" 1
    equal "$(facts crash acknowledged)" $'acknowledged("C", "w1")\nacknowledged("C", "w2")'
    local applied
    applied=$(facts crash applied)
    equal "$(grep -c . <<<"$applied")" 6
    equal "$(cut -d, -f2- <<<"$applied" | sort | uniq -c | awk '{print $1}' | xargs)" "3 3"
}

@test "after the leader's crash another server leads in a later term" {
    needs_libraft
    local leader terms
    leader=$(facts crash leads | cut -d'"' -f2)
    ldfi 0 replay "$SCENARIOS/crash.json" --crash "$leader,15" --quiet
    terms=$(facts crash leads --crash "$leader,15" | sed 's/leads("\(.*\)", \(.*\))/\2 \1/' | sort -n)
    [ "$(head -n 1 <<<"$terms" | cut -d' ' -f2)" = "$leader" ]
    [ "$(tail -n 1 <<<"$terms" | cut -d' ' -f2)" != "$leader" ]
    equal "$(cut -d' ' -f1 <<<"$terms" | uniq -d)" ""
}

@test "the library stands a crash, and one lost message" {
    needs_libraft
    local scenario
    for scenario in crash one_lost; do
        ldfi 0 run "$SCENARIOS/$scenario.json" --json
        json '.verdict == "certified"' .complete '.vacuous == false' '.good_run.pre == 15' \
            '.warnings == []'
    done
}

# counterexamples SEARCH: all minimal ones of the scenario with two lost messages.
counterexamples() {
    ldfi 0 run "$SCENARIOS/two_lost.json" --all --search "$1" --json
    json .complete '.verdict == "counterexample"'
    jq -c '[.counterexamples[] | .omissions + .crashes]' <<<"$output"
}

@test "exhaustive search finds no more than the search by lineage" {
    needs_libraft
    unless_sanitized
    ldfi 0 run "$SCENARIOS/one_lost.json" --search exhaustive --json
    json '.verdict == "certified"' .complete
    counterexamples lineage >lineage
    counterexamples exhaustive >exhaustive
    equal "$(<lineage)" "$(<exhaustive)"
    equal "$(jq 'length' lineage)" 1
}

# What goes wrong then, by hand: a leads in term 2 and has w1 in its log; nobody else hears of it. c
# leads in term 3, and a answers its first message, which has no entries, with the index of its own
# last one. c takes it for its own entry there, and w1 for safe.
@test "two lost messages are too many: an entry of an older term is taken for the leader's own" {
    needs_libraft
    local lost=(--omit a,b,15 --omit a,c,15) one
    ldfi 1 replay "$SCENARIOS/two_lost.json" "${lost[@]}" --json
    equal "$(jq -r '.broken[]' <<<"$output")" 'pre("durability", 0, "w1", "a")'
    for one in a,b,15 a,c,15; do
        ldfi 0 replay "$SCENARIOS/two_lost.json" --omit "$one" --quiet
    done
    equal "$(facts two_lost log "${lost[@]}" | grep ', 2, ')" "$(printf '%s\n' \
        'log("a", 2, "2:command:w1")' 'log("b", 2, "3:command:w1")' 'log("c", 2, "3:command:w1")')"
    # It never heals.
    ldfi 1 replay "$SCENARIOS/two_lost.json" "${lost[@]}" -t 300 --quiet
}

@test "four lost messages and a crash cost an acknowledged write, and none of the faults is idle" {
    needs_libraft
    local faults=(--omit a,b,9 --omit a,c,11 --omit a,b,13 --omit c,b,16 --crash c,19) fault
    ldfi 0 run "$SCENARIOS/lost_write.json" --json
    equal "$(facts lost_write acknowledged | head -n 1)" 'acknowledged("C", "w1")'
    equal "$(facts lost_write applied | grep ', 2, ')" "$(printf 'applied("%s", 2, "%s")\n' a w2 b w2 c w1)"
    refute grep -q 'applied("[ab]", .*"w1")' <<<"$(facts lost_write applied)"
    for fault in 0 2 4 6 8; do
        ldfi 0 replay "$SCENARIOS/lost_write.json" "${faults[@]:0:fault}" "${faults[@]:fault+2}" \
            -t 100 --quiet
    done
}
