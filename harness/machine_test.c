/* What the machine has left, read from /proc and /sys as machines of several kinds have them; and
 * what a budget makes of it. */
#include "machine.h"

#include "testing.h"

struct fake {
    struct testing_folder folder;
};

static void put(const struct fake *fake, const char *name, const char *text)
{
    char command[256], path[256];
    snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s%s')\"", fake->folder.path, name);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s%s", fake->folder.path, name);
    testing_write(path, text, strlen(text));
}

static int make_machine(void **state)
{
    struct fake *fake = calloc(1, sizeof *fake);
    testing_folder_make(&fake->folder);
    put(fake, "/proc/meminfo",
        "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    8000 kB\n");
    *state = fake;
    return 0;
}

static int remove_machine(void **state)
{
    struct fake *fake = *state;
    testing_folder_remove(&fake->folder);
    free(fake);
    return 0;
}

static void without_groups_it_is_what_the_kernel_calls_available(void **state)
{
    const struct fake *fake = *state;
    assert_int_equal(harness_memory_available(fake->folder.path), 8000 * 1024);
}

static void machine_that_says_nothing_has_no_limit(void **state)
{
    (void)state;
    assert_true(harness_memory_available("/nowhere") == SIZE_MAX);
}

static void group_of_version_2_and_those_above_it_limit(void **state)
{
    const struct fake *fake = *state;
    put(fake, "/proc/self/cgroup", "0::/work/job\n");
    put(fake, "/sys/fs/cgroup/work/job/memory.max", "max\n");
    put(fake, "/sys/fs/cgroup/work/job/memory.current", "1000\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 8000 * 1024);
    put(fake, "/sys/fs/cgroup/work/memory.max", "5000000\n");
    put(fake, "/sys/fs/cgroup/work/memory.current", "1500000\n");
    put(fake, "/sys/fs/cgroup/work/memory.stat", "anon 7\ninactive_file 500000\nactive_file 8\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 4000000);
    put(fake, "/sys/fs/cgroup/work/job/memory.max", "3000000\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 2999000);
    put(fake, "/sys/fs/cgroup/work/job/memory.current", "3000001\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 0);
}

static void group_of_version_1_limits(void **state)
{
    const struct fake *fake = *state;
    put(fake, "/proc/self/cgroup", "9:name=systemd:/x\n4:memory:/job\n3:cpuset:/\n0::/\n");
    put(fake, "/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "6000000\n");
    put(fake, "/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "2000000\n");
    put(fake, "/sys/fs/cgroup/memory/job/memory.stat", "cache 1\ntotal_inactive_file 1000000\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 5000000);
}

/* In a container the path is one of outside, and what is mounted is the container's group. */
static void path_of_outside_leads_to_what_is_mounted(void **state)
{
    const struct fake *fake = *state;
    put(fake, "/proc/self/cgroup", "0::/outside/of/here\n");
    put(fake, "/sys/fs/cgroup/memory.max", "4000000\n");
    put(fake, "/sys/fs/cgroup/memory.current", "1000000\n");
    assert_int_equal(harness_memory_available(fake->folder.path), 3000000);
}

static void this_process_holds_something_and_something_is_left(void **state)
{
    (void)state;
    assert_in_range(harness_memory_in_use() >> 10, 100, 10000000);
    assert_true(harness_memory_available("") > 0);
}

/* ---- budgets ---- */

static void budget_without_a_limit_never_stops(void **state)
{
    struct harness_budget budget = {.memory_max = 0};
    (void)state;
    assert_true(harness_budget_watch(&budget, SIZE_MAX / 2));
    assert_false(harness_budget_poll(&budget));
}

static void default_budget_is_three_quarters_of_what_is_there(void **state)
{
    struct harness_budget budget = {.memory_max = 0};
    (void)state;
    harness_budget_measure(&budget);
    const size_t available = budget.machine.available_at_start;
    assert_true(available > 0);
    assert_true(budget.memory_max > available / 4 * 3);
    assert_true(budget.memory_max < available / 4 * 3 + ((size_t)1 << 30));
    assert_false(harness_budget_poll(&budget));
}

static void used_up_budget_stops_the_search_and_refuses_nothing(void **state)
{
    struct harness_budget budget = {.memory_max = 1};
    (void)state;
    assert_true(harness_budget_watch(&budget, 0));
    assert_int_equal(budget.stop, HARNESS_GOES_ON); /* whoever polls may say so */
    assert_true(harness_budget_poll(&budget));
    assert_int_equal(budget.stop, HARNESS_OUT_OF_MEMORY);
    struct harness_budget asked = {.memory_max = 1};
    assert_true(harness_budget_poll(&asked));
}

/* The machine had a thousand times what it has now: somebody else took it. */
static void machine_with_next_to_nothing_left_refuses(void **state)
{
    struct harness_budget budget = {.memory_max = SIZE_MAX};
    (void)state;
    harness_budget_measure(&budget);
    budget.machine.available_at_start *= 1000;
    assert_false(harness_budget_watch(&budget, 0));
    assert_true(harness_budget_poll(&budget));
    assert_int_equal(budget.stop, HARNESS_OUT_OF_MEMORY);
}

#define MACHINE(name) cmocka_unit_test_setup_teardown(name, make_machine, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE(without_groups_it_is_what_the_kernel_calls_available),
        cmocka_unit_test(machine_that_says_nothing_has_no_limit),
        MACHINE(group_of_version_2_and_those_above_it_limit),
        MACHINE(group_of_version_1_limits),
        MACHINE(path_of_outside_leads_to_what_is_mounted),
        cmocka_unit_test(this_process_holds_something_and_something_is_left),
        cmocka_unit_test(budget_without_a_limit_never_stops),
        cmocka_unit_test(default_budget_is_three_quarters_of_what_is_there),
        cmocka_unit_test(used_up_budget_stops_the_search_and_refuses_nothing),
        cmocka_unit_test(machine_with_next_to_nothing_left_refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
