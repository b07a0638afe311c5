#!/usr/bin/env bats
# Protocols in C whose handlers take long.

load common

@test "a handler that takes a second in every run is not taken for one that never ends" {
    cat >spins.c <<'END'
#include <ldfi/protocol.h>
#include <time.h>

static void start(struct ldfi_node *node)
{
    const clock_t end = clock() + (clock_t)(1.2 * CLOCKS_PER_SEC);
    for (volatile uint64_t i = 1; i % (1 << 20) != 0 || clock() < end; i++)
        ;
    ldfi_put(node, "started", ldfi(), ldfi());
}

static void promise(struct ldfi_node *observer)
{
    if (!ldfi_crashed(observer, "a"))
        ldfi_claim(observer, ldfi("started"));
}

static void keep(struct ldfi_node *observer)
{
    if (ldfi_get(ldfi_at(observer, "a"), "started", ldfi()) != NULL)
        ldfi_claim(observer, ldfi("started"));
}

const struct ldfi_protocol ldfi_protocol = {.start = start, .pre = promise, .post = keep};
END
    ldfi 0 run spins.c -N a -t 3 -f 0 -c 1 --json
    json '.verdict == "certified"' .complete
}
