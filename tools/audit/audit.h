/* A recorded run, done again: what it was made of and what it gave is compared stage by stage. */
#ifndef BONAFIDE_TOOLS_AUDIT_AUDIT_H
#define BONAFIDE_TOOLS_AUDIT_AUDIT_H

#include "tools/records/bundle.h"
#include "tools/run/side.h"

enum { BF_AUDIT_CANNOT = 3, BF_AUDIT_DIFFERENT = 4, BF_AUDIT_MAX_WORDS = BF_MAX_SETTINGS + 16 };

typedef struct bf_audit {
    bf_run *run;       /* of the command; its exit code is set by what follows */
    const char *path;  /* of the manifest, or the bundle */
    bf_bundle *bundle; /* NULL: none */
    bf_manifest *told;
    char *sets[BF_MAX_INPUTS];    /* where each set is now */
    const char *weights;          /* where the weights are now, with commas between; NULL: none, or those installed */
    char *sources;                /* the recorded ones of several networks */
    size_t *items[BF_MAX_INPUTS]; /* with --quick: which images of each set */
    size_t n_items[BF_MAX_INPUTS];
    bool quick;
    char *words[BF_AUDIT_MAX_WORDS]; /* the recorded command line */
    size_t n_words;
    bf_args args;
    char isa[16]; /* table used now */
} bf_audit;

/* --- where things are now ------------------------------------------------------------------------- */

/* Finds all sets: in the bundle; below --root, by their recorded paths or last parts; else at their recorded paths, or,
 * where not all of them are there, below the manifest's folder. Errors: IO, which says what to do; NOMEM. */
feat_status bf_audit_locate(bf_audit *a, feat_error *err) FEAT_NODISCARD;

/* a->weights: what --weights says, else the recorded files, else, where one of these is not there, NULL for those that
 * are installed or BONAFIDE_WEIGHTS names. Errors: NOMEM. */
feat_status bf_audit_find_weights(bf_audit *a, feat_error *err) FEAT_NODISCARD;

/* The value of a recorded option; NULL: none. */
const char *bf_audit_setting(const bf_manifest *m, const char *name);

/* --- stages --------------------------------------------------------------------------------------- */

/* Weights and files, before the network is run. Errors: as bf_audit_compare; what cannot be read. */
feat_status bf_audit_inputs(bf_audit *a, feat_error *err) FEAT_NODISCARD;

/* Opens set `s` as the recorded command took it, or a part of it. */
feat_status bf_audit_take_set(const bf_audit *a, size_t s, bf_set **set, feat_error *err) FEAT_NODISCARD;

/* Lists an open set of images and digests its files: all, or --quick's. A file that cannot be read has no digest; if
 * the manifest has one, *problem says why there is none now. */
feat_status bf_audit_images(bf_audit *a, size_t s, const bf_set *set, bf_manifest *seen, feat_error *problem,
                            feat_error *err) FEAT_NODISCARD;

/* The second run. What it gave, table lines, values and provenance, goes into the report of a->run. */
feat_status bf_audit_again(bf_audit *a, feat_error *err) FEAT_NODISCARD;

/* --- how it ends ---------------------------------------------------------------------------------- */

/* Compares what was seen with what was recorded, as far as a stage. A difference is the error CHECKSUM, with the exit
 * code, and with --json a report. */
feat_status bf_audit_compare(const bf_audit *a, const bf_manifest *seen, bf_stage last, bool partial,
                             feat_error *err) FEAT_NODISCARD;

/* Weights that fail their own checksums are not those of the run; the error says which tensor is damaged. */
feat_status bf_audit_damaged(const bf_audit *a, feat_error *err) FEAT_NODISCARD;

/* Puts "RUN.json: cannot check: " before a message. */
feat_status bf_audit_cannot(const bf_audit *a, feat_status status, feat_error *err) FEAT_NODISCARD;

#endif
