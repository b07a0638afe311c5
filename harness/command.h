/* The commands of ldfi, and what they share: the scenario that the command line asks for. */
#ifndef LDFI_HARNESS_COMMAND_H
#define LDFI_HARNESS_COMMAND_H

#include "evidence.h"
#include "options.h"
#include "report.h"
#include "session.h"
#include "status.h"
#include "sweep.h"

/* What a user wants of a command; `ldfi help` groups them by it. */
enum harness_purpose {
    HARNESS_FINDS,       /* faults that break a promise, or that there are none */
    HARNESS_UNDERSTANDS, /* what happens under faults, and why */
    HARNESS_GUARDS,      /* many scenarios, versions and known bugs */
    HARNESS_EXCHANGES,   /* files with others */
    HARNESS_HELPS,
    HARNESS_PURPOSE_COUNT
};

/* A command: what it does, and all that its help, the manual and completion say of it. Each is
 * defined in its own command_*.c. In texts `backquotes` mark what is typed, an empty line parts
 * paragraphs, and lines that begin with two spaces stay as they are. Each text ends with a newline;
 * lines have at most 80 columns. */
struct harness_command {
    const char *name;
    const char *summary; /* a few words for the list of commands */
    enum harness_purpose purpose;
    /* What may follow "ldfi NAME", a line each. Completion goes by it: X.json is a file of that
     * ending, PATH any. */
    const char *synopsis;
    const char *about; /* what it does, for --help: all of that fits 24 lines of 80 columns */
    const char *more;  /* the rest, for `--help all` and the manual; may be NULL */
    /* Command lines that work in the project's folder and end with status 0 or 1, a line each; the
     * last is what --help ends with. */
    const char *examples;
    const struct harness_option *options; /* ends with id 0 */
    int (*run)(const struct harness_command *command, int argc, char **argv);
};

extern const struct harness_command *const harness_commands[]; /* ends with NULL */

extern const struct harness_command harness_command_new;
extern const struct harness_command harness_command_run;
extern const struct harness_command harness_command_check;
extern const struct harness_command harness_command_replay;
extern const struct harness_command harness_command_explain;
extern const struct harness_command harness_command_sweep;
extern const struct harness_command harness_command_regress;
extern const struct harness_command harness_command_bisect;
extern const struct harness_command harness_command_compare;
extern const struct harness_command harness_command_merge;
extern const struct harness_command harness_command_why;
extern const struct harness_command harness_command_why_not;
extern const struct harness_command harness_command_report;
extern const struct harness_command harness_command_export;
extern const struct harness_command harness_command_import;
extern const struct harness_command harness_command_help;
extern const struct harness_command harness_command_completion;

/* Set once SIGINT or SIGTERM has come. */
extern volatile sig_atomic_t harness_interrupted;

/* The store that is told when the machine has no memory left; NULL: none. */
extern struct lineage_store *harness_store_in_use;

/* What commands of many searches allow each, and how many run side by side. */
struct harness_limits {
    size_t jobs;        /* processes at once */
    double seconds_max; /* 0: no limit */
    uint64_t runs_max;  /* 0: no limit */
    uint32_t eot_max;   /* where growing bounds end */
    bool resumes;       /* runs nothing again that the database holds */
};

/* A fault as the command line has it, to be understood once the nodes are known. */
struct harness_fault_words {
    int option; /* HARNESS_OMIT_OPTION, ... */
    const char *words;
    struct lineage_place place;
};

