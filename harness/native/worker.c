#include "worker.h"

#include "module.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    POLL_MILLISECONDS = 50,
    TICK_MICROSECONDS = 100000, /* of processor time */
    TICKS_MAX = 5,              /* within one handler call */
    STUCK_SECONDS = 20,         /* within one that takes no processor time: it waits */
    STACK_BYTES = 4000,
};

/* A worker that is no process of its own. */
struct native_here {
    struct native_module module;
    struct native_simulator simulator;
};

static bool map(void **memory, size_t bytes, int flags)
{
    *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return *memory != MAP_FAILED;
}

bool native_worker_open(struct native_worker *worker)
{
    void *memory;
    *worker = (struct native_worker){.socket = -1};
    if (!map(&memory, sizeof(struct native_shared), MAP_SHARED))
        return false;
    worker->shared = memory;
    return true;
}

/* ---- in the worker ---- */

/* The worker, for its signal handler, and how many runs it has begun: each counts its calls anew.
 */
static struct native_simulator *at_work;
static volatile uint32_t runs_begun;

/* Is it the worker itself that forks? */
static bool forks;

/* Now and then: is the same call of the same run still at work? */
static void tick(int number)
{
    static uint32_t runs, calls, ticks;
    (void)number;
    ticks = runs == runs_begun && calls == at_work->status->calls ? ticks + 1 : 0;
    runs = runs_begun;
    calls = at_work->status->calls;
    if (ticks >= TICKS_MAX) {
        at_work->status->outcome = NATIVE_LOOPS;
        _exit(1);
    }
}

/* Processes do not inherit it. */
static void start_ticks(void)
{
    const struct itimerval ticks = {{0, TICK_MICROSECONDS}, {0, TICK_MICROSECONDS}};
    signal(SIGVTALRM, tick);
    setitimer(ITIMER_VIRTUAL, &ticks, NULL);
}

/* A process that a handler forks would go on with the run, into the same trace. */
static void end_child(void)
{
    if (!forks)
        _exit(0);
}

/* Nothing of ldfi's shall happen here: its signals, its limits, its output. */
static void settle_in(void)
{
    static const int reset[] = {SIGINT, SIGTERM, SIGHUP,  SIGPIPE, SIGSEGV, SIGBUS,
                                SIGFPE, SIGILL,  SIGABRT, SIGALRM, SIGXCPU};
    const struct rlimit none = {0, 0};
    sigset_t all;
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        signal(reset[i], SIG_DFL);
    signal(SIGINT, SIG_IGN); /* of the terminal: ldfi says when to stop */
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_atfork(NULL, NULL, end_child);
    start_ticks();
#if !defined(__SANITIZE_ADDRESS__)
    const struct rlimit memory = {(rlim_t)8 << 30, (rlim_t)8 << 30};
    setrlimit(RLIMIT_AS, &memory);
#endif
    dup2(STDERR_FILENO, STDOUT_FILENO); /* what a protocol prints is no output of ldfi's */
    setvbuf(stdout, NULL, _IOLBF, 0);   /* and is seen before the process is killed */
}

static bool open_simulator(struct native_simulator *simulator, struct native_module *module,
                           struct native_shared *shared, const char *path)
{
    void *memory;
    struct native_status *status = &shared->status;
    memset(status, 0, sizeof *status);
    if (!map(&memory, NATIVE_REGION_BYTES, MAP_PRIVATE)) {
        snprintf(status->text, sizeof status->text, "%s", strerror(errno));
        return false;
    }
    if (!native_module_load(module, path, status->text, sizeof status->text))
        return false;
    shared->is_opaque = module->protocol->opaque_state;
    *simulator = (struct native_simulator){
        .module = module,
        .status = status,
        .region = {memory, memory, (char *)memory + NATIVE_REGION_BYTES},
        .trace = {shared->trace, shared->trace, shared->trace + NATIVE_TRACE_WORDS}};
    at_work = simulator;
    native_is_for(simulator);
    native_heap_settle();
    return true;
}

