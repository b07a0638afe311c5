/* A protocol that does what a text says: NAME.program beside this object, NAME.so. ci/fuzz/judge
 * --handlers writes such programs at random (random_handlers.py).
 *
 * The program is read before ldfi looks at the module's memory, and is constant then. It is a list
 * of handlers, `on NAME BLOCK`: start, pre, post, a kind of message, a timer; and `order NUMBER`.
 * A block is { INSTRUCTION... }. Registers r0 to r5 begin with 0 in each call and behind each
 * `scope`, so that nothing is carried across one; `scope` stands in a handler's outermost block
 * alone.
 *
 * Operands: an integer, $TEXT, r0, r0+1, f0 (a field of the message), self, from, now, by5 (for a
 * timer that is to run out at time 5). Keys are of two columns; of one in tables whose names begin
 * with o; of none with z. */
#include "../../../harness/native/ldfi/protocol.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

enum { REGISTERS = 6, OPERANDS_MAX = 6, INTEGER_MAX = 9, HANDLERS_MAX = 40, WORD_BYTES = 32 };

enum opcode {
    ABORT,
    AT,
    BREAK,
    BUMP,
    CANCEL,
    CLAIM,
    CRASHED,
    DELETE,
    EACH,
    GET,
    GET_INTEGER,
    IF,
    LEAK,
    LEAVE,
    LOOP,
    NODES,
    PUT,
    RANDOM,
    SCOPE,
    SEND,
    SET,
    STATE,
    TIMER,
    OPCODE_COUNT
};

static const struct {
    const char *name;
    size_t operands, blocks;
} opcodes[OPCODE_COUNT] = {
    [ABORT] = {"abort", 0, 0},
    [AT] = {"at", 1, 1},               /* node: in the promise, what follows reads its tables */
    [BREAK] = {"break", 0, 0},         /* ends the loop around it */
    [BUMP] = {"bump", 1, 0},           /* adds to the node's state outside of tables */
    [CANCEL] = {"cancel", 1, 0},       /* timer */
    [CLAIM] = {"claim", 2, 0},         /* two columns */
    [CRASHED] = {"crashed", 1, 2},     /* node; if it has; if not */
    [DELETE] = {"delete", 3, 0},       /* table, key, key */
    [EACH] = {"each", 6, 1},           /* table, columns of the prefix, key, key, two registers */
    [GET] = {"get", 4, 2},             /* table, key, key, register; if it is there; if not */
    [GET_INTEGER] = {"integer", 5, 0}, /* table, key, key, register, otherwise */
    [IF] = {"if", 3, 2},               /* left, one of = ! <, right */
    [LEAK] = {"leak", 0, 0},
    [LEAVE] = {"leave", 0, 0},   /* goes to the next scope */
    [LOOP] = {"loop", 0, 0},     /* does not end */
    [NODES] = {"nodes", 1, 1},   /* register: each node but this one */
    [PUT] = {"put", 4, 0},       /* table, key, key, value */
    [RANDOM] = {"random", 2, 0}, /* register, end */
    [SCOPE] = {"scope", 0, 0},
    [SEND] = {"send", 4, 0},   /* node, kind, two fields */
    [SET] = {"set", 2, 0},     /* register, value */
    [STATE] = {"state", 1, 0}, /* register: what bump has added up */
    [TIMER] = {"timer", 2, 0}, /* name, steps */
};

struct instruction;

struct block {
    struct instruction *first;
};

struct instruction {
    enum opcode opcode;
    char operands[OPERANDS_MAX][WORD_BYTES];
    struct block blocks[2];
    struct instruction *next;
};

static struct {
    char name[WORD_BYTES];
    struct block block;
} handlers[HANDLERS_MAX];
static size_t handler_count;
static long order_number;

/* ---- reading the program ---- */

_Noreturn static void refuse(const char *what, const char *word)
{
    fprintf(stderr, "interpreter: %s: '%s'\n", what, word);
    exit(2);
}

static void read_word(FILE *file, char *word)
{
    if (fscanf(file, "%31s", word) != 1)
        refuse("the program ends too early, behind", word);
}