/* What a command line asks for, with the defaults where it is silent. */
struct harness_request {
    struct harness_session session;
    struct harness_command_line line;
    bool json, quiet, help, overrides_bounds, drops_expectation;
    bool scenario_options_only; /* ignore the other options: they have been handled */
    const char *program;        /* as the user called it */
    const char *db_path;
    size_t combinations;         /* of the scenario's inputs */
    bool leaves_eot, leaves_eff; /* of `check`: the scenario leaves the bound to `ldfi sweep` */
    struct harness_limits limits;
    LINEAGE_ARRAY(struct harness_fault_words) faults;
    /* Of commands that speak of one run (evidence.h): databases and files of the corpus may stand
     * for scenarios, and so many operands behind them are the command's own. */
    bool takes_runs;
    size_t own_operand_count;
    harness_texts own_operands;
    LINEAGE_ARRAY(struct lineage_place) own_operand_places;
    const char *database; /* that stands for the scenario; NULL: none does */
    struct lineage_place source_place;
    int64_t run; /* of the database; 0: none was named */
    const struct harness_command *command;
    /* Handles an option that is the command's own; may be NULL. */
    void (*handle)(struct harness_request *request, int id, const char *value,
                   struct lineage_place place);
    void *own;
};

enum { HARNESS_JOBS_MAX = 1024, HARNESS_EOT_MAX_DEFAULT = 100 };

#define HARNESS_LIMIT_OPTIONS                                                                      \
    {30, "jobs", 'j', "N", "searches side by side (default: all cores)"},                          \
        {31, "max-seconds", 0, "N", "stop each search after N seconds"},                           \
        {32, "max-runs", 0, "N", "stop each search after N runs"},                                 \
    {                                                                                              \
        33, "max-eot", 0, "N", "grow \"sweep\" bounds up to EOT N (default 100)"                   \
    }

#define HARNESS_KEEP_OPTION                                                                        \
    {                                                                                              \
        35, "db", 0, "FILE.db", "keep the table there, for `ldfi report`"                          \
    }

#define HARNESS_RESUME_OPTION                                                                      \
    {                                                                                              \
        34, "resume", 0, "FILE.db", "keep results there; run nothing again that it holds"          \
    }

/* Options of all commands that take a scenario; ids up to HARNESS_SCENARIO_OPTION_MAX. A command's
 * own begin with HARNESS_OWN_OPTIONS. */
enum {
    HARNESS_SCENARIO_OPTION_MAX = 19,
    HARNESS_OUTPUT_OPTION_MAX = 29,
    HARNESS_OWN_OPTIONS = 100
};
#define HARNESS_SCENARIO_OPTIONS                                                                   \
    {1, "nodes", 'N', "A,B,C", "the nodes, in order"},                                             \
        {2, "eot", 't', "N", "end of time: the last time step"},                                   \
        {3, "eff", 'f', "N", "messages sent before time N may be lost (0: none)"},                 \
        {4, "crashes", 'c', "N", "at most N nodes crash"},                                         \
        {5, "omissions", 0, "N", "at most N omissions (default: any number)"},                     \
        {6, "immune", 0, "A,B", "nodes that never crash and whose messages arrive"},               \
        {7, "oracle", 0, "WHICH:strict|molly", "strict (default): every pre is a post; or molly"}, \
        {9, "choose", 0, "NAME=VALUE", "one of the inputs that the scenario leaves open"},         \
    {                                                                                              \
        8, "strict-locality", 0, NULL, "reject protocol rules that read other nodes"               \
    }

/* Which faults a run has. */
enum { HARNESS_OMIT_OPTION = 40, HARNESS_CRASH_OPTION, HARNESS_FAULTS_OPTION, HARNESS_RUN_OPTION };
#define HARNESS_FAULT_OPTIONS                                                                      \
    {HARNESS_OMIT_OPTION, "omit", 0, "FROM,TO,TIME",                                               \
     "lose what FROM sends TO at TIME; may be repeated"},                                          \
        {HARNESS_CRASH_OPTION, "crash", 0, "NODE,TIME",                                            \
         "NODE sends nothing from TIME on; may be repeated"},                                      \
    {                                                                                              \
        HARNESS_FAULTS_OPTION, "faults", 0, "FILE.json",                                           \
            "one of \"counterexamples\" of `ldfi run --json`"                                      \
    }

