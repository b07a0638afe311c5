/* The farm: whatever becomes of a task's process, each task has one answer, and none is left. */
#include "testing.h"

#include "farm.h"
#include "json.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ANSWER_BYTES = 1 << 20, TASKS_MAX = 40 };

/* What several processes see. */
struct shared {
    atomic_int working, most, started;
};

struct context {
    struct shared *shared;
    int taken[TASKS_MAX];
    size_t taken_count, taken_max; /* 0: all are taken */
    sig_atomic_t interrupted;
    cJSON *last;
};

static void context_make(struct context *context)
{
    *context = (struct context){.shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                                               MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    assert_ptr_not_equal(context->shared, MAP_FAILED);
}

static void context_free(struct context *context)
{
    cJSON_Delete(context->last);
    munmap(context->shared, sizeof *context->shared);
}

static bool take(void *opaque, size_t task, cJSON *answer)
{
    struct context *context = opaque;
    assert_true(task < TASKS_MAX);
    context->taken[task]++;
    cJSON_Delete(context->last);
    context->last = answer;
    return ++context->taken_count != context->taken_max;
}

static void assert_no_process_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* ---- processes that do not answer ---- */

enum end { CRASHES, IS_KILLED, ENDS, PRINTS_WORDS, PRINTS_TOO_MUCH, PRINTS_A_LIST, HAS_NO_MEMORY };

static cJSON *end_somehow(void *opaque, size_t task)
{
    (void)opaque;
    signal(SIGSEGV, SIG_DFL); /* the test's own would return */
    switch ((enum end)task) {
    case CRASHES:
        raise(SIGSEGV);
        break;
    case IS_KILLED:
        raise(SIGKILL);
        break;
    case PRINTS_WORDS:
        printf("certified\n");
        break;
    case PRINTS_TOO_MUCH:
        printf("{\"verdict\": \"certified\"} and more\n");
        break;
    case PRINTS_A_LIST:
        printf("[1]\n");
        break;
    case HAS_NO_MEMORY:
        _exit(4);
    case ENDS:
        break;
    }
    fflush(stdout);
    _exit(0);
}

/* Has the tasks up to this one answered; the last answer is kept. The caller frees the context. */
static void run_up_to(struct context *context, cJSON *(*answer)(void *context, size_t task),
                      size_t task)
{
    context_make(context);
    const struct harness_farm farm = {
        .count = task + 1, .jobs = 1, .context = context, .answer = answer, .take = take};
    assert_true(harness_farm_run(&farm));
    for (size_t i = 0; i <= task; i++)
        assert_int_equal(context->taken[i], 1);
    assert_no_process_is_left();
}

static void a_process_that_does_not_answer_is_an_error_of_the_machine(void **state)
{
    static const char *const words[] = {
        [CRASHES] = "ended by signal 11",
        [IS_KILLED] = "ended by signal 9",
        [ENDS] = "did not answer",
        [PRINTS_WORDS] = "did not answer",
        [PRINTS_TOO_MUCH] = "did not answer",
        [PRINTS_A_LIST] = "did not answer",
        [HAS_NO_MEMORY] = "is out of memory",
    };
    (void)state;
    for (size_t task = 0; task < sizeof words / sizeof *words; task++) {
        struct context context;
        run_up_to(&context, end_somehow, task);
        const char *message = harness_json_text(harness_json_get(context.last, "error"), "message");
        if (strstr(message, words[task]) == NULL)
            fail_msg("'%s' is not in '%s'", words[task], message);
        assert_true(harness_json_number(context.last, "status") == 4);
        context_free(&context);
    }
}

static cJSON *answer_at_length(void *opaque, size_t task)
{
    char *text = lineage_memory_clear(ANSWER_BYTES + 1);
    (void)opaque;
    (void)task;
    memset(text, 'x', ANSWER_BYTES);
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "text", text);
    return answer;
}

static void an_answer_may_be_larger_than_a_pipe(void **state)
{
    struct context context;
    (void)state;
    run_up_to(&context, answer_at_length, 0);
    assert_int_equal(strlen(harness_json_text(context.last, "text")), ANSWER_BYTES);
    context_free(&context);
}

/* ---- many of them ---- */

static cJSON *count_workers(void *opaque, size_t task)
{
    struct shared *shared = ((struct context *)opaque)->shared;
    const int working = atomic_fetch_add(&shared->working, 1) + 1;
    int most = atomic_load(&shared->most);
    while (working > most && !atomic_compare_exchange_weak(&shared->most, &most, working))
        ;
    usleep(3000);
    atomic_fetch_sub(&shared->working, 1);
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddNumberToObject(answer, "task", (double)task);
    return answer;
}

static void more_tasks_than_jobs_are_all_answered_once(void **state)
{
    struct context context;
    (void)state;
    context_make(&context);
    const struct harness_farm farm = {
        .count = TASKS_MAX, .jobs = 3, .context = &context, .answer = count_workers, .take = take};
    assert_true(harness_farm_run(&farm));
    for (size_t i = 0; i < TASKS_MAX; i++)
        assert_int_equal(context.taken[i], 1);
    assert_in_range(atomic_load(&context.shared->most), 2, 3);
    assert_no_process_is_left();
    context_free(&context);
}

static void who_takes_no_more_ends_it(void **state)
{
    struct context context;
    (void)state;
    context_make(&context);
    context.taken_max = 5;
    const struct harness_farm farm = {
        .count = TASKS_MAX, .jobs = 2, .context = &context, .answer = count_workers, .take = take};
    assert_false(harness_farm_run(&farm));
    assert_int_equal(context.taken_count, 5);
    assert_no_process_is_left();
    context_free(&context);
}

static cJSON *work_for_ever(void *opaque, size_t task)
{
    (void)task;
    atomic_fetch_add(&((struct context *)opaque)->shared->started, 1);
    sleep(600);
    return NULL;
}

static void interrupt_when_two_work(void *opaque, const struct harness_tally *tally)
{
    struct context *context = opaque;
    assert_int_equal(tally->answered, 0);
    assert_int_equal(tally->running, 2);
    assert_int_equal(tally->oldest, 0);
    context->interrupted = atomic_load(&context->shared->started) == 2;
}

static void interruption_leaves_no_process(void **state)
{
    struct context context;
    (void)state;
    context_make(&context);
    const struct harness_farm farm = {.count = 5,
                                      .jobs = 2,
                                      .context = &context,
                                      .answer = work_for_ever,
                                      .take = take,
                                      .tick = interrupt_when_two_work,
                                      .interrupted = &context.interrupted};
    assert_false(harness_farm_run(&farm));
    assert_int_equal(context.taken_count, 0);
    assert_int_equal(atomic_load(&context.shared->started), 2);
    assert_no_process_is_left();
    context_free(&context);
}

static void no_tasks_are_done_at_once(void **state)
{
    struct context context;
    (void)state;
    context_make(&context);
    const struct harness_farm farm = {
        .count = 0, .jobs = 2, .context = &context, .answer = work_for_ever, .take = take};
    assert_true(harness_farm_run(&farm));
    assert_int_equal(context.taken_count, 0);
    context_free(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_does_not_answer_is_an_error_of_the_machine),
        cmocka_unit_test(an_answer_may_be_larger_than_a_pipe),
        cmocka_unit_test(more_tasks_than_jobs_are_all_answered_once),
        cmocka_unit_test(who_takes_no_more_ends_it),
        cmocka_unit_test(interruption_leaves_no_process),
        cmocka_unit_test(no_tasks_are_done_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
