#!/usr/bin/env bats
# What happens to a protocol in C at which time, and what goes wrong under faults alone. What must
# happen when is said in harness/native/ldfi/protocol.h.

load common
load native

# trail FIELDS: h.c with functions that note in the table `trail` (number, what) what they are called
# with, at node b; the functions on standard input come first.
trail() {
    {
        cat <<'C'
#include <stdio.h>
static void note(struct ldfi_node *node, const char *what) {
    int64_t count = ldfi_get_integer(node, "count", ldfi(), 0);
    ldfi_put(node, "trail", ldfi(count, ldfi_now(node)), ldfi(what));
    ldfi_put(node, "count", ldfi(), ldfi(count + 1));
}
static void message(struct ldfi_node *node, const struct ldfi_message *message) {
    char what[100];
    snprintf(what, sizeof what, "%s %s %d", message->kind, message->from == NULL ? "-" : message->from,
             (int)ldfi_integer(message, 0));
    note(node, what);
}
static void nothing(struct ldfi_node *observer) { (void)observer; }
C
        cat
        echo ".message = message, .pre = nothing, .post = nothing, $1"
    } | protocol h.c
}

# trail_of ARGUMENT...: what happened in b, in order, as `time what`.
trail_of() {
    ldfi 0 replay h.c --nodes a,b,c --eot 6 --eff 6 --crashes 1 --facts trail "$@" >&2
    grep -o 'trail("b", [^)]*)' <<<"$output" | sort -u | sed 's/[^,]*, \([0-9]*\), \([0-9]*\), "\(.*\)")/\1 \2 \3/' |
        sort -n | cut -d' ' -f2-
}

@test "inputs come first, then messages by sender and sending, then timers by name" {
    trail '.start = start, .timer = note' <<'C'
static void start(struct ldfi_node *node) {
    if (strcmp(ldfi_name(node), "b") == 0) {
        ldfi_set_timer(node, "y", 1);
        ldfi_set_timer(node, "x", 1);
        note(node, "start");
    }
    for (int i = 0; i < 2; i++)
        ldfi_send(node, "b", "m", ldfi(9 - i));
}
C
    echo 'in("b", 1)@1; in("b", 2)@2; in("b", 3)@9;' >in.ded
    equal "$(trail_of in.ded)" '1 start
1 in - 1
2 in - 2
2 m a 9
2 m a 8
2 m b 9
2 m b 8
2 m c 9
2 m c 8
2 x
2 y'
}

@test "a protocol says in which order messages are handled, and ldfi says if that is none" {
    trail '.start = start, .order = order' <<'C'
static void start(struct ldfi_node *node) {
    ldfi_send(node, "b", "m", ldfi((int)ldfi_name(node)[0]));
}
static int order(const struct ldfi_message *left, const struct ldfi_message *right) {
    return (int)(ldfi_integer(right, 0) - ldfi_integer(left, 0));
}
C
    equal "$(trail_of)" $'2 m c 99\n2 m b 98\n2 m a 97'
    # Rock, paper, scissors.
    sed -i 's/return (int)(ldfi.*/return (int)((ldfi_integer(left, 0) - ldfi_integer(right, 0) + 4) % 3) - 1;/' h.c
    ldfi 2 run h.c --nodes a,b,c --eot 6 --eff 0 --crashes 0
    says "$stderr" "^h\.c: error: the protocol's order of messages is none: of \"m\" and \"m\", which comes first depends on the others"
}

@test "a timer runs out when it was last set to, once, and not when it was cancelled" {
    trail '.start = start, .timer = timer' <<'C'
static void timer(struct ldfi_node *node, const char *name) {
    note(node, name);
    if (strcmp(name, "again") == 0)
        ldfi_set_timer(node, "again", 2);
    if (strcmp(name, "first") == 0)
        ldfi_cancel_timer(node, "second"); /* of this very step */
}
static void start(struct ldfi_node *node) {
    if (strcmp(ldfi_name(node), "b") != 0)
        return;
    ldfi_set_timer(node, "again", 1);
    ldfi_set_timer(node, "first", 4);
    ldfi_set_timer(node, "second", 4);
    ldfi_set_timer(node, "later", 1);
    ldfi_set_timer(node, "later", 3);
    ldfi_set_timer(node, "sooner", 4);
    ldfi_set_timer(node, "sooner", 2);
    ldfi_set_timer(node, "never", 1);
    ldfi_cancel_timer(node, "never");
    ldfi_cancel_timer(node, "none");
    ldfi_set_timer(node, "too late", UINT32_MAX);
}
C
    equal "$(trail_of)" '2 again
3 sooner
4 again
4 later
5 first
6 again'
}

