#!/usr/bin/env bats
# What a protocol in C must not do: each mistake ends the run with an error at its line.

load common
load native

# refused BODY MESSAGE [FIELDS]: the handler's body, at line 7.
refused() {
    handler "$1" "${3-}"
    ldfi 2 run h.c "${H[@]}"
    says "$stderr" "^h\\.c:7:1: error: $2"
}

# refused_there BODY MESSAGE: the same of `post`, at line 4, where a is somebody's table.
refused_there() {
    protocol h.c <<C
static void pre(struct ldfi_node *observer) { (void)observer; }
static void post(struct ldfi_node *observer) {
    struct ldfi_node *a = ldfi_at(observer, "a"); (void)a; $1
}
.pre = pre, .post = post
C
    ldfi 2 run h.c "${H[@]}"
    says "$stderr" "^h\\.c:4:1: error: $2 \\(post at the end at 3\\)"
}

@test "keys and values of a table have as many columns, of the kinds that are asked for" {
    local put='ldfi_put(node, "t", ldfi(1), ldfi("s"));'
    refused "$put ldfi_put(node, \"t\", ldfi(1, 2), ldfi(\"s\"));" 'keys of the table t have 1 column, and this one has 2 \(start at a at 1\)'
    refused "$put ldfi_put(node, \"t\", ldfi(2), ldfi());" 'values of the table t have 1 column, and this one has 0'
    refused "$put ldfi_get(node, \"t\", ldfi());" 'keys of the table t have 1 column, and this one has 0'
    refused "$put ldfi_delete(node, \"t\", ldfi(1, 2));" 'keys of the table t have 1 column, and this one has 2'
    refused "$put ldfi_each(node, \"t\", ldfi(1, 2), NULL);" 'keys of the table t have 1 columns?, and the prefix has 2'
    refused "$put ldfi_get_integer(node, \"t\", ldfi(1), 0);" 'column 0 of the value is no integer: "s"'
    refused "$put ldfi_key_text(ldfi_get(node, \"t\", ldfi(1)), 0);" 'column 0 of the key is no string: 1'
    refused "$put ldfi_key_integer(ldfi_get(node, \"t\", ldfi(1)), 3);" 'there is no column 3 in a key of 1'
    refused 'struct ldfi_tuple t = ldfi(1); t.count = 13; ldfi_put(node, "t", t, ldfi());' 'a tuple of 13 columns is too long: 12 are allowed'
}

@test "fields of a message have the kind that is asked for, in every message of its kind" {
    local message
    for message in 'ldfi_integer(message, 0)|column 0 of the message is no integer: "x"' \
        'ldfi_text(message, 1)|there is no column 1 in a message of 1'; do
        handler 'ldfi_send(node, "b", "m", ldfi("x"));' '.message = message'
        sed -i "1a static void message(struct ldfi_node *node, const struct ldfi_message *message) { (void)node; ${message%|*}; }" h.c
        ldfi 2 run h.c "${H[@]}"
        says "$stderr" "^h\\.c:2:1: error: ${message#*|} \\(message m at b at 2\\)"
    done
    refused 'ldfi_send(node, "b", "m", ldfi()); ldfi_send(node, "a", "m", ldfi(1));' 'm has 1 column here, and 0 elsewhere$'
}

@test "names that mean something already, and names for two things, are refused" {
    local name
    for name in '""' '"timer"' '"pre"' '"post"' '"crash"' '"failed"' NULL; do
        refused "ldfi_put(node, $name, ldfi(), ldfi());" "a table may not be named '"
    done
    refused 'ldfi_each(node, "timer", ldfi(), NULL);' "a table may not be named 'timer'"
    refused 'ldfi_send(node, "b", "post", ldfi());' "a message may not be named 'post'"
    refused 'ldfi_send(node, "b", NULL, ldfi());' "a message may not be named ''"
    # As many columns, and so the facts of one would pass for the other's.
    refused 'ldfi_put(node, "hello", ldfi(1), ldfi(2)); ldfi_send(node, "b", "hello", ldfi(1));' 'hello is a kind of message here, and a table elsewhere'
    refused 'char *big = malloc(70000); memset(big, 65, 69999); big[69999] = 0; ldfi_put(node, big, ldfi(), ldfi());' 'a text of 69999 bytes is too long: 65536 are allowed'
}

@test "nodes that are none, timers of no step and random numbers of none are refused" {
    refused 'ldfi_send(node, "nobody", "m", ldfi());' "the scenario has no node 'nobody'"
    refused 'ldfi_send(node, NULL, "m", ldfi());' "NULL is the name of no node"
    refused 'ldfi_crashed(node, "z");' "the scenario has no node 'z'"
    refused 'ldfi_node_name(node, 2);' 'there is no node 2: the scenario has 2'
    refused 'ldfi_set_timer(node, "x", 0);' 'a timer runs out after 1 step or more, not 0'
    refused 'ldfi_set_timer(node, NULL, 1);' 'a timer needs a name'
    refused 'ldfi_random(node, 0);' 'ldfi_random wants an end of 1 or more'
}

