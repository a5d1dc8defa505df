/* What was found while a set went through the network: which items failed, and what decoding changed. */
#ifndef BONAFIDE_TOOLS_BASE_FOUND_H
#define BONAFIDE_TOOLS_BASE_FOUND_H

#include <stddef.h>

/* What is known of the 16-bit pictures of a set. */
enum { BF_SAMPLE_BITS = 16 };
typedef struct bf_bitdepth {
    size_t n;       /* such pictures */
    size_t largest; /* their largest sample; 0: none seen */
    size_t n_of[BF_SAMPLE_BITS + 1]; /* how many have a largest sample of so many bits; 0: black ones */
} bf_bitdepth;

enum { BF_MAX_NAMED = 10, BF_NAMED_BYTES = 256 };

typedef struct bf_featurize_report {
    size_t n_rows;                              /* images that gave a row */
    size_t n_bad;                               /* images that could not be read */
    size_t n_named;                             /* of those, named below */
    char names[BF_MAX_NAMED][BF_NAMED_BYTES];   /* item */
    char reasons[BF_MAX_NAMED][BF_NAMED_BYTES]; /* message of the reader */
    size_t n_alpha, n_grey, n_animated, n_stray, n_resync, n_flat, n_lossy;
    bf_bitdepth bitdepth;
    size_t n_cached;                    /* rows that came from the cache */
    char cache_problem[BF_NAMED_BYTES]; /* why rows could not be kept; "" when they were */
} bf_featurize_report;

#endif
