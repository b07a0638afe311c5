#!/usr/bin/env bats
# Protocols in C are built and loaded, run deterministically, and what their handlers do wrong is a
# finding. What the promise and the order of events must be is said in harness/native/ldfi/protocol.h.

load common
load native

@test "what the compiler says is passed on, with file, line and column" {
    protocol bad.c <<'C'
static void pre(struct ldfi_node *observer) { (void)observer; }
static void start(struct ldfi_node *node) { undeclared(node) }
.start = start, .pre = pre, .post = pre
C
    ldfi 2 run bad.c "${H[@]}"
    says "$stderr" '^bad\.c:3:(60|61): error: expected'
    says "$stderr" '^ +3 \| static void start'
    ldfi 2 run bad.c "${H[@]}" --json
    json '.error.file == "bad.c" and .error.line == 3 and (.error.message | startswith("expected"))'
    echo '#include "nowhere.h"' >bad.c
    ldfi 2 run bad.c "${H[@]}"
    says "$stderr" '^bad\.c:1:[0-9]+: error: nowhere\.h: No such file'
    echo 'int main(void) { return missing; }' >"-x.c"
    ldfi 2 run ./-x.c "${H[@]}"
    says "$stderr" "^\./-x\.c:1:25: error: .missing. undeclared"
}

@test "without a compiler, a protocol, a promise or a file ldfi says what is missing" {
    handler ''
    CC=none ldfi 2 run h.c "${H[@]}"
    says "$stderr" "^h\.c: error: there is no compiler 'none' to build it with: install one, or name it in the environment variable CC"
    TMPDIR=/nowhere ldfi 2 run h.c "${H[@]}"
    says "$stderr" 'it cannot be built: no folder /nowhere'
    ldfi 2 run there_is_none.c "${H[@]}"
    says "$stderr" "cannot read the model 'there_is_none.c'"
    echo 'int x;' >none.c
    ldfi 2 run none.c "${H[@]}"
    says "$stderr" 'it defines no `const struct ldfi_protocol ldfi_protocol`'
    printf '#include <ldfi/protocol.h>\nconst struct ldfi_protocol ldfi_protocol = {.start = 0};\n' >none.c
    ldfi 2 run none.c "${H[@]}"
    says "$stderr" 'its ldfi_protocol has no promise: it needs \.pre and \.post'
    echo 'extern int nowhere(void); int x(void) { return nowhere(); }' >none.c
    ldfi 2 run none.c "${H[@]}"
    says "$stderr" 'undefined symbol: nowhere'
    printf '__attribute__((constructor)) static void f(void) { __builtin_trap(); }\n' >none.c
    ldfi 2 run none.c "${H[@]}"
    says "$stderr" 'it ends the process that loads it'
    echo nothing >none.so
    ldfi 2 run none.so "${H[@]}"
    says "$stderr" 'none\.so: error: .*(file too short|invalid ELF header)'
}

