/* The command line as data. One table of commands (usage_table.c) and one of options (option_table.c) drive parsing,
 * --help and the suggestions for misspelt words, and so do the manual pages (man_page.c) and shell completions
 * (completion.c). These are their types. */
#ifndef BONAFIDE_TOOLS_OPTIONS_OPTIONS_H
#define BONAFIDE_TOOLS_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef enum bf_command_id {
    BF_CMD_FID,
    BF_CMD_IS,
    BF_CMD_KID,
    BF_CMD_PR,
    BF_CMD_EVAL,
    BF_CMD_FEATURES,
    BF_CMD_STATS,
    BF_CMD_PLAN,
    BF_CMD_MERGE,
    BF_CMD_AUDIT,
    BF_CMD_COMPARE,
    BF_CMD_SANITY,
    BF_CMD_DRIFT,
    BF_CMD_SELFTEST,
    BF_CMD_JUDGE_AGREE,
    BF_CMD_JUDGE_FEATURES,
    BF_CMD_JUDGE_TRAIN,
    BF_CMD_JUDGE_PREDICT,
    BF_CMD_JUDGE_EVAL,
    BF_CMD_JUDGE_SHEET,
    BF_CMD_WEIGHTS_GET,
    BF_CMD_WEIGHTS_LIST,
    BF_CMD_WEIGHTS_CONVERT,
    BF_CMD_WEIGHTS_INFO,
    BF_CMD_WEIGHTS_VERIFY,
    BF_CMD_WEIGHTS_SYNTH,
    BF_CMD_REFS_GET,
    BF_CMD_REFS_ADD,
    BF_CMD_REFS_LIST,
    BF_CMD_CPU,
    BF_CMD_MANUAL,
    BF_CMD_COMPLETION,
    BF_CMD_HELP,
    BF_CMD_VERSION,
    BF_N_COMMANDS
} bf_command_id;

typedef enum bf_option_id {
    BF_OPT_REAL,
    BF_OPT_GEN,
    BF_OPT_WEIGHTS,
    BF_OPT_NETWORK,
    BF_OPT_VARIANT,
    BF_OPT_PRESET,
    BF_OPT_TAP,
    BF_OPT_FROM,
    BF_OPT_NAME,
    BF_OPT_OUTPUT,
    BF_OPT_DTYPE,
    BF_OPT_SPLITS,
    BF_OPT_TAKE,
    BF_OPT_SEED,
    BF_OPT_NO_SHUFFLE,
    BF_OPT_K,
    BF_OPT_DENSITY_K,
    BF_OPT_KNN_CMP,
    BF_OPT_ADM_FP16,
    BF_OPT_STYLEGAN_FP16,
    BF_OPT_KID_SUBSETS,
    BF_OPT_KID_SIZE,
    BF_OPT_KID_KERNEL,
    BF_OPT_KID_SIGMA,
    BF_OPT_METRICS,
    BF_OPT_PRESET_OF,
    BF_OPT_ALL,
    BF_OPT_AS,
    BF_OPT_PER_IMAGE,
    BF_OPT_REPORT,
    BF_OPT_TITLE,
    BF_OPT_TEST,
    BF_OPT_ADM,
    BF_OPT_SHARD,
    BF_OPT_SHARDS,
    BF_OPT_SIZE,
    BF_OPT_RANGE,
    BF_OPT_LAYOUT,
    BF_OPT_REF,
    BF_OPT_LABELS,
    BF_OPT_KEY,
    BF_OPT_IDS,
    BF_OPT_LOGITS,
    BF_OPT_REF_LOGITS,
    BF_OPT_DATASET,
    BF_OPT_IGNORE_MISSING,
    BF_OPT_EXCLUDE_SELF,
    BF_OPT_BLOCKS,
    BF_OPT_COMPONENTS,
    BF_OPT_PCA,
    BF_OPT_MODEL,
    BF_OPT_LAMBDA,
    BF_OPT_CV,
    BF_OPT_THRESHOLD,
    BF_OPT_RESAMPLES,
    BF_OPT_COUNT,
    BF_OPT_REPEAT,
    BF_OPT_TEXT,
    BF_OPT_JUDGE,
    BF_OPT_SKIP_BAD,
    BF_OPT_BITS,
    BF_OPT_LIMITS,
    BF_OPT_SANDBOX,
    BF_OPT_ALLOW,
    BF_OPT_NUMERICS,
    BF_OPT_THREADS,
    BF_OPT_BATCH,
    BF_OPT_MEMORY,
    BF_OPT_ISA,
    BF_OPT_MANIFEST,
    BF_OPT_CACHE,
    BF_OPT_NO_CACHE,
    BF_OPT_CACHE_KEY,
    BF_OPT_ROOT,
    BF_OPT_BUNDLE,
    BF_OPT_BY,
    BF_OPT_DISTURB,
    BF_OPT_QUICK,
    BF_OPT_PRINT_GOLDEN,
    BF_OPT_TABLE,
    BF_OPT_DIGITS,
    BF_OPT_CITE,
    BF_OPT_CSV_PLAIN,
    BF_OPT_JSON,
    BF_OPT_NO_SYNC,
    BF_OPT_PROGRESS,
    BF_OPT_QUIET,
    BF_OPT_HELP,
    BF_N_OPTIONS
} bf_option_id;