/* Which run, of commands with `takes_runs`; the faults above choose one of a scenario. */
#define HARNESS_RUN_CHOICE                                                                         \
    {                                                                                              \
        HARNESS_RUN_OPTION, "run", 0, "N", "run N of the database (default: a counterexample)"     \
    }

#define HARNESS_OUTPUT_OPTIONS                                                                     \
    {20, "json", 0, NULL, "print one JSON object"},                                                \
        {21, "quiet", 'q', NULL, "print nothing but errors"},                                      \
    {                                                                                              \
        22, "help", 'h', NULL, "print this; `--help all`: the rest, too"                           \
    }

/* Parses the command line (argv[0] ldfi, argv[1] the command) of a command that takes other
 * operands than one scenario. Returns -1 to go on, or the exit status to end with, everything
 * printed. */
int harness_request_parse(struct harness_request *request, const struct harness_command *command,
                          int argc, char **argv);

/* Parses the command line, reads and checks the scenario and opens its executor. Returns -1 to go
 * on, or the exit status to end with, everything printed. */
int harness_request_open(struct harness_request *request, const struct harness_command *command,
                         int argc, char **argv);

/* The faults that the command line names, or else the scenario's own. False with errors reported.
 */
bool harness_request_faults(struct harness_request *request, struct lineage_schedule *schedule);

/* The exit status of an execution that did not end well, with errors reported. */
int harness_request_outcome(struct harness_request *request, enum harness_outcome outcome);

/* Makes the evidence that the command line of a command with `takes_runs` asks for, after
 * harness_request_open. Returns -1 to go on, or the exit status to end with, errors reported. Free
 * the evidence in both cases, before the request. */
int harness_request_evidence(struct harness_request *request, struct harness_evidence *evidence);

/* The two parts of opening that read the command line (command_line.c): its options alone; and the
 * scenario that it names, which they override. Errors are reported. */
void harness_request_options(struct harness_request *request, int argc, char **argv);
void harness_request_scenario(struct harness_request *request, int argc, char **argv);

/* Can a file be made or written anew at the path? If not, errno says why. */
bool harness_is_writable(const char *path);

/* Writes a whole file, or none; to standard output, if the path is "-". False with an error
 * reported at the place. */
bool harness_request_write(struct harness_request *request, struct lineage_place place,
                           const char *path, const char *bytes, size_t count);

/* Prints warnings to standard error, unless the output is JSON or nothing. */
void harness_request_warn(const struct harness_request *request);

/* Sets what a sweep shares with the request: its limits, where its errors go, what interrupts it
 * and how it shows progress. */
void harness_request_sweep(struct harness_request *request, struct harness_sweep *sweep);

/* The user has named the database. */
void harness_request_name_store(struct harness_request *request, const char *path,
                                struct lineage_place place);

/* Reads the name of a kind of search, with an error reported if there is none such. */
void harness_read_search(const char *name, enum harness_strategy *strategy,
                         struct lineage_place place, struct lineage_diagnostics *diagnostics);

/* Keeps a table of versions in the store (NULL: nowhere), as its JSON has it. Returns the status,
 * or that of the machine with an error reported. */
int harness_request_keep_comparison(struct harness_request *request, struct lineage_store *store,
                                    const char *kind, const cJSON *report, int status);

/* Opens the database that the user named, if any; an exit status, with errors reported. */
int harness_request_open_store(struct harness_request *request, struct lineage_store **store);

/* Prints the errors, as the request wants them, frees everything, and returns the status. */
int harness_request_fail(struct harness_request *request, int status);

/* Ends a request whose output has been printed: frees everything, and returns the status, or that
 * of the machine if the output could not be written. */
int harness_request_finish(struct harness_request *request, int status);
void harness_request_free(struct harness_request *request);

/* How the user would name the scenario again: the operands and the options that matter. */
const char *harness_request_words(struct harness_request *request);

#endif