@test "several files, a file that includes another, a folder elsewhere and a shared object are one protocol" {
    mkdir -p far/away scenarios
    write_simple
    grep -v 'const struct ldfi_protocol' simple.c >far/away/other.c
    printf '#include "other.c"\n%s\n' "$(tail -n 1 simple.c)" >far/away/one.c
    jq '.model = ["../far/away/one.c"] | .expect = "counterexample"' simple.json >scenarios/s.json
    ldfi 0 run scenarios/s.json --all --json
    json '[.counterexamples[].text] == ["omit(a,b,1)", "omit(a,c,1)"]'
    ldfi 0 why scenarios/s.json 'log(b, "hello")@2'
    says "$output" '^`- |far/away/other\.c:16'
    # Named side by side, what is included is not compiled twice.
    (cd far/away && ldfi 1 run one.c other.c --nodes a,b,c --eot 4 --eff 2 --crashes 0)
    # Several files, of which none includes another.
    sed 's/^static void message(/void message(/; /^const/d' simple.c >left.c
    sed -i 's/^static void \(start\|pre\|post\)(/void \1(/' left.c
    cat >right.c <<'C'
#include <ldfi/protocol.h>
void start(struct ldfi_node *), pre(struct ldfi_node *), post(struct ldfi_node *);
void message(struct ldfi_node *, const struct ldfi_message *);
const struct ldfi_protocol ldfi_protocol = {.start = start, .message = message, .pre = pre, .post = post};
C
    ldfi 1 run left.c right.c --nodes a,b,c --eot 4 --eff 2 --crashes 0 --json
    json '.verdict == "counterexample" and .good_run.messages == 2'
    cc -shared -fPIC -g -I "$(dirname "$LDFI")/include" -o simple.so simple.c
    ldfi 1 run simple.so --nodes a,b,c --eot 4 --eff 2 --crashes 0 --json
    json '.verdict == "counterexample" and .good_run.messages == 2'
    ldfi 2 run simple.so left.c --nodes a,b,c --eot 4 --eff 2 --crashes 0
    says "$stderr" 'simple\.so: error: a shared object is a model by itself'
    LDFI_CFLAGS='-Dstart=begin -Werror=undef' CC='cc -w' ldfi 1 run simple.c --nodes a,b,c --eot 4 --eff 2 --crashes 0 --json
    json '.error == null'
}

@test "what is kept outside the tables is refused, and named, unless the protocol says so" {
    local body
    for body in 'static int kept; kept++;|kept' 'static __thread int mine; mine++;|'; do
        handler "${body%|*}"
        ldfi 2 run h.c "${H[@]}"
        says "$stderr" "error: (the variable ${body#*|}[.0-9]*|a variable) keeps something outside the tables, where ldfi does not see it.*\(start at a at 1\)"
        handler "${body%|*}" '.opaque_state = true'
        ldfi 0 run h.c "${H[@]}"
    done
    # Each run of an opaque protocol starts with what it was, and each node has its own variables.
    handler 'static int kept; void **state = ldfi_state(node); ldfi_put(node, "t", ldfi(), ldfi(kept++, *state == NULL)); *state = node;' '.opaque_state = true'
    ldfi 0 run h.c "${H[@]}" --all
    ldfi 0 why h.c "${H[@]}" 't(b, 0, 1)@3'
    # What is written and put back is not kept.
    handler 'static int used; used = 1; ldfi_put(node, "t", ldfi(), ldfi(used)); used = 0;'
    ldfi 0 run h.c "${H[@]}"
}

@test "what differs from run to run is named: time, random numbers, addresses, processes" {
    local what
    for what in 'time(NULL)' 'rand()' 'getpid()' '(long)&node' '(long)ldfi_name(node)' \
        '(long)(p = malloc(9))' 'clock_gettime(CLOCK_REALTIME, &now) + now.tv_nsec'; do
        handler "struct timespec now; void *p = NULL; (void)now; ldfi_put(node, \"t\", ldfi(), ldfi($what)); free(p);"
        ldfi 2 run h.c "${H[@]}"
        says "$stderr" '^h\.c:7:1: error: it is not deterministic: .* in its call for start at a at 1\.'
    done
}

@test "random numbers are the same in a run and its replay, and each call has its own" {
    handler 'for (int i = 0; i < 3; i++) ldfi_put(node, "t", ldfi(i), ldfi((long)ldfi_random(node, 1000000)));'
    ldfi 0 replay h.c "${H[@]}" --facts t
    local first=$output
    ldfi 0 replay h.c "${H[@]}" --facts t
    equal "$output" "$first"
    grep -o 't("[ab]", [0-2], [0-9]*)' <<<"$first" | sort -u | grep -o '[0-9]*)' >r1
    equal "$(sort -u r1 | wc -l)" 6
}

