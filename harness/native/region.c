/* What a run takes memory for: texts, each once, and tuples. */
#include "simulator.h"

void *native_take(struct native_simulator *simulator, size_t bytes)
{
    struct native_region *region = &simulator->region;
    const size_t rounded = (bytes + 15) & ~(size_t)15;
    if ((size_t)(region->end - region->at) < rounded)
        native_end(simulator, NATIVE_LARGE);
    char *block = region->at;
    region->at += rounded;
    memset(block, 0, rounded);
    return block;
}

const char *native_intern(struct native_simulator *simulator, const char *text)
{
    uint32_t hash = 2166136261u;
    size_t bytes = 0;
    for (; text[bytes] != '\0'; bytes++)
        hash = (hash ^ (unsigned char)text[bytes]) * 16777619u;
    struct native_string **place = &simulator->strings[(hash ^ hash >> 8) & 255];
    for (; *place != NULL; place = &(*place)->next)
        if ((*place)->hash == hash && strcmp((*place)->text, text) == 0)
            return (*place)->text;
    if (bytes > LDFI_TEXT_BYTES_MAX)
        native_fail(simulator, NULL, "a text of %zu bytes is too long: %d are allowed", bytes,
                    LDFI_TEXT_BYTES_MAX);
    struct native_string *string = native_take(simulator, sizeof *string + bytes + 1);
    *string = (struct native_string){(uint32_t)simulator->string_count++, hash, NULL};
    memcpy(string->text, text, bytes + 1);
    *place = string;
    native_write_string(&simulator->trace, string->number, text, bytes);
    return string->text;
}

uint32_t native_number_of(const char *interned)
{
    return ((const struct native_string *)(const void *)(interned -
                                                         offsetof(struct native_string, text)))
        ->number;
}

void native_intern_tuple(struct native_simulator *simulator, struct ldfi_tuple *tuple)
{
    for (size_t i = 0; i < tuple->count; i++)
        if (tuple->values[i].text != NULL)
            tuple->values[i].text = native_intern(simulator, tuple->values[i].text);
}

int native_compare(const struct ldfi_tuple *left, const struct ldfi_tuple *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ldfi_value *l = &left->values[i], *r = &right->values[i];
        if (l->text == NULL && r->text == NULL) {
            if (l->integer != r->integer)
                return l->integer < r->integer ? -1 : 1;
        } else if (l->text == NULL || r->text == NULL) {
            return l->text == NULL ? -1 : 1;
        } else if (l->text != r->text) {
            const int order = strcmp(l->text, r->text);
            if (order != 0)
                return order;
        }
    }
    return 0;
}

void native_trace(struct native_simulator *simulator, enum native_operation operation, uint32_t x,
                  uint32_t y, uint32_t z)
{
    if (!native_write(&simulator->trace, operation, 0, 0, x, y, z))
        native_end(simulator, NATIVE_LARGE);
}

void native_trace_tuple(struct native_simulator *simulator, enum native_operation operation,
                        const struct ldfi_tuple *tuple, uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t texts = 0;
    for (size_t i = 0; i < tuple->count; i++)
        texts |= tuple->values[i].text != NULL ? 1u << i : 0;
    if (!native_write(&simulator->trace, operation, (uint32_t)tuple->count, texts, x, y, z))
        native_end(simulator, NATIVE_LARGE);
    for (size_t i = 0; i < tuple->count; i++)
        native_write_value(&simulator->trace, tuple->values[i].text != NULL
                                                  ? native_number_of(tuple->values[i].text)
                                                  : (uint64_t)tuple->values[i].integer);
}
