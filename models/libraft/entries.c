/* Entries of the log as text: what they are on the wire and on the disk. */
#include "server.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const types[] = {
    [RAFT_COMMAND] = "command", [RAFT_BARRIER] = "barrier", [RAFT_CHANGE] = "change"};

static bool is_plain(unsigned char byte)
{
    return isalnum(byte) || (byte != 0 && strchr("-_.~", byte) != NULL);
}

static void *allocate(size_t bytes)
{
    void *memory = raft_malloc(bytes > 0 ? bytes : 1);
    if (memory == NULL)
        libraft_fail("memory", RAFT_NOMEM);
    return memory;
}

/* Writes the bytes at `text`; where they end. */
static char *write_bytes(char *text, const struct raft_buffer *buffer)
{
    const unsigned char *bytes = buffer->base;
    for (size_t i = 0; i < buffer->len; i++) {
        if (is_plain(bytes[i]))
            *text++ = (char)bytes[i];
        else
            text += sprintf(text, "%%%02X", bytes[i]);
    }
    *text = '\0';
    return text;
}

char *libraft_text_of_buffer(const struct raft_buffer *buffer)
{
    char *text = allocate(3 * buffer->len + 1);
    write_bytes(text, buffer);
    return text;
}

char *libraft_text_of_entries(const struct raft_entry entries[], unsigned count)
{
    size_t size = 1;
    for (unsigned i = 0; i < count; i++)
        size += 3 * entries[i].buf.len + sizeof ",18446744073709551615:command:";
    char *text = allocate(size);
    char *end = text;
    *end = '\0';
    for (unsigned i = 0; i < count; i++) {
        end +=
            sprintf(end, "%s%llu:%s:", i > 0 ? "," : "", entries[i].term, types[entries[i].type]);
        end = write_bytes(end, &entries[i].buf);
    }
    return text;
}

static unsigned short type_of_text(const char *text, size_t length)
{
    for (int type = RAFT_COMMAND; type <= RAFT_CHANGE; type++) {
        if (strlen(types[type]) == length && memcmp(types[type], text, length) == 0)
            return (unsigned short)type;
    }
    libraft_fail("the type of an entry", RAFT_MALFORMED);
}

/* Reads bytes up to a comma or the end; where that is. */
static const char *read_bytes(const char *text, char *bytes, size_t *length)
{
    for (*length = 0; *text != ',' && *text != '\0'; ++*length) {
        if (*text == '%') {
            char digits[] = {text[1], text[2], '\0'};
            bytes[*length] = (char)strtoul(digits, NULL, 16);
            text += 3;
        } else {
            bytes[*length] = *text++;
        }
    }
    return text;
}

struct raft_entry *libraft_entries_of_text(const char *text, unsigned *count)
{
    *count = 0;
    if (*text == '\0')
        return NULL;
    unsigned commas = 0;
    for (const char *comma = text; (comma = strchr(comma, ',')) != NULL; comma++)
        commas++;
    struct raft_entry *entries = allocate((commas + 1) * sizeof *entries);
    char *batch = allocate(strlen(text)); /* as text they are longer than they are */
    char *bytes = batch;
    for (;; text++) {
        char *colon;
        struct raft_entry *entry = &entries[(*count)++];
        entry->batch = batch;
        entry->term = strtoull(text, &colon, 10);
        const char *type = colon + 1;
        text = type + strcspn(type, ":");
        entry->type = type_of_text(type, (size_t)(text - type));
        entry->buf.base = bytes;
        text = read_bytes(text + 1, bytes, &entry->buf.len);
        bytes += entry->buf.len;
        if (*text == '\0')
            return entries;
    }
}