@test "crashes, exits, loops, waits, leaks and wild writes of a handler are findings" {
    local body
    while IFS='|' read -r body what; do
        is_sanitized && [[ $what == *leaks* ]] && continue
        handler "$body"
        ldfi 1 run h.c "${H[@]}" --json
        says "$(findings)" "^no faults: failed\(\"a\", \"start\", \"$what\"\)$"
    done <<'TABLE'
*(volatile int *)0 = 1;|crashes: SIGSEGV
abort();|crashes: SIG.*
volatile int zero = 0; zero = 7 / zero;|crashes: SIGFPE
raise(15);|crashes: SIGTERM
exit(0);|ends the process
_exit(3);|ends the process
for (;;) ;|does not end
for (int i = 0;; i++) ldfi_put(node, "t", ldfi(i), ldfi(i));|does not end
for (int i = 0;; i++) ldfi_send(node, "b", "m", ldfi(i));|does not end
ldfi_put(node, "t", ldfi(), ldfi(malloc(100) != NULL));|leaks memory
ldfi_put(node, "t", ldfi(), ldfi(malloc(1 << 20) != NULL));|leaks memory
for (volatile char *at = (volatile char *)node;; at++) *at = 65;|(crashes: SIG.*|does not end)
for (volatile char *at = (volatile char *)&node;; at++) *at = 65;|crashes: SIG.*
TABLE
}

@test "so are those of a protocol with opaque state, and of one that waits for ever" {
    local body
    while IFS='|' read -r body what; do
        handler "$body" '.opaque_state = true'
        ldfi 1 run h.c "${H[@]}" --json
        says "$(findings)" "failed\(\"a\", \"start\", \"$what\"\)$"
    done <<'TABLE'
*(volatile int *)0 = 1;|crashes: SIGSEGV
exit(0);|ends the process
for (;;) ;|does not end
TABLE
    # A process that a handler makes does not run the protocol on.
    handler 'fork(); ldfi_put(node, "t", ldfi(), ldfi());'
    ldfi 0 run h.c "${H[@]}"
}

@test "many short runs of a handler that works hard are no loop" {
    protocol h.c <<'C'
static void start(struct ldfi_node *node)
{
    if (strcmp(ldfi_name(node), "a") != 0)
        return;
    for (volatile long i = 0; i < 50000000; i++)
        ;
    for (size_t i = 1; i < ldfi_node_count(node); i++)
        ldfi_send(node, ldfi_node_name(node, i), "m", ldfi());
}
static void message(struct ldfi_node *node, const struct ldfi_message *message)
{
    ldfi_send(node, message->from, "m", ldfi());
}
static void pre(struct ldfi_node *observer) { ldfi_claim(observer, ldfi("x")); }
.start = start, .message = message, .pre = pre, .post = pre
C
    ldfi 3 run h.c --nodes a,b,c,d --eot 6 --eff 5 --crashes 1 --search random --runs 60 --seed 1 --jobs 1 --json
    json '.counterexamples == [] and .runs >= 60'
}

@test "nothing of a protocol is left: no process, no file, nothing on standard output" {
    mkdir folder
    export TMPDIR=$PWD/folder
    handler 'printf("printed\n"); puts("again");'
    ldfi 0 run h.c "${H[@]}" --json
    json '.verdict == "certified"'
    says "$stderr" '^printed$'
    handler '*(volatile int *)0 = 1;'
    ldfi 1 run h.c "${H[@]}"
    handler 'sleep(1000);'
    local signal process
    for signal in INT TERM; do
        env --default-signal=INT "$LDFI" run h.c "${H[@]}" &
        process=$!
        until pgrep -P "$process" >children && [ -e folder/*/protocol.so ]; do sleep 0.1; done
        kill -s $signal $process
        status=0
        wait $process || status=$?
        equal "$status" 130
        refute ps -p "$(paste -sd, children)" -o pid=
    done
    equal "$(ls -A folder)" ''
}
