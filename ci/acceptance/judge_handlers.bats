#!/usr/bin/env bats
# ci/fuzz/judge --handlers: on random protocols in C lineage search agrees with exhaustive search. And
# what it has found.

load common

HANDLERS=$(dirname "$LDFI")/fuzz/handlers.so # does what NAME.program says (ci/fuzz/handlers)

@test "on random protocols in C both searches list the same" {
    run "$ROOT/ci/fuzz/judge" --handlers --all --seeds 1..100 --ldfi "$LDFI" --keep kept
    echo "$output"
    equal "$status" 0
    says "$output" '100 programs, [1-9][0-9]+ counterexamples, [0-9]{3} certified, .* 0 model errors, 0 disagreements$'
}

# searches WANTED: both searches end so on p.so, whose program comes on standard input.
searches() {
    local how
    cp "$HANDLERS" p.so
    cat >p.program
    echo '{"model": ["p.so"], "nodes": ["a", "b"], "eot": 6, "eff": 3, "crashes": 0}' >p.json
    for how in lineage exhaustive; do
        run "$LDFI" run p.json --search "$how" --all --json
        equal "$(jq -c '[.verdict, .counterexamples[].text]' <<<"$output")" "$1"
    done
}

# t0 is set for time 5 from the start; k0 sets it for time 11, k1 back. Only without both does it run
# out with nothing at the gate.
@test "a timer that was set otherwise and back may run out without either" {
    searches '["counterexample","omit(a,b,1) omit(a,b,2)"]' <<'END'
on start {
  if self = $b { timer t0 3 } { }
  if self = $a { send $b k0 1 1 timer t1 0 } { }
}
on t1 { send $b k1 1 1 }
on k0 { timer t0 8 }
on k1 { timer t0 1 put ogate 1 0 1 }
on t0 { get ogate 1 0 r0 { } { put osuspect 1 0 1 } }
on pre { claim 1 1 }
on post { at $b { get osuspect 1 0 r0 { leave } { } } claim 1 1 }
END
}

@test "a part of post that claims nothing may crash" {
    searches '["counterexample","omit(a,b,1)"]' <<'END'
on start { if self = $a { send $b k0 1 1 } { } }
on k0 { put log 1 0 1 }
on pre { claim 1 1 }
on post { at $b { get log 1 0 r0 { } { abort } } scope claim 1 1 }
END
}

# Whichever they are, the numbers behind the scope are the same with the row and without it.
@test "random numbers behind a scope do not depend on what comes before it" {
    local number
    for number in 1 2 3 4; do
        cp "$HANDLERS" p.so
        cat >p.program <<END
on start { if self = \$a { send \$b k0 1 1 } { } }
on k0 { put log 1 0 1 }
on pre { claim 1 1 }
on post { at \$b { get log 1 0 r0 { random r1 7 } { } } scope
  $(printf 'random r1 7 %.0s' $(seq "$number")) claim 1 r1
  scope claim 1 1 }
END
        echo '{"model": ["p.so"], "nodes": ["a", "b"], "eot": 4, "eff": 2, "crashes": 0}' >p.json
        ldfi 0 replay p.json --facts post --json
        with_row=$(jq -c '[.facts[].tuple]' <<<"$output")
        ldfi 0 replay p.json --omit a,b,1 --facts post --json
        equal "$(jq -c '[.facts[].tuple]' <<<"$output")" "$with_row"
    done
}

# What b loses was given back by the start, and malloc has kept it.
@test "a handler leaks, wherever malloc takes the memory from" {
    cat >leak.c <<'END'
#include <ldfi/protocol.h>
#include <stdlib.h>
static void start(struct ldfi_node *node)
{
    void *volatile block = malloc(100);
    free(block);
    if (strcmp(ldfi_name(node), "a") == 0)
        ldfi_send(node, "b", "hello", ldfi());
}
static void message(struct ldfi_node *node, const struct ldfi_message *message)
{
    void *volatile block = malloc(100);
    (void)node, (void)message, (void)block;
}
static void promise(struct ldfi_node *observer)
{
    ldfi_claim(observer, ldfi(1));
}
const struct ldfi_protocol ldfi_protocol = {
    .start = start, .message = message, .pre = promise, .post = promise};
END
    if is_sanitized; then skip "a sanitizer has a heap of its own"; fi
    echo '{"model": ["leak.c"], "nodes": ["a", "b"], "eot": 3, "eff": 1, "crashes": 0}' >leak.json
    ldfi 1 run leak.json --json
    json '.counterexamples[0].broken == ["failed(\"b\", \"message hello\", \"leaks memory\")"]'
}
