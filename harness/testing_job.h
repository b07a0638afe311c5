/* What tests of jobs share: a folder with a model and a scenario, and a protocol whose bounds can
 * be swept by hand. */
#ifndef LDFI_HARNESS_TESTING_JOB_H
#define LDFI_HARNESS_TESTING_JOB_H

#include "testing.h"

#include "json.h"

struct testing_job {
    struct testing_folder folder;
    char model[128], scenario[128];
};

static inline void testing_put(const char *path, const char *text)
{
    testing_write(path, text, strlen(text));
}

/* A scenario of model.ded for nodes a and b without crashes, and with these keys. */
static inline void testing_job_ask(const struct testing_job *job, const char *keys)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{\"model\": [\"model.ded\"], \"nodes\": [\"a\", \"b\"], \"crashes\": 0, %s}", keys);
    testing_put(job->scenario, text);
}

static inline void testing_job_make(struct testing_job *job, const char *model, const char *keys)
{
    testing_folder_make(&job->folder);
    testing_put(testing_path(&job->folder, "model.ded", job->model), model);
    testing_path(&job->folder, "s.json", job->scenario);
    testing_job_ask(job, keys);
}

/* a tells b at 1 and once more at 4, so b has heard at 2. If the first is lost it has heard at 5;
 * if both are lost, never. */
static const char testing_twice[] = "told(\"a\", \"b\")@1;\n"
                                    "told(A, B)@next :- told(A, B);\n"
                                    "tries(\"a\", \"b\")@1; tries(\"a\", \"b\")@4;\n"
                                    "heard(B)@async :- tries(A, B);\n"
                                    "heard(B)@next :- heard(B);\n"
                                    "pre(B) :- told(_, B);\n"
                                    "post(B) :- heard(B);\n";

/* Does JSON say this? Spaces do not count; deletes it. */
static inline void testing_assert_json(cJSON *json, const char *expected)
{
    cJSON *wanted = cJSON_Parse(expected);
    char *said = cJSON_PrintUnformatted(json), *text = cJSON_PrintUnformatted(wanted);
    assert_non_null(wanted);
    assert_string_equal(said == NULL ? "nothing" : said, text);
    cJSON_free(said);
    cJSON_free(text);
    cJSON_Delete(wanted);
    cJSON_Delete(json);
}

#endif