static struct block read_block(FILE *file)
{
    struct block block = {NULL};
    struct instruction **end = &block.first;
    char word[WORD_BYTES] = "";
    read_word(file, word);
    if (strcmp(word, "{") != 0)
        refuse("no block", word);
    for (read_word(file, word); strcmp(word, "}") != 0; read_word(file, word)) {
        struct instruction *added = calloc(1, sizeof *added);
        if (added == NULL)
            refuse("no memory for", word);
        while (added->opcode < OPCODE_COUNT && strcmp(word, opcodes[added->opcode].name) != 0)
            added->opcode++;
        if (added->opcode == OPCODE_COUNT)
            refuse("no instruction", word);
        for (size_t i = 0; i < opcodes[added->opcode].operands; i++)
            read_word(file, added->operands[i]);
        for (size_t i = 0; i < opcodes[added->opcode].blocks; i++)
            added->blocks[i] = read_block(file);
        *end = added;
        end = &added->next;
    }
    return block;
}

__attribute__((constructor)) static void read_program(void)
{
    Dl_info info;
    char path[4096], word[WORD_BYTES];
    if (dladdr((void *)&order_number, &info) == 0)
        refuse("nobody knows the path of", "this object");
    const size_t bytes = strlen(info.dli_fname);
    snprintf(path, sizeof path, "%.*s.program", (int)(bytes > 3 ? bytes - 3 : 0), info.dli_fname);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        refuse("no program", path);
    while (fscanf(file, "%31s", word) == 1) {
        if (strcmp(word, "order") == 0) {
            read_word(file, word);
            order_number = strtol(word, NULL, 10);
        } else if (strcmp(word, "on") == 0 && handler_count < HANDLERS_MAX) {
            read_word(file, handlers[handler_count].name);
            handlers[handler_count++].block = read_block(file);
        } else {
            refuse("no handler", word);
        }
    }
    fclose(file);
}

/* ---- operands ---- */

/* A call at work. */
struct call {
    struct ldfi_node *node, *tables; /* the observer reads the tables of others */
    const struct ldfi_message *message;
    struct ldfi_value registers[REGISTERS];
};

/* The register that an operand names; there is always one. */
static struct ldfi_value *register_of(struct call *call, const char *operand)
{
    return &call->registers[operand[0] == 'r' ? (operand[1] - '0') % REGISTERS : 0];
}

/* A number for a value, which is as large as `end` - 1 at the most: for texts it is a node's. */
static int64_t number_of(const struct call *call, struct ldfi_value value, int64_t end)
{
    if (value.text == NULL)
        return value.integer < 0 ? 0 : value.integer % end;
    for (size_t i = 0; i < ldfi_node_count(call->node); i++)
        if (strcmp(value.text, ldfi_node_name(call->node, i)) == 0)
            return (int64_t)i % end;
    return 0;
}

static struct ldfi_value value_of(struct call *call, const char *operand)
{
    struct ldfi_value value = ldfi_value_of_integer(0);
    const char *plus = strchr(operand, '+');
    if (operand[0] == '$')
        return ldfi_value_of_text(operand + 1);
    if (strcmp(operand, "self") == 0)
        return ldfi_value_of_text(ldfi_name(call->node));
    if (operand[0] == 'r')
        value = *register_of(call, operand);
    else if (strncmp(operand, "now", 3) == 0)
        value.integer = ldfi_now(call->node);
    else if (strcmp(operand, "from") == 0)
        value = ldfi_value_of_text(call->message != NULL && call->message->from != NULL
                                       ? call->message->from
                                       : ldfi_name(call->node));
    else if (strncmp(operand, "by", 2) == 0)
        value.integer = strtol(operand + 2, NULL, 10) - 1 - ldfi_now(call->node);
    else if (operand[0] == 'f' && call->message != NULL)
        value = call->message->fields.values[operand[1] == '1'];
    else
        value.integer = strtol(operand, NULL, 10);
    if (plus == NULL)
        return value;
    return ldfi_value_of_integer(number_of(call, value, INTEGER_MAX) + strtol(plus, NULL, 10));
}

static const char *node_of(struct call *call, const char *operand)
{
    const int64_t count = (int64_t)ldfi_node_count(call->node);
    const int64_t number = number_of(call, value_of(call, operand), count);
    return ldfi_node_name(call->node, (size_t)number);
}

static struct ldfi_tuple key_of(struct call *call, const char *table, const char (*operands)[32])
{
    struct ldfi_tuple key = {.count = table[0] == 'z' ? 0 : table[0] == 'o' ? 1 : 2};
    for (size_t i = 0; i < key.count; i++)
        key.values[i] = value_of(call, operands[i]);
    return key;
}

