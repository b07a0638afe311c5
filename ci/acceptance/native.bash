# Protocols in C for tests.
# shellcheck shell=bash

# protocol FILE: with the functions on standard input, which ends with a line of fields for the table
# of functions. The first line of what is given is line 2 of the file.
protocol() {
    local text
    text=$(cat)
    {
        echo '#include <ldfi/protocol.h>'
        sed '$d' <<<"$text"
        echo "const struct ldfi_protocol ldfi_protocol = {$(tail -n 1 <<<"$text")};"
    } >"$1"
}

# handler BODY [FIELDS]: h.c, of which `start` is the body, on line 7. It promises nothing else.
handler() {
    cat >h.c <<C
#include <ldfi/protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static void start(struct ldfi_node *node) {
    (void)node; $1
}
static void nothing(struct ldfi_node *observer) { (void)observer; }
const struct ldfi_protocol ldfi_protocol = {.start = start, .pre = nothing, .post = nothing, $2};
C
}

H=(--nodes a,b --eot 3 --eff 0 --crashes 0)

# findings: what went wrong under the schedules of $output: `omit(a,b,1): a message: crashes: SIGSEGV`
findings() {
    jq -r '.counterexamples[] | .text as $faults | .broken[] | "\($faults): \(.)"' <<<"$output"
}

# write_simple: simple.c, whose promise each loss of a message breaks, and simple.json.
write_simple() {
    protocol simple.c <<'C'
static void start(struct ldfi_node *node)
{
    if (strcmp(ldfi_name(node), "a") != 0)
        return;
    ldfi_put(node, "log", ldfi("hello"), ldfi());
    for (size_t i = 0; i < ldfi_node_count(node); i++)
        if (strcmp(ldfi_node_name(node, i), "a") != 0)
            ldfi_send(node, ldfi_node_name(node, i), "rumor", ldfi("hello"));
}

static void message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_is(message, "rumor"))
        ldfi_put(node, "log", ldfi(ldfi_text(message, 0)), ldfi());
}

static void claim(struct ldfi_node *observer, const char *name)
{
    if (!ldfi_crashed(observer, name))
        ldfi_claim(observer, ldfi(name, "hello"));
}

static void pre(struct ldfi_node *observer)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++)
        claim(observer, ldfi_node_name(observer, i));
}

static void post(struct ldfi_node *observer)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++)
        if (ldfi_get(ldfi_at(observer, ldfi_node_name(observer, i)), "log", ldfi("hello")) != NULL)
            claim(observer, ldfi_node_name(observer, i));
}

.start = start, .message = message, .pre = pre, .post = post
C
    cat >simple.json <<'JSON'
{"model": ["simple.c"], "nodes": ["a", "b", "c"], "eot": 4, "eff": 2, "crashes": 0}
JSON
}
