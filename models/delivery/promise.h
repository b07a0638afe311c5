/* Reliable broadcast, the promise: if a correct node other than the broadcaster holds the message
 * at the end, then every correct node holds it.
 *
 * The broadcaster is excepted because a message that nobody but its sender ever saw need not
 * arrive. Nodes that crash are excepted because they hear nothing any more.
 *
 * ldfi calls these functions when time has ended. They belong to no node: they see the tables of
 * all, and who has crashed. `promise` claims what ought to be so in the run that it is asked about,
 * and `keep` what is so; what is claimed and not kept is broken, and ldfi looks for faults that
 * bring that about. */
#ifndef DELIVERY_PROMISE_H
#define DELIVERY_PROMISE_H

#include <ldfi/protocol.h>

static bool all_hold(struct ldfi_node *observer, const char *text)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++) {
        const char *name = ldfi_node_name(observer, i);
        if (!ldfi_crashed(observer, name) &&
            ldfi_get(ldfi_at(observer, name), "holds", ldfi(text)) == NULL)
            return false;
    }
    return true;
}

/* Claims a row for each message that a correct node holds and that is not its own: its name and the
 * text. */
static void claim(struct ldfi_node *observer, bool kept)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++) {
        const char *name = ldfi_node_name(observer, i);
        struct ldfi_node *node = ldfi_at(observer, name);
        const struct ldfi_row *row = NULL;
        while ((row = ldfi_each(node, "holds", ldfi(), row)) != NULL) {
            const char *text = ldfi_key_text(row, 0), *whose = ldfi_value_text(row, 0);
            if (strcmp(whose, name) == 0 || ldfi_crashed(observer, name))
                continue;
            if (!kept || all_hold(observer, text))
                ldfi_claim(observer, ldfi(name, text));
        }
    }
}

static void promise(struct ldfi_node *observer)
{
    claim(observer, false);
}

static void keep(struct ldfi_node *observer)
{
    claim(observer, true);
}

#endif