static bool holds(struct call *call, const char (*operands)[32])
{
    const struct ldfi_value left = value_of(call, operands[0]);
    const struct ldfi_value right = value_of(call, operands[2]);
    if (operands[1][0] == '<')
        return number_of(call, left, INT64_MAX) < number_of(call, right, INT64_MAX);
    const bool is_same = left.text != NULL && right.text != NULL
                             ? strcmp(left.text, right.text) == 0
                             : left.text == right.text && left.integer == right.integer;
    return is_same == (operands[1][0] == '=');
}

/* ---- instructions ---- */

enum ending { GOES_ON, BREAKS, LEAVES };

static enum ending run_block(struct call *call, const struct block *block);

/* What is there for a node that is no table's. */
static int *state_of(struct ldfi_node *node)
{
    void **state = ldfi_state(node);
    if (*state == NULL)
        *state = calloc(1, sizeof(int));
    if (*state == NULL)
        abort();
    return *state;
}

static enum ending run_each(struct call *call, const struct instruction *instruction)
{
    const char(*operands)[WORD_BYTES] = instruction->operands;
    struct ldfi_tuple prefix = key_of(call, operands[0], operands + 2);
    const size_t columns = (size_t)value_of(call, operands[1]).integer;
    prefix.count = columns < prefix.count ? columns : prefix.count;
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(call->tables, operands[0], prefix, row)) != NULL;) {
        if (row->key.count > 0)
            *register_of(call, operands[4]) = row->key.values[row->key.count - 1];
        *register_of(call, operands[5]) = row->value.values[0];
        const enum ending ending = run_block(call, &instruction->blocks[0]);
        if (ending != GOES_ON)
            return ending == LEAVES ? LEAVES : GOES_ON;
    }
    return GOES_ON;
}

static enum ending run_nodes(struct call *call, const struct instruction *instruction)
{
    for (size_t i = 0; i < ldfi_node_count(call->node); i++) {
        const char *name = ldfi_node_name(call->node, i);
        if (strcmp(name, ldfi_name(call->node)) == 0)
            continue;
        *register_of(call, instruction->operands[0]) = ldfi_value_of_text(name);
        const enum ending ending = run_block(call, &instruction->blocks[0]);
        if (ending != GOES_ON)
            return ending == LEAVES ? LEAVES : GOES_ON;
    }
    return GOES_ON;
}

static enum ending run_at(struct call *call, const struct instruction *instruction)
{
    struct ldfi_node *const before = call->tables;
    call->tables = ldfi_at(call->node, node_of(call, instruction->operands[0]));
    const enum ending ending = run_block(call, &instruction->blocks[0]);
    call->tables = before;
    return ending;
}

static enum ending run_get(struct call *call, const struct instruction *instruction)
{
    const char(*operands)[WORD_BYTES] = instruction->operands;
    const struct ldfi_row *row =
        ldfi_get(call->tables, operands[0], key_of(call, operands[0], operands + 1));
    if (row != NULL)
        *register_of(call, operands[3]) = row->value.values[0];
    return run_block(call, &instruction->blocks[row == NULL]);
}

/* What changes something. */
static void change(struct call *call, const struct instruction *instruction)
{
    void *volatile leaked;
    const char(*operands)[WORD_BYTES] = instruction->operands;
    switch (instruction->opcode) {
    case PUT:
        ldfi_put(call->node, operands[0], key_of(call, operands[0], operands + 1),
                 ldfi(value_of(call, operands[3])));
        break;
    case DELETE:
        ldfi_delete(call->node, operands[0], key_of(call, operands[0], operands + 1));
        break;
    case SEND:
        ldfi_send(call->node, node_of(call, operands[0]), operands[1],
                  ldfi(value_of(call, operands[2]), value_of(call, operands[3])));
        break;
    case TIMER:
        ldfi_set_timer(call->node, operands[0],
                       1 + (uint32_t)number_of(call, value_of(call, operands[1]), INTEGER_MAX));
        break;
    case CANCEL:
        ldfi_cancel_timer(call->node, operands[0]);
        break;
    case CLAIM:
        ldfi_claim(call->node, ldfi(value_of(call, operands[0]), value_of(call, operands[1])));
        break;
    case BUMP:
        *state_of(call->node) += (int)number_of(call, value_of(call, operands[0]), INTEGER_MAX);
        break;
    case LEAK:
        leaked = malloc(100);
        (void)leaked;
        break;
    case SCOPE:
        ldfi_scope(call->node);
        memset(call->registers, 0, sizeof call->registers);
        break;
    default:
        abort();
    }
}

