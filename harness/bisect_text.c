/* A bisection for people: a table, and the answer in a sentence. */
#include "bisect.h"

#include "json.h"

/* Characters, not bytes. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int widest(const cJSON *list, const char *key, int width)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const int own = width_of(harness_json_text(item, key));
        width = own > width ? own : width;
    }
    return width;
}

static void print_padded(const char *text, int width, FILE *out)
{
    fprintf(out, "%s%*s  ", text, width - width_of(text), "");
}

void harness_bisect_text(const struct harness_bisect *bisect, bool colour, FILE *out)
{
    const cJSON *list = harness_json_get(bisect->json, "versions"), *item;
    const int version = widest(list, "version", 7), verdict = widest(list, "verdict", 7);
    int faults = 15;
    cJSON_ArrayForEach(item, list)
    {
        const int bytes =
            (int)strlen(harness_json_text(harness_json_get(item, "counterexample"), "text"));
        faults = bytes > faults ? bytes : faults;
    }
    fprintf(out, "Today's bug: %s\n\n", harness_json_text(bisect->bug, "text"));
    fprintf(out, "%-*s  %-*s  %-*s  %-16s  %s\n", version, "version", verdict, "verdict", faults,
            "smallest faults", "replay shows it?", "bug");
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *found = harness_json_get(item, "counterexample");
        const char *text = harness_json_text(item, "verdict");
        const char *paint = !colour                               ? ""
                            : strcmp(text, "counterexample") == 0 ? "\033[31m"
                            : strcmp(text, "certified") == 0      ? "\033[32m"
                                                                  : "\033[33m";
        print_padded(harness_json_text(item, "version"), version, out);
        fputs(paint, out);
        print_padded(text, verdict, out);
        fputs(colour ? "\033[0m" : "", out);
        print_padded(cJSON_IsObject(found) ? harness_json_text(found, "text") : "-", faults, out);
        print_padded(harness_json_is(item, "replay", "broken") ? "yes"
                     : harness_json_is(item, "replay", "kept") ? "no"
                                                               : harness_json_text(item, "replay"),
                     16, out);
        fputs(harness_json_text(item, "bug"), out);
        const char *why = harness_json_get(item, "missing") != NULL
                              ? harness_json_text(item, "missing")
                              : harness_json_text(harness_json_get(item, "error"), "message");
        fprintf(out, why[0] != '\0' ? ": %s\n" : "%s\n", why);
    }
    fprintf(out, "\n%s\n", harness_json_text(bisect->json, "sentence"));
}
