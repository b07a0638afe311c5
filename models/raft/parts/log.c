/* The log: entries from 1 to the last one, without holes. */

static int64_t last_index(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "last", ldfi(), 0);
}

static bool read_entry(struct ldfi_node *node, int64_t index, struct entry *entry)
{
    const struct ldfi_row *row = ldfi_get(node, "log", ldfi(index));
    if (row == NULL)
        return false;
    entry->term = ldfi_value_integer(row, 0);
    entry->client = ldfi_value_text(row, 1);
    entry->write = ldfi_value_text(row, 2);
    return true;
}

static int64_t term_at(struct ldfi_node *node, int64_t index)
{
    struct entry entry;
    return read_entry(node, index, &entry) ? entry.term : 0;
}

static void append_entry(struct ldfi_node *node, const struct entry *entry)
{
    int64_t index = last_index(node) + 1;
    ldfi_put(node, "log", ldfi(index), ldfi(entry->term, entry->client, entry->write));
    ldfi_put(node, "last", ldfi(), ldfi(index));
}
