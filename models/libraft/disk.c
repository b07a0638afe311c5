/* The disk: term and vote in the table `metadata`, entries by index in the table `log`. Term and
 * vote are there at once, as the library asks; entries take a time step. */
#include "server.h"

#include <stdlib.h>

static struct libraft_server *server_of(struct raft_io *io)
{
    return io->impl;
}

static void put_entry(struct ldfi_node *node, raft_index index, const struct raft_entry *entry)
{
    char *text = libraft_text_of_entries(entry, 1);
    ldfi_put(node, "log", ldfi(libraft_signed(index)), ldfi(text));
    raft_free(text);
}

int libraft_disk_set_term(struct raft_io *io, raft_term term)
{
    ldfi_put(server_of(io)->node, "metadata", ldfi(), ldfi(libraft_signed(term), 0));
    return 0;
}

int libraft_disk_set_vote(struct raft_io *io, raft_id voted_for)
{
    struct ldfi_node *node = server_of(io)->node;
    const struct ldfi_row *row = ldfi_get(node, "metadata", ldfi());
    ldfi_put(node, "metadata", ldfi(), ldfi(ldfi_value_integer(row, 0), libraft_signed(voted_for)));
    return 0;
}

int libraft_disk_bootstrap(struct raft_io *io, const struct raft_configuration *configuration)
{
    struct raft_entry entry = {.term = 1, .type = RAFT_CHANGE};
    int status = raft_configuration_encode(configuration, &entry.buf);
    if (status != 0)
        return status;
    libraft_disk_set_term(io, 1);
    put_entry(server_of(io)->node, 1, &entry);
    raft_free(entry.buf.base);
    return 0;
}

/* Texts of entries, put together. */
static char *log_text(struct ldfi_node *node)
{
    size_t size = 1;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        size += strlen(ldfi_value_text(row, 0)) + 1;
    char *text = calloc(size, 1);
    if (text == NULL)
        libraft_fail("memory", RAFT_NOMEM);
    char *end = text;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        end += sprintf(end, "%s%s", end == text ? "" : ",", ldfi_value_text(row, 0));
    return text;
}

int libraft_disk_load(struct raft_io *io, raft_term *term, raft_id *voted_for,
                      struct raft_snapshot **snapshot, raft_index *start_index,
                      struct raft_entry *entries[], size_t *entry_count)
{
    struct libraft_server *server = server_of(io);
    const struct ldfi_row *metadata = ldfi_get(server->node, "metadata", ldfi());
    *term = libraft_unsigned(ldfi_value_integer(metadata, 0));
    *voted_for = libraft_unsigned(ldfi_value_integer(metadata, 1));
    *snapshot = NULL;
    *start_index = 1;
    unsigned count;
    char *text = log_text(server->node);
    *entries = libraft_entries_of_text(text, &count);
    free(text);
    *entry_count = count;
    server->next_index = count + 1;
    return 0;
}

int libraft_disk_append(struct raft_io *io, struct raft_io_append *request,
                        const struct raft_entry entries[], unsigned count,
                        raft_io_append_cb callback)
{
    struct libraft_server *server = server_of(io);
    struct libraft_write *write = calloc(1, sizeof *write);
    if (write == NULL)
        return RAFT_NOMEM;
    request->cb = callback;
    *write = (struct libraft_write){.request = request,
                                    .entries = entries,
                                    .first = server->next_index,
                                    .count = count,
                                    .done_at = ldfi_now(server->node) + 1};
    server->next_index += count;
    if (server->writes == NULL)
        ldfi_set_timer(server->node, "disk", 1);
    struct libraft_write **last = &server->writes;
    while (*last != NULL)
        last = &(*last)->next;
    *last = write;
    return 0;
}

int libraft_disk_truncate(struct raft_io *io, raft_index index)
{
    struct libraft_server *server = server_of(io);
    for (raft_index gone = index; gone < server->next_index; gone++)
        ldfi_delete(server->node, "log", ldfi(libraft_signed(gone)));
    /* Of what is still to be written, the rest is left out. */
    for (struct libraft_write *write = server->writes; write != NULL; write = write->next) {
        if (write->first + write->count > index)
            write->count = write->first < index ? (unsigned)(index - write->first) : 0;
    }
    server->next_index = index;
    return 0;
}

void libraft_disk_written(struct libraft_server *server)
{
    uint32_t now = ldfi_now(server->node);
    while (server->writes != NULL && server->writes->done_at <= now) {
        struct libraft_write *write = server->writes;
        for (unsigned i = 0; i < write->count; i++)
            put_entry(server->node, write->first + i, &write->entries[i]);
        server->writes = write->next;
        write->request->cb(write->request, 0);
        free(write);
    }
    if (server->writes != NULL)
        ldfi_set_timer(server->node, "disk", server->writes->done_at - now);
}