@test "a handler does what handlers may, and pre and post only read" {
    refused 'ldfi_at(node, "a");' 'ldfi_at is for pre and post: a node knows its own tables'
    refused 'ldfi_claim(node, ldfi(1));' 'ldfi_claim is for pre and post'
    refused 'ldfi_state(node);' 'ldfi_state is for protocols that say \.opaque_state = true'
    # Another node's, which somebody has kept.
    refused 'const char *a = getenv("A"); if (a == NULL) { char t[32]; snprintf(t, sizeof t, "%p", (void *)node); setenv("A", t, 0); } else { void *p; sscanf(a, "%p", &p); ldfi_put(p, "t", ldfi(), ldfi()); }' 'ldfi_put: this is not the node that the handler was called for \(start at b at 1\)' '.opaque_state = true'
    local change
    for change in put:'"t", ldfi(), ldfi()' delete:'"t", ldfi()' send:'"b", "m", ldfi()' \
        set_timer:'"x", 1' cancel_timer:'"x"'; do
        refused_there "ldfi_${change%%:*}(a, ${change#*:});" "ldfi_${change%%:*}: pre and post only read"
    done
    refused_there 'ldfi_get(observer, "t", ldfi());' 'the observer has no tables: use ldfi_at'
    refused_there 'ldfi_each(observer, "t", ldfi(), NULL);' 'the observer has no tables: use ldfi_at'
    refused_there 'ldfi_at(observer, "z");' "the scenario has no node 'z'"
    refused_there 'ldfi_claim(observer, ldfi());' 'a row that is claimed has a column at least'
}

@test "what is kept where ldfi does not look is found before a certificate is given" {
    cat >hidden.c <<'END'
#include <ldfi/protocol.h>
#include <stdlib.h>
static int64_t *kept; /* what it points to is not watched */
__attribute__((constructor)) static void make(void) { kept = calloc(1, sizeof *kept); }
static void on_start(struct ldfi_node *node)
{
    *kept = 0;
    ldfi_set_timer(node, "late", 3);
}
static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (message->from == NULL)
        ldfi_send(node, "b", "copy", ldfi());
    else
        *kept = 1;
}
static void on_timer(struct ldfi_node *node, const char *name)
{
    (void)name;
    ldfi_put(node, "found", ldfi(), ldfi(*kept));
}
static void pre(struct ldfi_node *observer) { ldfi_claim(observer, ldfi(1)); }
static void post(struct ldfi_node *observer)
{
    ldfi_claim(observer, ldfi(ldfi_get_integer(ldfi_at(observer, "b"), "found", ldfi(), 0)));
}
const struct ldfi_protocol ldfi_protocol = {
    .start = on_start, .message = on_message, .timer = on_timer, .pre = pre, .post = post};
END
    echo 'go("a")@1;' >hidden.ded
    ldfi 2 run hidden.c hidden.ded -N a,b -t 5 -f 3 -c 0
    says "$stderr" '^hidden.c: error: no certificate: omit\(a,b,1\) breaks the promise'
}

@test "what no tuple can hold is no tuple" {
    local wrong
    for wrong in 2.5 'message' '(void *)0'; do
        cat >wrong.c <<END
#include <ldfi/protocol.h>
static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    ldfi_put(node, ldfi_is(message, "go") ? "a" : "b", ldfi($wrong), ldfi());
}
static void claim(struct ldfi_node *observer) { ldfi_claim(observer, ldfi(1)); }
const struct ldfi_protocol ldfi_protocol = {.message = on_message, .pre = claim, .post = claim};
END
        echo 'go("a")@1;' >wrong.ded
        ldfi 2 run wrong.c wrong.ded -N a,b -t 3 -f 2 -c 0
        says "$stderr" '^wrong.c:4:'
    done
    sed -i 's/ldfi((void \*)0)/ldfi((const char *)NULL)/' wrong.c
    ldfi 2 run wrong.c wrong.ded -N a,b -t 3 -f 2 -c 0
    says "$stderr" '^wrong.c:4:.* column 0 is NULL'
    sed -i 's/ldfi((const char \*)NULL)/ldfi(ldfi_value_integer(ldfi_get(node, "b", ldfi(1)), 0))/' wrong.c
    ldfi 2 run wrong.c wrong.ded -N a,b -t 3 -f 2 -c 0
    says "$stderr" '^wrong.c:4:.* there is no such row'
    echo 'go("a")@9;' >wrong.ded
    ldfi 0 run wrong.c wrong.ded -N a,b -t 3 -f 2 -c 0
    says "$stderr" 'wrong.ded:1:1: warning: this input comes at 9, behind the end of time at 3'
}
