/* How much one input may ask for, and how much of it is used. One set of limits for the whole program: given
 * once, before anything is read and before threads are started, and only read from then on. */
#ifndef BONAFIDE_TOOLS_BASE_LIMITS_H
#define BONAFIDE_TOOLS_BASE_LIMITS_H

#include <stdint.h>

#include "engine/base/common.h"

/* No limit on pixels is above this: three bytes each must fit an int. */
enum { BF_MAX_PIXELS = 700000000 };

typedef struct bf_limits {
    uint64_t pixels;  /* of one image */
    uint64_t file;    /* bytes of an image file, and of an archive member when unpacked */
    uint64_t members; /* of an archive, folders included */
    uint64_t archive; /* unpacked bytes of all members of an archive together */
    uint64_t ratio;   /* unpacked bytes of a member for each packed one */
    uint64_t depth;   /* folders inside folders */
    uint64_t name;    /* bytes of a member's name */
    uint64_t seconds; /* of CPU time for decoding one image; only where decoding has its own process */
    uint64_t worker;  /* images that one process decodes before another takes its place */
    uint64_t bits;    /* of the 16 that a sample of a 16-bit picture has, how many are used: 8 to 16; 0: not told */
} bf_limits;

const bf_limits *bf_limits_get(void);
/* Takes them as they are, for the worker that another process tells them. */
void bf_limits_replace(const bf_limits *limits);

/* Takes over "pixels=20M,ratio=100": names from above, whole numbers, k M G T for powers of 1000. No limit can
 * be set above its ceiling, which keeps sizes within what the readers can count. NULL: the defaults. Errors:
 * ARG, with the name that is not known or the number that is not one; the limits stay as they were then. */
feat_status bf_limits_set(const char *list, feat_error *err) FEAT_NODISCARD;

/* --bits: 8 to 16, or 0 for nothing told. After bf_limits_set, which resets it. */
void bf_limits_set_bits(uint64_t bits);

/* The same with 16 where nothing was told. */
uint64_t bf_limits_bits(void);

/* Goes on with what a reader said of a file that is beyond the limit `file`: how to raise that. Returns UNSUPPORTED. */
feat_status bf_limits_too_long(feat_error *err);

#endif
