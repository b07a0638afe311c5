/* What Raft promises ("In Search of an Understandable Consensus Algorithm", Figure 3), and that a
 * cluster gets on. Rows are (promise, number, text, node).
 *
 * - one leader: no other server leads in that term (Election Safety);
 * - agreement: no other server has applied another command at that index (State Machine Safety);
 * - durability: every server that lives has applied what the client was told is safe;
 * - progress: the client was told so of every write. */
#include "server.h"

static const char *server_name(struct ldfi_node *observer, size_t number)
{
    const char *name = ldfi_node_name(observer, number);
    return strcmp(name, LIBRAFT_CLIENT) == 0 ? NULL : name;
}

static void promise_of_server(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    struct ldfi_node *client = ldfi_at(observer, LIBRAFT_CLIENT);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "leads", ldfi(), row));)
        ldfi_claim(observer, ldfi("one leader", ldfi_key_integer(row, 0), "", name));
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "applied", ldfi(), row));)
        ldfi_claim(observer,
                   ldfi("agreement", ldfi_key_integer(row, 0), ldfi_value_text(row, 0), name));
    if (ldfi_crashed(observer, name))
        return;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(client, "acknowledged", ldfi(), row));)
        ldfi_claim(observer, ldfi("durability", 0, ldfi_key_text(row, 0), name));
}

void libraft_promised(struct ldfi_node *observer)
{
    for (size_t number = 0; number < ldfi_node_count(observer); number++) {
        const char *name = server_name(observer, number);
        if (name != NULL)
            promise_of_server(observer, name);
    }
    struct ldfi_node *client = ldfi_at(observer, LIBRAFT_CLIENT);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(client, "asked", ldfi(), row));)
        ldfi_claim(observer, ldfi("progress", 0, ldfi_key_text(row, 0), LIBRAFT_CLIENT));
}

/* Does a server other than that one lead in the term? */
static bool other_leads(struct ldfi_node *observer, const char *name, int64_t term)
{
    for (size_t number = 0; number < ldfi_node_count(observer); number++) {
        const char *other = server_name(observer, number);
        if (other != NULL && strcmp(other, name) != 0 &&
            ldfi_get(ldfi_at(observer, other), "leads", ldfi(term)) != NULL)
            return true;
    }
    return false;
}

/* Has a server applied another command there? */
static bool other_applied(struct ldfi_node *observer, int64_t index, const char *command)
{
    for (size_t number = 0; number < ldfi_node_count(observer); number++) {
        const char *name = server_name(observer, number);
        const struct ldfi_row *row =
            name != NULL ? ldfi_get(ldfi_at(observer, name), "applied", ldfi(index)) : NULL;
        if (row != NULL && strcmp(ldfi_value_text(row, 0), command) != 0)
            return true;
    }
    return false;
}

static void kept_at_server(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "leads", ldfi(), row));) {
        int64_t term = ldfi_key_integer(row, 0);
        if (!other_leads(observer, name, term))
            ldfi_claim(observer, ldfi("one leader", term, "", name));
    }
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "applied", ldfi(), row));) {
        int64_t index = ldfi_key_integer(row, 0);
        const char *command = ldfi_value_text(row, 0);
        ldfi_claim(observer, ldfi("durability", 0, command, name));
        if (!other_applied(observer, index, command))
            ldfi_claim(observer, ldfi("agreement", index, command, name));
    }
}

void libraft_kept(struct ldfi_node *observer)
{
    for (size_t number = 0; number < ldfi_node_count(observer); number++) {
        const char *name = server_name(observer, number);
        if (name != NULL)
            kept_at_server(observer, name);
    }
    struct ldfi_node *client = ldfi_at(observer, LIBRAFT_CLIENT);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(client, "acknowledged", ldfi(), row));)
        ldfi_claim(observer, ldfi("progress", 0, ldfi_key_text(row, 0), LIBRAFT_CLIENT));
}