static void simulate(struct native_simulator *simulator, struct native_shared *shared)
{
    const size_t bytes = shared->is_opaque ? 0 : native_heap_bytes();
    simulator->checks_memory = shared->checks_memory != 0;
    runs_begun++;
    native_simulate(simulator, shared->request, shared->request + shared->request_words);
    if (shared->status.outcome == NATIVE_DONE && !shared->is_opaque && native_heap_bytes() > bytes)
        shared->status.outcome = NATIVE_LEAKS;
}

/* Runs the request in a process of its own, which is where an opaque protocol starts anew. */
static void simulate_apart(struct native_simulator *simulator, struct native_shared *shared)
{
    int ended = 0;
    shared->status.outcome = NATIVE_RUNNING;
    forks = true;
    const pid_t process = fork();
    forks = false;
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        start_ticks();
        simulate(simulator, shared);
        _exit(0);
    }
    while (process > 0 && waitpid(process, &ended, 0) < 0 && errno == EINTR)
        ;
    if (process > 0 && WIFSIGNALED(ended)) {
        shared->status.outcome = NATIVE_KILLED;
        shared->status.site = (uint32_t)WTERMSIG(ended);
    } else if (process > 0 && shared->status.outcome == NATIVE_RUNNING) {
        shared->status.outcome = NATIVE_KILLED; /* it called exit */
        shared->status.site = 0;
    } else if (process < 0) {
        snprintf(shared->status.text, NATIVE_TEXT_BYTES, "no process for it: %s", strerror(errno));
        shared->status.outcome = NATIVE_WRONG;
    }
}

/* Moves the heap, what is mapped from now on, and the clock. */
static void shake(void)
{
    enum { SIZES = 80, EACH = 9, HOLE_BYTES = 20007 << 12, SECONDS = 100001 };
    void *hole;
    for (size_t i = 0; i < (size_t)SIZES * EACH; i++) { /* of all sizes that malloc keeps at hand */
        volatile char *block = malloc(16 * (1 + i / EACH));
        if (block != NULL)
            *block = 1; /* it is kept */
    }
    map(&hole, HOLE_BYTES, MAP_PRIVATE);
    native_clock_shift(SECONDS);
}

_Noreturn static void serve(struct native_shared *shared, const char *path, int socket)
{
    struct native_module module;
    struct native_simulator simulator;
    char byte = 0;
    settle_in();
    if (shared->is_shaken != 0) {
        /* cppcheck-suppress allocaCalled ; its size is small and fixed */
        volatile char *moved = alloca(STACK_BYTES); /* the stack of what follows */
        *moved = 1;
        shake();
    }
    shared->status.outcome = NATIVE_RUNNING;
    const bool is_open = open_simulator(&simulator, &module, shared, path);
    shared->status.outcome = is_open ? NATIVE_DONE : NATIVE_WRONG;
    do {
        if (write(socket, &byte, 1) != 1 || !is_open || read(socket, &byte, 1) != 1)
            break;
        if (shared->is_opaque)
            simulate_apart(&simulator, shared);
        else
            simulate(&simulator, shared);
    } while (true);
    _exit(0);
}

/* ---- in ldfi ---- */

/* Closes what is left of a process that is gone. */
static void forget(struct native_worker *worker)
{
    if (worker->socket >= 0)
        close(worker->socket);
    worker->process = 0;
    worker->socket = -1;
}

