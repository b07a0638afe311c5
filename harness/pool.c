#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { WAIT_NANOSECONDS = 10 * 1000 * 1000 };

struct worker {
    struct harness_pool *pool;
    struct harness_executor executor;
    struct harness_tester tester;
    struct lineage_execution good;
    pthread_t thread;
};

struct harness_pool {
    struct harness_tester tester; /* of the caller's thread */
    struct worker *workers;
    size_t worker_count;

    /* The batch under test. */
    struct harness_hypothesis *hypotheses;
    bool all;
    atomic_size_t next; /* hypothesis to be taken */
    atomic_size_t end;  /* those from here on need not be tested */
    atomic_bool stopped;

    pthread_mutex_t mutex;
    pthread_cond_t begun, done;
    uint64_t batch; /* number of the batch, from 1 */
    size_t busy;    /* workers that are not done with it */
    bool closing;
};

static bool is_stopped(void *context)
{
    const struct harness_pool *pool = context;
    return atomic_load_explicit(&pool->stopped, memory_order_relaxed);
}

/* Lowers the end of the batch to `end`. */
static void lower_end(struct harness_pool *pool, size_t end)
{
    size_t known = atomic_load(&pool->end);
    while (end < known && !atomic_compare_exchange_weak(&pool->end, &known, end))
        ;
}

/* Takes hypotheses one after the other, until none is left. */
static void take_part(struct harness_pool *pool, const struct harness_tester *tester)
{
    while (!is_stopped(pool)) {
        const size_t number = atomic_fetch_add(&pool->next, 1);
        if (number >= atomic_load(&pool->end))
            break;
        struct harness_hypothesis *hypothesis = &pool->hypotheses[number];
        harness_hypothesis_test(hypothesis, tester);
        if (hypothesis->outcome == HARNESS_INTERRUPTED)
            atomic_store(&pool->stopped, true);
        else if (hypothesis->outcome != HARNESS_OK || (hypothesis->breaks && !pool->all))
            lower_end(pool, number + 1);
    }
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct harness_pool *pool = worker->pool;
    uint64_t batch = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->closing && pool->batch == batch)
            pthread_cond_wait(&pool->begun, &pool->mutex);
        if (pool->closing)
            break;
        batch = pool->batch;
        pthread_mutex_unlock(&pool->mutex);
        take_part(pool, &worker->tester);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* An executor and a failure-free run of the worker's own. */
static bool equip(struct worker *worker, struct harness_pool *pool)
{
    const struct lineage_schedule none = {.omissions = {0}};
    const struct harness_executor *executor = pool->tester.executor;
    worker->pool = pool;
    executor->copy(executor, &worker->executor);
    worker->executor.poll = is_stopped;
    worker->executor.poll_context = pool;
    worker->tester = pool->tester;
    worker->tester.executor = &worker->executor;
    worker->tester.good = &worker->good;
    return worker->executor.execute(&worker->executor, &none, false, &worker->good) == HARNESS_OK;
}

static void dismiss(struct worker *worker)
{
    lineage_execution_free(&worker->good);
    worker->executor.close(&worker->executor);
}

struct harness_pool *harness_pool_create(const struct harness_tester *tester, size_t threads)
{
    struct harness_pool *pool = lineage_memory_clear(sizeof *pool);
    pool->tester = *tester;
    pool->tester.keeps = false;
    pool->workers = lineage_memory_clear((threads + 1) * sizeof *pool->workers);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->begun, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (; pool->worker_count < threads; pool->worker_count++) {
        struct worker *worker = &pool->workers[pool->worker_count];
        if (!equip(worker, pool) || pthread_create(&worker->thread, NULL, work, worker) != 0) {
            dismiss(worker);
            break;
        }
    }
    if (pool->worker_count > 0)
        return pool;
    harness_pool_destroy(pool);
    return NULL;
}

void harness_pool_destroy(struct harness_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->worker_count; i++) {
        pthread_join(pool->workers[i].thread, NULL);
        dismiss(&pool->workers[i]);
    }
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->begun);
    pthread_cond_destroy(&pool->done);
    lineage_memory_free(pool->workers);
    lineage_memory_free(pool);
}

/* Waits for the workers, and asks now and then whether to stop them. */
static void wait_for_workers(struct harness_pool *pool)
{
    const struct harness_executor *executor = pool->tester.executor;
    pthread_mutex_lock(&pool->mutex);
    while (pool->busy > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAIT_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&pool->done, &pool->mutex, &until);
        if (executor->poll != NULL && executor->poll(executor->poll_context))
            atomic_store(&pool->stopped, true);
    }
    pthread_mutex_unlock(&pool->mutex);
}

void harness_pool_test(struct harness_pool *pool, struct harness_hypothesis *hypotheses,
                       size_t count, bool all)
{
    pthread_mutex_lock(&pool->mutex);
    pool->hypotheses = hypotheses;
    pool->all = all;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->end, count);
    atomic_store(&pool->stopped, false);
    pool->busy = pool->worker_count;
    pool->batch++;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->mutex);
    take_part(pool, &pool->tester);
    wait_for_workers(pool);
}
