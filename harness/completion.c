#include "completion.h"

#include <ctype.h>
#include <string.h>

enum { NODES_MANY = 100 };

struct harness_value harness_value_of(const struct harness_option *option)
{
    const char *value = option->value != NULL ? option->value : "";
    const char *colon = strchr(value, ':');
    if (colon != NULL)
        return (struct harness_value){.kind = HARNESS_VALUE_WORDS, .words = colon + 1};
    if (strncmp(value, "FILE", 4) == 0)
        return (struct harness_value){.kind = HARNESS_VALUE_FILE,
                                      .ending = value[4] == '.' ? value + 5 : ""};
    if (strcmp(value, "DIR") == 0)
        return (struct harness_value){.kind = HARNESS_VALUE_FOLDER};
    if (strcmp(value, "NODE,TIME") == 0 || strcmp(value, "NODE") == 0)
        return (struct harness_value){.kind = HARNESS_VALUE_NODES, .node_count = 1};
    if (strcmp(value, "FROM,TO,TIME") == 0)
        return (struct harness_value){.kind = HARNESS_VALUE_NODES, .node_count = 2};
    if (strncmp(value, "A,B", 3) == 0)
        return (struct harness_value){.kind = HARNESS_VALUE_NODES, .node_count = NODES_MANY};
    return (struct harness_value){.kind = HARNESS_VALUE_OTHER};
}

/* Adds a word that is not there yet. */
static void add(char **list, const char *word, size_t bytes)
{
    const size_t before = *list == NULL ? 0 : strlen(*list);
    for (const char *known = *list; known != NULL && *known != '\0';) {
        const size_t known_bytes = strcspn(known, " ");
        if (known_bytes == bytes && strncmp(known, word, bytes) == 0)
            return;
        known += known_bytes + strspn(known + known_bytes, " ");
    }
    *list = lineage_memory_resize(*list, before + bytes + 2);
    if (before > 0)
        (*list)[before] = ' ';
    char *end = *list + before + (before > 0);
    memcpy(end, word, bytes);
    end[bytes] = '\0';
}

static void read_word(struct harness_operands *operands, const char *word, size_t bytes)
{
    size_t name = 0;
    while (name < bytes && isupper((unsigned char)word[name]))
        name++;
    const bool has_ending =
        name > 0 && name + 1 < bytes && word[name] == '.' && islower((unsigned char)word[name + 1]);
    if (has_ending)
        add(&operands->endings, word + name + 1, strcspn(word + name + 1, ".[] \n"));
    else if (islower((unsigned char)word[0]))
        add(&operands->words, word, bytes);
    else if (name == 8 && strncmp(word, "SCENARIO", name) == 0)
        add(&operands->endings, "json", 4);
    else if (name == 5 && strncmp(word, "MODEL", name) == 0)
        add(&operands->endings, "ded c so", 8);
    else if (name == 4 && (strncmp(word, "PATH", name) == 0 || strncmp(word, "FILE", name) == 0))
        operands->any_file = true;
    else if (name == 7 && strncmp(word, "COMMAND", name) == 0)
        operands->a_command = true;
}

void harness_operands_of(const struct harness_command *command, struct harness_operands *operands)
{
    *operands = (struct harness_operands){.words = NULL};
    add(&operands->words, "", 0);
    add(&operands->endings, "", 0);
    for (const char *word = command->synopsis; *word != '\0';) {
        word += strspn(word, " \n[]|");
        const size_t bytes = strcspn(word, " \n[]|");
        if (bytes > 0)
            read_word(operands, word, bytes);
        word += bytes;
    }
}

void harness_operands_free(struct harness_operands *operands)
{
    lineage_memory_free(operands->words);
    lineage_memory_free(operands->endings);
}