static void read_into_register(struct call *call, const struct instruction *instruction)
{
    const char(*operands)[WORD_BYTES] = instruction->operands;
    struct ldfi_value value;
    switch (instruction->opcode) {
    case SET:
        value = value_of(call, operands[1]);
        break;
    case RANDOM:
        value = ldfi_value_of_integer((int64_t)ldfi_random(
            call->node, 1 + (uint64_t)number_of(call, value_of(call, operands[1]), INTEGER_MAX)));
        break;
    case STATE:
        value = ldfi_value_of_integer(*state_of(call->node));
        break;
    default: /* GET_INTEGER */
        value = ldfi_value_of_integer(
            ldfi_get_integer(call->tables, operands[0], key_of(call, operands[0], operands + 1),
                             number_of(call, value_of(call, operands[4]), INTEGER_MAX)));
    }
    const size_t place =
        instruction->opcode == GET_INTEGER ? 3 : 0; /* of the register among the operands */
    *register_of(call, operands[place]) = value;
}

static enum ending run_instruction(struct call *call, const struct instruction *instruction)
{
    const char(*operands)[WORD_BYTES] = instruction->operands;
    switch (instruction->opcode) {
    case AT:
        return run_at(call, instruction);
    case BREAK:
        return BREAKS;
    case LEAVE:
        return LEAVES;
    case LOOP:
        while (ldfi_random(call->node, 2) < 2)
            ;
        return GOES_ON;
    case EACH:
        return run_each(call, instruction);
    case NODES:
        return run_nodes(call, instruction);
    case GET:
        return run_get(call, instruction);
    case IF:
        return run_block(call, &instruction->blocks[!holds(call, operands)]);
    case CRASHED:
        return run_block(
            call, &instruction->blocks[!ldfi_crashed(call->node, node_of(call, operands[0]))]);
    case SET:
    case RANDOM:
    case STATE:
    case GET_INTEGER:
        read_into_register(call, instruction);
        return GOES_ON;
    default:
        change(call, instruction);
        return GOES_ON;
    }
}

static enum ending run_block(struct call *call, const struct block *block)
{
    enum ending ending = GOES_ON;
    for (const struct instruction *each = block->first; each != NULL && ending == GOES_ON;
         each = each->next)
        ending = run_instruction(call, each);
    return ending;
}

/* ---- handlers ---- */

static void run_handler(struct ldfi_node *node, const char *name,
                        const struct ldfi_message *message)
{
    struct call call = {.node = node, .tables = node, .message = message};
    for (size_t i = 0; i < handler_count; i++) {
        if (strcmp(handlers[i].name, name) != 0)
            continue;
        bool skips = false;
        for (const struct instruction *each = handlers[i].block.first; each != NULL;
             each = each->next)
            if (!skips || each->opcode == SCOPE)
                skips = run_instruction(&call, each) != GOES_ON;
    }
}

static void start(struct ldfi_node *node)
{
    run_handler(node, "start", NULL);
}

static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    run_handler(node, message->kind, message);
}

static void on_timer(struct ldfi_node *node, const char *name)
{
    run_handler(node, name, NULL);
}

static void pre(struct ldfi_node *observer)
{
    run_handler(observer, "pre", NULL);
}

static void post(struct ldfi_node *observer)
{
    run_handler(observer, "post", NULL);
}

/* Inputs come where the empty text would. */
static int by_sender(const struct ldfi_message *left, const struct ldfi_message *right)
{
    return strcmp(left->from == NULL ? "" : left->from, right->from == NULL ? "" : right->from);
}

static int by_field(const struct ldfi_message *left, const struct ldfi_message *right)
{
    const struct ldfi_value l = left->fields.values[0], r = right->fields.values[0];
    if (l.text != NULL || r.text != NULL)
        return (l.text != NULL) - (r.text != NULL);
    return (l.integer > r.integer) - (l.integer < r.integer);
}

static int order(const struct ldfi_message *left, const struct ldfi_message *right)
{
    switch (order_number) {
    case 1:
        return strcmp(right->kind, left->kind);
    case 2:
        return by_sender(right, left);
    case 3:
        return by_field(right, left);
    case 4:
        return by_field(left, right) != 0 ? by_field(left, right) : by_sender(right, left);
    default:
        return 0;
    }
}

#ifndef OPAQUE
#define OPAQUE false
#endif

const struct ldfi_protocol ldfi_protocol = {
    .start = start,
    .message = on_message,
    .timer = on_timer,
    .pre = pre,
    .post = post,
    .order = order,
    .opaque_state = OPAQUE,
};