/* A set of options: a byte for each of their numbers, of which there may be more than a word has bits. */
enum { BF_OPTION_ROOM = 128 };
typedef struct bf_option_set {
    unsigned char has[BF_OPTION_ROOM];
} bf_option_set;
_Static_assert((int)BF_N_OPTIONS <= (int)BF_OPTION_ROOM, "a set of options must hold every option");

typedef enum bf_value_kind {
    BF_VALUE_NONE,    /* a switch */
    BF_VALUE_TEXT,    /* any text, not empty */
    BF_VALUE_NUMBER,  /* a decimal number in [min, max] */
    BF_VALUE_CHOICE,  /* one of `values`, separated by | */
    BF_VALUE_LIST,    /* some of them, separated by commas; given once */
    BF_VALUE_OPTIONAL /* --opt, --opt=FILE, or --opt FILE where FILE ends in ".json" */
} bf_value_kind;

/* What becomes of an option where a command is recorded, kept in a part, or done again. */
enum {
    BF_OPTION_SHAPES_RESULT = 1 << 0, /* its value can change a result: manifests record it, and audits take it from
                                       * there. Others only say where from, where to, or how fast; weights are
                                       * recorded by what is in them, a third set as a set */
    BF_OPTION_GOES_TO_PART = 1 << 1,  /* says what was computed: a part keeps it for the merge */
    BF_OPTION_MERGE_SAYS = 1 << 2,    /* says where to and how: merge hands its own to the command of the parts */
    BF_OPTION_AUDIT_SAYS = 1 << 3,    /* likewise: audit hands its own to the recorded command */
    BF_OPTION_ONE_PROCESS = 1 << 4    /* not for one of many ranks */
};

typedef struct bf_option {
    bf_option_id id;
    const char *name; /* without the dashes; NULL when there is only a short name */
    char letter;      /* short name, or 0 */
    bf_value_kind kind;
    unsigned flags;     /* BF_OPTION_SHAPES_RESULT ... */
    const char *values; /* placeholder in the help; for CHOICE and LIST the words themselves: see bf_option_values */
    uint64_t min, max;  /* NUMBER */
    const char *preset; /* default as text, parsed like a value; NULL for none */
    const char *help;   /* what it does, without the default; "" keeps it out of the help: see bf_option_help */
} bf_option;

typedef struct bf_example {
    const char *line;
    const char *what;
} bf_example;

/* What is special about a command where it is set up and run. */
enum {
    BF_COMMAND_NO_CLASSIFIER = 1 << 0, /* runs no further than the features, unless --tap asks for logits */
    BF_COMMAND_PREFERS_STATS = 1 << 1, /* takes the statistics of a file that has features too */
    BF_COMMAND_READS_TWICE = 1 << 2,   /* looks at the images more than once, which a pipe does not allow */
    BF_COMMAND_DEALS_IMAGES = 1 << 3,  /* a shard of its images is a part of its result */
    BF_COMMAND_FOR_RANKS = 1 << 4,     /* many ranks can share its work: of images where it deals them, else of files */
    BF_COMMAND_TEXT_ONLY = 1 << 5,     /* prints a text of the program itself and has no result */
    BF_COMMAND_CORRECTS = 1 << 6,      /* has values corrected for the bias of few images */
    BF_COMMAND_NAMES_OUT = 1 << 7,     /* the file that it writes is its second operand, and not -o's */
    BF_COMMAND_SEVERAL_NETWORKS = 1 << 8 /* --network takes several, with commas between them */
};

typedef struct bf_command {
    bf_command_id id;
    const char *name;
    const char *verb;     /* second word ("convert"), or NULL */
    unsigned flags;       /* BF_COMMAND_NO_CLASSIFIER ... */
    const char *operands; /* for the usage line */
    size_t min_operands, max_operands;
    bf_option_set options;  /* those it takes */
    bf_option_set required; /* those that must be given */
    const char *writes;     /* what may end the name of the file that it writes, separated by blanks; NULL: anything */
    const char *writes_of_more; /* the same of more than one operand; NULL: as of one */
    const char *summary;    /* one line */
    const char *text;       /* paragraphs for --help; ends in a newline */
    bf_example examples[4]; /* two at least */
} bf_command;

/* Whether an option is among those of the command's row. */
static inline bool bf_command_has(const bf_command *command, bf_option_id id)
{
    return command->options.has[id] != 0;
}

static inline bool bf_command_is(const bf_command *command, unsigned flag)
{
    return (command->flags & flag) != 0;
}

enum { BF_MAX_OPERANDS = 256 };

typedef struct bf_value {
    bool given;
    const char *text; /* as given, else the default; NULL when there is neither */
    uint64_t number;  /* NUMBER */
} bf_value;

typedef struct bf_args {
    const bf_command *command; /* NULL when the command itself was not understood */
    const char *operands[BF_MAX_OPERANDS];
    size_t n_operands;
    bf_value values[BF_N_OPTIONS];
} bf_args;

static inline bool bf_args_given(const bf_args *args, bf_option_id id)
{
    return args->values[id].given;
}

static inline const char *bf_args_text(const bf_args *args, bf_option_id id)
{
    return args->values[id].text;
}

static inline uint64_t bf_args_number(const bf_args *args, bf_option_id id)
{
    return args->values[id].number;
}

#endif
