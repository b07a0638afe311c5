#!/usr/bin/env bats
# Every command takes a protocol in C. Of simple.c (native.bash) a sends b and c one message each, at
# 1, and each loss breaks the promise; repeated.c sends them at 1 and again at 2.

load common
load native

# write_repeated: repeated.c and its scenario.
write_repeated() {
    write_simple
    sed 's/^static void start(/static void timer(struct ldfi_node *node, const char *name);\n&/
        s/^    if (strcmp(ldfi_name(node), "a") != 0)$/    if (ldfi_now(node) < 2)\n        ldfi_set_timer(node, "again", 1);\n&/
        s/^static void claim(/static void timer(struct ldfi_node *node, const char *name)\n{\n    (void)name;\n    start(node);\n}\n\n&/
        s/\.start = start/&, .timer = timer/' simple.c >repeated.c
    sed 's/simple/repeated/; s/"eff": 2/"eff": 3/' simple.json >repeated.json
}

@test "run, replay and check: verdicts, smallest faults, and what to do next" {
    write_repeated
    ldfi 1 run simple.json --json
    json '.verdict == "counterexample" and .counterexamples[0].broken == ["pre(\"c\", \"hello\")"]'
    ldfi 1 run repeated.json --all --json
    json '[.counterexamples[] | [.omissions[] | "\(.from)\(.to)\(.time)"] | sort] | sort == [["ab1", "ab2"], ["ac1", "ac2"]]'
    ldfi 0 run repeated.json --eff 2
    says "$output" '^repeated: certified'
    ldfi 1 replay repeated.json --omit a,b,1 --omit a,b,2
    says "$output" 'LOST'
    ldfi 0 replay repeated.json --omit a,b,1
    ldfi 0 check simple.json
    says "$output" 'simple: well formed: 3 nodes'
}

@test "searches agree, whatever searches, and with however many processes" {
    write_repeated
    local jobs how all=()
    for how in lineage exhaustive; do
        for jobs in 1 4; do
            ldfi 1 run repeated.json --crashes 1 --all --search $how --jobs $jobs --json
            all+=("$(jq -c '[.counterexamples[] | .text, .broken] | sort' <<<"$output")")
        done
    done
    equal "${all[1]}" "${all[0]}"
    equal "${all[2]}" "${all[0]}"
    equal "${all[3]}" "${all[0]}"
}

@test "a certificate in C has a proof that another program checks, and a formula" {
    write_repeated
    ldfi 0 run repeated.json --eff 2 --crashes 1 --immune a --proof the.drat --dimacs the.cnf
    run "$(dirname "$LDFI")/check-proof" the.cnf the.drat
    equal "$status" 0
    # What is not certified has none.
    ldfi 1 run repeated.json --dimacs broken.cnf
    says "$(cat broken.cnf)" '^p cnf'
}

@test "why and why-not show handler, file and line; explain names the message" {
    write_simple
    ldfi 0 why simple.json 'log(b, "hello")@4'
    says "$output" 'by message: ldfi_put\(node, "log", ldfi\(ldfi_text\(message, 0\)\), ldfi\(\)\); \(simple\.c:15\)'
    says "$output" 'by start: ldfi_send\(.*\); \(simple\.c:9\), sent by a at 1'
    refute grep -q ':0)' <<<"$output"
    ldfi 1 why simple.json 'log(b, "hello")@4' --omit a,b,1
    ldfi 0 why-not simple.json 'log(b, "hello")@4' --omit a,b,1
    says "$output" 'LOST rumor\("b", "a", "hello"\) from a to b at 1: omit\(a,b,1\)'
    ldfi 1 explain simple.json --omit a,c,1
    says "$output" 'a -> c at 1  rumor\("c", "a", "hello"\)  LOST: omit\(a,c,1\)'
    says "$output" '^ +simple\.c:9$'
}

@test "a database holds the program: why, explain, report and export need no file and no compiler" {
    write_simple
    ldfi 1 run simple.json --all --db runs.db
    local run
    run=$(query runs.db "SELECT run FROM runs WHERE faults = 'omit(a,b,1)' AND kind = 'counterexample'")
    rm simple.c simple.json
    ldfi 0 why runs.db 'log(c, "hello")@4' --run "$run"
    says "$output" 'simple\.c:15'
    ldfi 0 why-not runs.db 'log(b, "hello")@4' --run "$run"
    says "$output" 'LOST rumor\("b", "a", "hello"\)'
    ldfi 1 explain runs.db --run "$run"
    says "$output" 'under omit\(a,b,1\): 1 promise is not kept'
    ldfi 0 report runs.db -o page.html
    says "$(cat page.html)" 'ldfi_text\(message, 0\)'
    ldfi 0 export runs.db --run "$run" --dot lineage.dot --shiviz run.log --mermaid run.mmd --otlp run.json --pcap run.pcap
    says "$(cat lineage.dot)" 'simple\.c:15'
    says "$(cat run.mmd)" 'rumor'
    jq -e . run.json >/dev/null
}

@test "a sweep runs again what has changed: the C text, a header, how it is compiled" {
    write_simple
    mkdir s
    mv simple.* s
    echo '#define NOTHING 1' >s/header.h
    sed -i '1a #include "header.h"' s/simple.c
    ldfi 1 sweep s --resume all.db
    ldfi 1 sweep s --resume all.db
    says "$output" '1 known from an earlier sweep'
    echo '#define NOTHING 2' >s/header.h
    ldfi 1 sweep s --resume all.db
    refute grep -q 'known from' <<<"$output"
    echo '/* changed */' >>s/simple.c
    ldfi 1 sweep s --resume all.db
    refute grep -q 'known from' <<<"$output"
    LDFI_CFLAGS=-DOTHER ldfi 1 sweep s --resume all.db
    refute grep -q 'known from' <<<"$output"
    LDFI_CFLAGS=-DOTHER ldfi 1 sweep s --resume all.db
    says "$output" '1 known from an earlier sweep'
}

@test "compare and bisect tell versions in C apart" {
    write_repeated
    sed -i 's/"eff": 3/"eff": 2/' repeated.json
    ldfi 0 compare simple.json repeated.json
    says "$output" 'NEW is worse in 0'
    ldfi 1 compare repeated.json simple.json
    says "$output" 'NEW is worse in 1'
    sed 's/again/anew/' repeated.c >renamed.c
    ldfi 0 bisect --scenario simple.json repeated.c renamed.c simple.c
    says "$output" '^The bug came with simple: renamed does not have it'
}
