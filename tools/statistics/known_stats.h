/* Published files of statistics, so that a result can say what it was measured against. */
#ifndef BONAFIDE_TOOLS_STATISTICS_KNOWN_STATS_H
#define BONAFIDE_TOOLS_STATISTICS_KNOWN_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/digest.h"

/* Texts are NULL where it is not known. */
typedef struct bf_known_stats {
    const char *name;    /* ref:NAME; NULL: known by the name of its file only */
    const char *address; /* where its publisher has it */
    const char *sha256; /* hexadecimal; NULL: known by its name only */
    uint64_t bytes;     /* 0: not published */
    const char *file, *data_set, *by;
    const char *images;  /* how many, in words */
    const char *network; /* as people say it */
    const char *preset;  /* whose pixels and divisors */
} bf_known_stats;

/* Whether a file of so many bytes can be one, and is worth the time that its SHA-256 takes: small ones are, and large
 * ones of a size that was published. */
bool bf_known_stats_may_be(uint64_t bytes);

/* The file that has this digest, or else the program that gives files such names (clean-fid: NAME_MODE_SPLIT_RES.npz,
 * whose mode is a preset); NULL. digest->known 0: by the name alone. */
const bf_known_stats *bf_known_stats_find(const bf_digest *digest, const char *path);

/* "ImageNet 256x256, JiT's, Inception-v3 tf1": all that is known. Returns `text`. */
const char *bf_known_stats_text(char *text, size_t size, const bf_known_stats *known);

const bf_known_stats *bf_known_stats_at(size_t i); /* NULL after the last of those with a digest */

#endif
