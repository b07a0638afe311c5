#!/usr/bin/env bats
# ldfi replay --gdb: one schedule of a protocol in C under gdb.

load common

setup() {
    command -v gdb >/dev/null || skip "no gdb: type 'ci/setup test'"
    if is_sanitized; then skip "of what gdb shows, however ldfi was built"; fi
    cd "$BATS_TEST_TMPDIR" || return 1
    export TMPDIR=$BATS_TEST_TMPDIR/built
    mkdir built
    ldfi 0 new mine --quiet
    # The line that sends a copy, and the function that it is in.
    line=$(grep -n 'ldfi_send(node, other, "copy"' mine/mine.c | cut -d: -f1)
}

# debugged COMMANDS ARGUMENT...: what gdb prints of a replay.
debugged() {
    local commands=$1
    shift
    run timeout 60 "$LDFI" replay "$@" --gdb <<<"$commands"
    equal "$status" 0
}

@test "gdb stops where the handler sends the message that is lost" {
    debugged 'bt 1' mine/mine.json --omit a,c,1
    says "$output" "mine.c:$line"
    equal "$(ls built)" "" # nothing stays behind
}

@test "gdb stops in the handler that fails" {
    cat >failing.c <<'END'
#include <ldfi/protocol.h>
#include <stdlib.h>
static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (message->from == NULL) {
        ldfi_send(node, "b", "ask", ldfi());
        ldfi_set_timer(node, "late", 2);
    } else if (ldfi_is(message, "ask")) {
        ldfi_send(node, "a", "answer", ldfi());
    } else {
        ldfi_put(node, "answered", ldfi(), ldfi());
    }
}
static void on_timer(struct ldfi_node *node, const char *name)
{
    if (name != NULL && ldfi_get(node, "answered", ldfi()) == NULL)
        abort();
}
static void claim(struct ldfi_node *observer) { ldfi_claim(observer, ldfi("nothing fails")); }
const struct ldfi_protocol ldfi_protocol = {
    .message = on_message, .timer = on_timer, .pre = claim, .post = claim};
END
    echo 'go("a")@1;' >inputs.ded
    ldfi 1 run failing.c inputs.ded -N a,b -t 4 -f 3 -c 0 --all
    says "$output" 'failed\("a", "timer late", "crashes: SIGABRT"\)'
    debugged $'bt 1\ncontinue' failing.c inputs.ded -N a,b -t 4 -f 3 -c 0 --omit b,a,2
    says "$output" '#0  on_timer '
    says "$output" 'received signal SIGABRT'
}

@test "gdb stops at the call that --at names" {
    debugged 'bt 1' mine/mine.json --at b,2
    says "$output" '#0  on_message .*'
    ldfi 2 replay mine/mine.json --gdb --at nobody,2
    says "$stderr" 'write --at NODE,TIME'
    ldfi 2 replay mine/mine.json --gdb --at a,99
}

@test "gdb is for protocols in C, and has to be there" {
    ldfi 2 replay "$ROOT/models/delivery/simple.ded" -N a,b,c -t 4 -f 2 -c 0 --gdb
    says "$stderr" 'ldfi why'
    GDB=no-such-program ldfi 2 replay mine/mine.json --gdb
    says "$stderr" 'gdb cannot be run'
}
