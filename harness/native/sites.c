#include "sites.h"

#include "../../lineage/path.h"
#include "command.h"

#include <stdlib.h>

enum { SITES_AT_ONCE = 200, TEXT_BYTES_MAX = 160 };

static size_t place_of(const struct native_sites *sites, uint32_t offset)
{
    size_t low = 0, high = sites->items.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sites->items.items[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_known(const struct native_sites *sites, uint32_t offset)
{
    const size_t place = place_of(sites, offset);
    return place < sites->items.count && sites->items.items[place].offset == offset;
}

static void insert(struct native_sites *sites, const struct native_site *site)
{
    const size_t place = place_of(sites, site->offset);
    LINEAGE_PUSH(&sites->items, *site);
    memmove(sites->items.items + place + 1, sites->items.items + place,
            (sites->items.count - 1 - place) * sizeof *site);
    sites->items.items[place] = *site;
}

/* One line of a text, without the white space around it. */
static const char *line_of(struct native_sites *sites, const char *text, uint32_t line)
{
    for (uint32_t i = 1; i < line && text != NULL; i++) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    if (text == NULL)
        return NULL;
    text += strspn(text, " \t");
    size_t bytes = strcspn(text, "\n");
    while (bytes > 0 && strchr(" \t\r", text[bytes - 1]) != NULL)
        bytes--;
    return lineage_arena_text(&sites->arena, text, bytes < TEXT_BYTES_MAX ? bytes : TEXT_BYTES_MAX);
}

static const struct lineage_source *find_source(const struct native_sites *sites, const char *file)
{
    const struct lineage_source *found = NULL;
    for (size_t i = 0; sites->sources != NULL && i < sites->sources->count; i++) {
        const struct lineage_source *source = sites->sources->items[i];
        const char *left = strrchr(source->path, '/'), *right = strrchr(file, '/');
        if (lineage_path_is_same(source->path, file))
            return source;
        /* Built elsewhere from a database's texts. */
        if (strcmp(left == NULL ? source->path : left + 1, right == NULL ? file : right + 1) == 0)
            found = source;
    }
    return found;
}

/* `function\nfile:line\n`, as addr2line has it. */
static const char *read_site(struct native_sites *sites, const char *output, uint32_t offset)
{
    struct native_site site = {.offset = offset, .rule = LINEAGE_NONE};
    const size_t function_bytes = strcspn(output, "\n");
    const char *place = output + function_bytes + (output[function_bytes] == '\n');
    const size_t place_bytes = strcspn(place, "\n");
    char *where = lineage_arena_text(&sites->arena, place, place_bytes);
    char *colon = strrchr(where, ':');
    site.function = lineage_arena_text(&sites->arena, output, function_bytes);
    site.file = where;
    if (colon != NULL) {
        *colon = '\0';
        site.line = (uint32_t)strtoul(colon + 1, NULL, 10); /* "12 (discriminator 3)" */
    }
    const struct lineage_source *source = find_source(sites, where);
    if (source != NULL) {
        site.file = source->path;
        site.text = site.line == 0 ? NULL : line_of(sites, source->text, site.line);
    }
    insert(sites, &site);
    return place + place_bytes + (place[place_bytes] == '\n');
}

void native_sites_find(struct native_sites *sites, const uint32_t *offsets, size_t count)
{
    const char *words[SITES_AT_ONCE + 5] = {"addr2line", "-f", "-e", sites->module};
    uint32_t asked[SITES_AT_ONCE];
    size_t asked_count = 0;
    char *output;
    for (size_t i = 0; i < count && asked_count < SITES_AT_ONCE; i++) {
        bool is_new = !is_known(sites, offsets[i]);
        for (size_t j = 0; j < asked_count; j++)
            is_new = is_new && asked[j] != offsets[i];
        if (!is_new)
            continue;
        /* The address behind the call may be another line's; the byte before it is the call's. */
        words[4 + asked_count] =
            lineage_arena_format(&sites->arena, "0x%x", offsets[i] == 0 ? 0 : offsets[i] - 1);
        asked[asked_count++] = offsets[i];
    }
    if (asked_count == 0)
        return;
    const int status = native_command(words, &output);
    const char *next = status == 0 ? output : "";
    for (size_t i = 0; i < asked_count; i++)
        next = read_site(sites, next[0] == '\0' ? "??\n??:0\n" : next, asked[i]);
    lineage_memory_free(output);
    if (asked_count == SITES_AT_ONCE)
        native_sites_find(sites, offsets, count);
}

struct native_site *native_site(struct native_sites *sites, uint32_t offset)
{
    if (!is_known(sites, offset))
        native_sites_find(sites, &offset, 1);
    return &sites->items.items[place_of(sites, offset)];
}

uint32_t native_site_rule(struct native_sites *sites, struct lineage_universe *universe,
                          uint32_t offset)
{
    struct native_site *site = native_site(sites, offset);
    if (site->rule == LINEAGE_NONE) {
        const char *text =
            site->text != NULL
                ? lineage_arena_format(&universe->arena, "%s: %s", site->function, site->text)
                : lineage_arena_text(&universe->arena, site->function, strlen(site->function));
        const struct lineage_rule rule = {
            .text = text,
            .file = lineage_arena_text(&universe->arena, site->file, strlen(site->file)),
            .line = site->line};
        site->rule = lineage_rule_add(universe, rule);
    }
    return site->rule;
}

struct lineage_place native_site_place(struct native_sites *sites, uint32_t offset)
{
    const struct native_site *site = native_site(sites, offset);
    const struct lineage_source *source = site->line == 0 ? NULL : find_source(sites, site->file);
    return (struct lineage_place){source, source == NULL ? 0 : site->line, source == NULL ? 0 : 1};
}

/* A line of nm: address, bytes, kind, name. */
const char *native_site_variable(struct native_sites *sites, uint32_t offset)
{
    const char *const words[] = {"nm", "-S", "--defined-only", sites->module, NULL};
    const char *found = NULL;
    char *output;
    const int status = native_command(words, &output);
    for (const char *line = output; status == 0 && *line != '\0' && found == NULL;) {
        char *end;
        const size_t bytes = strcspn(line, "\n");
        const unsigned long long address = strtoull(line, &end, 16);
        const unsigned long long size = strtoull(end, &end, 16);
        if (strncmp(end, " ", 1) == 0 && strncmp(end + 2, " ", 1) == 0 && end + 3 < line + bytes &&
            offset >= address && offset < address + size)
            found = lineage_arena_text(&sites->arena, end + 3, (size_t)(line + bytes - (end + 3)));
        line += bytes + (line[bytes] == '\n');
    }
    lineage_memory_free(output);
    return found;
}

void native_sites_free(struct native_sites *sites)
{
    lineage_memory_free(sites->items.items);
    lineage_arena_free(&sites->arena);
    *sites = (struct native_sites){.module = NULL};
}
