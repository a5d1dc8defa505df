/* Published files of statistics, and of images, so that a result can say what it was measured against. */
#ifndef BONAFIDE_TOOLS_STATISTICS_KNOWN_STATS_H
#define BONAFIDE_TOOLS_STATISTICS_KNOWN_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/digest.h"

/* A file of images in a published archive. */
typedef struct bf_known_part {
    const char *name; /* the last piece of its name in the archive */
    const char *sha256;
} bf_known_part;

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
    /* Of images, which are not of a network: `file` is a .tar.gz, and these of its files are the set, in this order. */
    const bf_known_part *parts;
    size_t n_parts; /* 0: statistics */
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

/* Where clean-fid has the statistics of that name (NAME_MODE_SPLIT_RES), in `text`; NULL: it is no such name. Whether
 * the file is there is not known, nor its SHA-256. */
enum { BF_ADDRESS_BYTES = 160 };
const char *bf_known_stats_cleanfid(char text[BF_ADDRESS_BYTES], const char *name);

#endif