static void stop(struct native_worker *worker)
{
    if (worker->process > 0) {
        kill(worker->process, SIGKILL);
        while (waitpid(worker->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    forget(worker);
}

void native_worker_renew(struct native_worker *worker, bool is_shaken)
{
    stop(worker);
    worker->shared->is_shaken = is_shaken;
}

void native_worker_close(struct native_worker *worker)
{
    stop(worker);
    if (worker->here != NULL) {
        munmap(worker->here->simulator.region.start, NATIVE_REGION_BYTES);
        native_module_unload(&worker->here->module);
        free(worker->here);
        worker->here = NULL;
    }
    if (worker->shared != NULL)
        munmap(worker->shared, sizeof *worker->shared);
    worker->shared = NULL;
}

/* Is the worker dead? Then the status says by which signal, unless it says what happened. */
static bool is_dead(struct native_worker *worker, bool waits)
{
    struct native_status *status = &worker->shared->status;
    int ended = 0;
    pid_t process;
    while ((process = waitpid(worker->process, &ended, waits ? 0 : WNOHANG)) < 0 && errno == EINTR)
        ;
    if (process == 0)
        return false;
    if (WIFSIGNALED(ended) || status->outcome == NATIVE_RUNNING) { /* 0: it called exit */
        status->outcome = NATIVE_KILLED;
        status->site = WIFSIGNALED(ended) ? (uint32_t)WTERMSIG(ended) : 0;
    }
    forget(worker);
    return true;
}

/* Waits for a byte of the worker. */
static enum native_reply await(struct native_worker *worker, bool (*ask)(void *context),
                               void *context)
{
    struct pollfd reply = {.fd = worker->socket, .events = POLLIN};
    struct native_status *status = &worker->shared->status;
    uint32_t calls = status->calls, polls = 0;
    char byte;
    for (;;) {
        const int ready = poll(&reply, 1, POLL_MILLISECONDS);
        if (ready > 0) {
            if (recv(worker->socket, &byte, 1, 0) != 1)
                is_dead(worker, true);
            return NATIVE_REPLIED;
        }
        if (ask != NULL && ask(context)) {
            stop(worker);
            return NATIVE_INTERRUPTED;
        }
        polls = calls == status->calls ? polls + 1 : 0;
        calls = status->calls;
        if (polls > STUCK_SECONDS * 1000 / POLL_MILLISECONDS) {
            stop(worker);
            status->outcome = NATIVE_LOOPS;
            return NATIVE_REPLIED;
        }
        /* Another worker, made at the same moment, may hold this one's end of the socket. */
        if (is_dead(worker, false))
            return NATIVE_REPLIED;
    }
}

static bool start(struct native_worker *worker, const char *path)
{
    int sockets[2] = {-1, -1};
    fflush(NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0 ||
        (worker->process = fork()) < 0) {
        worker->process = 0;
        snprintf(worker->shared->status.text, NATIVE_TEXT_BYTES, "no process for it: %s",
                 strerror(errno));
        for (int i = 0; i < 2 && sockets[i] >= 0; i++)
            close(sockets[i]);
        return false;
    }
    if (worker->process == 0) {
        close(sockets[0]);
        serve(worker->shared, path, sockets[1]);
    }
    close(sockets[1]);
    worker->socket = sockets[0];
    return true;
}

enum native_reply native_worker_run(struct native_worker *worker, const char *path,
                                    bool (*ask)(void *context), void *context)
{
    const char byte = 1;
    if (worker->here != NULL) {
        simulate(&worker->here->simulator, worker->shared);
        return NATIVE_REPLIED;
    }
    if (worker->process == 0) {
        if (!start(worker, path))
            return NATIVE_BROKEN;
        const enum native_reply reply = await(worker, ask, context);
        if (reply != NATIVE_REPLIED)
            return reply;
        if (worker->process == 0 || worker->shared->status.outcome != NATIVE_DONE) {
            if (worker->process == 0)
                snprintf(worker->shared->status.text, NATIVE_TEXT_BYTES,
                         "it ends the process that loads it");
            stop(worker);
            return NATIVE_BROKEN;
        }
    }
    worker->shared->status.outcome = NATIVE_RUNNING;
    if (send(worker->socket, &byte, 1, MSG_NOSIGNAL) != 1) {
        is_dead(worker, true);
        return NATIVE_REPLIED;
    }
    return await(worker, ask, context);
}

/* ---- in the same process ---- */

bool native_worker_settle_here(struct native_worker *worker, const char *path)
{
    struct native_here *here = calloc(1, sizeof *here);
    if (here == NULL || !open_simulator(&here->simulator, &here->module, worker->shared, path)) {
        free(here);
        return false;
    }
    worker->here = here;
    return true;
}
