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
    refused 'ldfi_send(node, NULL, "m", ldfi());' "the scenario has no node ''"
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
    refused 'static struct ldfi_node *a; if (a == NULL) a = node; else ldfi_put(a, "t", ldfi(), ldfi());' 'ldfi_put: this is not the node that the handler was called for \(start at b at 1\)' '.opaque_state = true'
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
