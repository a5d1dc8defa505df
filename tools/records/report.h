/* What a command found: lines for people, values for programs, and everything both need to trust them. */
#ifndef BONAFIDE_TOOLS_RECORDS_REPORT_H
#define BONAFIDE_TOOLS_RECORDS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/feat.h"
#include "tools/base/found.h"
#include "tools/base/progress.h"
#include "tools/base/text.h"
#include "tools/features/featurize.h"
#include "tools/figures/table_style.h"
#include "tools/figures/value_text.h"
#include "tools/formats/json_write.h"
#include "tools/options/metric_names.h"
#include "tools/sets/set.h"
#include "tools/statistics/known_stats.h"

/* Version of the layout that tools/records/JSON.md describes. */
#define BF_JSON_SCHEMA 1

enum {
    BF_MAX_LINES = 224, /* of judge eval with four networks */
    BF_MAX_VALUES = 192,
    BF_MAX_WARNINGS = 32,
    BF_MAX_INPUTS = 3,
    BF_WARNING_BYTES = 512
};

typedef struct bf_line {
    char label[24], value[224], direction[24], note[128];
    bool has_figure; /* `value` is this with the usual digits */
    bf_figure figure;
    const bf_metric_value *of; /* the row of its number; NULL: none */
} bf_line;

typedef enum bf_value_type { BF_TYPE_NUMBER, BF_TYPE_INTEGER, BF_TYPE_BOOLEAN, BF_TYPE_TEXT } bf_value_type;

typedef struct bf_result {
    char key[96];
    bf_value_type type;
    double number;
    uint64_t integer;
    char text[256];
} bf_result;

typedef struct bf_input {
    const char *role, *path, *kind; /* borrowed */
    size_t n, n_skipped, n_named;
    bf_origin origin; /* of a file, as it says */
    char part[64];    /* of a file of statistics that has several: which */
    const bf_known_stats *known; /* a published file of statistics; NULL: none that is known */
    bf_digest named; /* of the file behind ref:NAME; not known for a set that is named otherwise */
    bool named_own;  /* and it is the user's own */
    size_t n_rounded; /* float64 numbers that float32 does not hold */
    bool looked;                 /* equal rows were looked for: */
    size_t n_copies, n_radius_0; /* rows that equal an earlier one; whose k-th neighbour is at distance 0 */
    char skipped[BF_MAX_NAMED][BF_NAMED_BYTES];
    bf_set_listing listing;
    bf_class_source classes_from; /* where scores of classes were asked for */
} bf_input;

/* A part of the JSON that is more than a value: written by `write`, at the end `release`d. */
typedef struct bf_report_part {
    void (*write)(bf_json *j, const void *ctx);
    void (*release)(void *ctx);
    void *ctx;
} bf_report_part;
enum { BF_MAX_PARTS = 6 };

/* A table of the command's own for --table, other than as text; `write` NULL: there is none. ctx is of a part. */
typedef struct bf_report_table {
    void (*write)(bf_text *t, const bf_table_style *style, const void *ctx);
    const void *ctx;
} bf_report_table;

/* How numbers were made; texts are empty where it does not apply or is not known. */
typedef struct bf_provenance {
    bool has_weights;  /* a model was loaded, though it may be closed again, or parts tell of it */
    char weights[192]; /* identity as statistics files store it: "NAME sha256:HEX"; "" without a model */
    char weights_name[96], weights_sha256[65], weights_source_sha256[65];
    char weights_path[1024], variant[24];
    bool synthetic;      /* weights of a seed */
    bool says_what_made; /* the name, and the source's SHA-256, are a file's word, and its tensors are not known here */
    char preset[32];
    int preset_version;
    char mode[8]; /* of the numerics: "exact", or "split" when a network that was run is */
    char isa[16];
} bf_provenance;

/* Large: keep it on the heap. Zero-initialise, then set `command`; release with bf_report_release. */
typedef struct bf_report {
    const char *command;
    bool quiet;
    bf_table_style style; /* of the table, and whether the result says how to cite it */
    bf_progress progress;
    size_t n_lines, n_results, n_settings, n_warnings, n_inputs;
    bf_line lines[BF_MAX_LINES];
    bf_result results[BF_MAX_VALUES], settings[BF_MAX_VALUES];
    bf_input inputs[BF_MAX_INPUTS];
    char warnings[BF_MAX_WARNINGS][BF_WARNING_BYTES];
    bf_report_part parts[BF_MAX_PARTS];
    size_t n_parts;
    bf_report_table table;
    uint64_t taken; /* images drawn of each set, by --take; 0: all are used */
    bool is_metric; /* preset, tap and weights belong into the result */
    char tap[24];
    bf_provenance made;
    bf_provenance others[BF_MAX_NETWORKS - 1]; /* of the networks beside it */
    size_t n_others;
} bf_report;

/* What people are told of a set's role: "A" and "B", as JSON, manifests and parts of some commands have it, are the
 * real images and the generated ones. */
const char *bf_side_name(const char *role);

/* What follows the name of its weights where that is only their file's word: ", as their file says", or "". */
const char *bf_weights_word(const bf_provenance *made);

/* Whether pixels were decoded for it. */
bool bf_report_has_images(const bf_report *r);

/* A line of the table: value as it is printed; direction ("lower is better") and note ("N = 8") may be "". */
void bf_report_line(bf_report *r, const char *label, const char *value, const char *direction,
                    const char *note);

/* A line of the table for a number of a result, `key` being its key in the JSON. */
void bf_report_figure(bf_report *r, const char *label, const char *key, const bf_figure *figure, const char *direction,
                      const char *note);

/* Values of the JSON, written in the order of the calls. A key "as/NAME/KEY" goes into the object "as", there
 * into the object NAME; such keys are given one NAME after the other. */
void bf_report_number(bf_report *r, const char *key, double number);
void bf_report_integer(bf_report *r, const char *key, uint64_t number);
void bf_report_boolean(bf_report *r, const char *key, bool value);
void bf_report_text(bf_report *r, const char *key, const char *text);

/* The report takes ctx over. */
void bf_report_add_part(bf_report *r, void (*write)(bf_json *j, const void *ctx), void (*release)(void *ctx),
                        void *ctx);
void bf_report_release(bf_report *r);

/* Options that shaped the result, in an object of their own. */
void bf_report_setting(bf_report *r, const char *key, uint64_t number);
void bf_report_setting_number(bf_report *r, const char *key, double number);
void bf_report_setting_boolean(bf_report *r, const char *key, bool value);
void bf_report_setting_text(bf_report *r, const char *key, const char *text);

/* Prints "bonafide: warning: ..." to standard error unless quiet, and keeps it for the JSON; as one line. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void bf_report_warn(bf_report *r, const char *format, ...);

/* Whether a terminal is at the descriptor, and nothing forbids colours there. */
bool bf_colour_wanted(int fd);

/* "bonafide: ..." on standard error; further lines of the message are indented. */
void bf_print_error(const char *message);

#endif