@test "a node that has crashed does nothing from then on, and others may be told so" {
    trail '.start = start, .timer = timer' <<'C'
static void tell(struct ldfi_node *node) {
    if (strcmp(ldfi_name(node), "b") == 0)
        note(node, ldfi_crashed(node, "a") ? "a is down" : "a is up");
    ldfi_set_timer(node, "t", 1);
    ldfi_send(node, "b", "m", ldfi(0));
}
static void timer(struct ldfi_node *node, const char *name) { (void)name; tell(node); }
static void start(struct ldfi_node *node) { tell(node); }
C
    equal "$(trail_of --crash a,3 | grep -v 'm [bc]')" '1 a is up
2 m a 0
2 a is up
3 m a 0
3 a is down
4 a is down
5 a is down
6 a is down'
    equal "$(trail_of --crash b,3 | cut -c1 | sort -u | paste -sd' ')" '1 2'
    equal "$(trail_of --crash b,1)" ''
}

@test "inputs are facts with a time, of nodes that there are" {
    trail '' </dev/null
    local text
    while IFS='|' read -r text wanted; do
        echo "$text" >in.ded
        ldfi 2 run h.c in.ded --nodes a,b --eot 3 --eff 0 --crashes 0
        says "$stderr" "^in\.ded:1:[0-9]+: error: $wanted"
    done <<'TABLE'
in("b", 1)@next :- in("b", 1);|inputs of a protocol in C are facts with a time
in("b", 1)@async :- in("b", 1);|inputs of a protocol in C are facts with a time
in("z", 1)@1;|the first column of an input is the node that it goes to, and this is none
in(1, 1)@1;|the first column of an input is the node that it goes to, and this is none
in("b", 1)@1; in("b", 1, 2)@1;|in has 2 columns elsewhere, and 3 here
in("b",0,1,2,3,4,5,6,7,8,9,10,11,12)@1;|an input has a node and up to 12 fields
crash("b", "b", 1)@1;|an input may not be named 'crash'
failed("b", "b", "b")@3;|an input may not be named 'failed'
timer("b", "x", 1)@1;|an input may not be named 'timer'
TABLE
    echo 'in("b", 2 * 3 + 1)@2;' >in.ded
    equal "$(trail_of in.ded)" '2 in - 7'
}

# write_fragile: fragile.c, in which b crashes if it gets a's second message and not its first; each
# of a and c sends b one at 1 and at 2.
write_fragile() {
    protocol fragile.c <<'C'
#include <stdlib.h>
static void start(struct ldfi_node *node) {
    if (strcmp(ldfi_name(node), "b") == 0)
        return;
    ldfi_send(node, "b", "first", ldfi());
    ldfi_set_timer(node, "second", 1);
}
static void timer(struct ldfi_node *node, const char *name) {
    ldfi_send(node, "b", name, ldfi());
}
static void message(struct ldfi_node *node, const struct ldfi_message *message) {
    if (ldfi_is(message, "first"))
        ldfi_put(node, "first", ldfi(message->from), ldfi());
    else if (strcmp(message->from, "a") == 0 && ldfi_get(node, "first", ldfi("a")) == NULL)
        abort();
}
static void promise(struct ldfi_node *observer) { ldfi_claim(observer, ldfi("kept")); }
.start = start, .timer = timer, .message = message, .pre = promise, .post = promise
C
    sed -i 's/"first", ldfi(message->from)/"had", ldfi(message->from)/; s/ldfi_get(node, "first"/ldfi_get(node, "had"/' fragile.c
    cat >fragile.json <<'JSON'
{"model": ["fragile.c"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 3, "crashes": 1}
JSON
}

@test "a handler that crashes under a fault alone is found, with as few faults as it takes" {
    write_fragile
    local search found='omit(a,b,1): failed("b", "message second", "crashes: SIGABRT")'
    for search in lineage exhaustive; do
        ldfi 1 run fragile.json --search $search --all --json
        equal "$(findings)" "$found"
    done
    ldfi 1 run fragile.json --keep corpus
    ldfi 1 replay fragile.json --omit a,b,1 --json
    json '.broken == ["failed(\"b\", \"message second\", \"crashes: SIGABRT\")"]'
    ldfi 0 replay fragile.json --omit c,b,1
    ldfi 1 regress --corpus corpus
    says "$output" 'fragile-omit_a_b_1 +replay and search +still there'
    sed -i 's/abort();/;/' fragile.c
    ldfi 0 regress --corpus corpus
    says "$output" 'fragile-omit_a_b_1 +neither +gone'
    sed -i 's/ ;$/ for (;;) ;/; s/^        ;$/        for (;;) ;/' fragile.c
    ldfi 1 run fragile.json --all --json
    equal "$(findings)" 'omit(a,b,1): failed("b", "message second", "does not end")'
}
