/* From a published file, downloaded or at hand, to installed weights. */
#ifndef BONAFIDE_TOOLS_BRING_BRING_WEIGHTS_H
#define BONAFIDE_TOOLS_BRING_BRING_WEIGHTS_H

#include "tools/options/options.h"
#include "tools/records/report.h"
#include "weights/convert.h"

/* All borrowed. */
typedef struct bf_bringing {
    const feat_known_file *file;      /* with an address; known files of the same network do as well */
    const char *from;                 /* a file that is at hand; NULL: it is downloaded */
    const char *out;                  /* the .iv3 file; its folder is there */
    const feat_net *net;              /* whose weights they must be */
    const feat_name_map *const *maps; /* as of feat_convert_among; NULL: as of feat_convert */
} bf_bringing;

/* The last part of a published file's address: what it is called. */
const char *bf_published_name(const feat_known_file *file);

/* Brings the published file, checks its SHA-256, and converts it to `out`, which appears only when all went well. A
 * download goes on from what an interrupted one left beside `out` (NAME.part); what came is removed when it is not the
 * published file, and when it is converted. Nothing else is ever fetched.
 * Errors: CHECKSUM (not a published file of the network), IO (with the three lines that do it by hand, where a download
 * fails), those of feat_convert. */
feat_status bf_bring_weights(const bf_bringing *b, bf_progress *progress, feat_convert_report *report,
                             feat_error *err) FEAT_NODISCARD;

/* bf_weights_find, or bf_weights_find_other for a network `beside` the one that a single name is of. Where installed
 * weights are meant and none are there, published ones are brought into the user's folder, if --weights get asks for
 * it, or whoever sits at the terminal says yes (without --quiet). Errors: those, and of bf_bring_weights. */
feat_status bf_find_or_bring(char **spec, const bf_args *args, bf_report *report, const feat_net *net, bool beside,
                             feat_error *err) FEAT_NODISCARD;

/* bf_find_or_bring for every network that --network names, then bf_weights_check. */
feat_status bf_check_or_bring(const bf_args *args, bf_report *report, feat_error *err) FEAT_NODISCARD;

/* Says on standard error what is about to come from where. */
void bf_bring_say(const bf_report *report, const char *address, uint64_t bytes);

#endif
