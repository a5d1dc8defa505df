/* Private to sandbox*.c: what passes between the program, its helper and the workers. The worker's side of
 * the shared memory may hold anything at any time. */
#ifndef BONAFIDE_TOOLS_IMAGES_SANDBOX_PARTS_H
#define BONAFIDE_TOOLS_IMAGES_SANDBOX_PARTS_H

#include "tools/base/limits.h"
#include "tools/images/sandbox.h"

typedef enum bf_box_what {
    /* on the control socket, to the helper */
    BF_BOX_ADD = 1, /* lane, with its socket and its memory as SCM_RIGHTS */
    BF_BOX_KILL,    /* lane: ends its worker */
    BF_BOX_START,   /* lane: forgets what was sent there and starts a worker */
    /* on a lane's socket, to the worker */
    BF_BOX_RUN,  /* id */
    BF_BOX_MORE, /* id: there is room now */
    /* on a lane's socket, from the worker */
    BF_BOX_READY, /* detail: 1 when the filter holds */
    BF_BOX_DONE,  /* id */
    BF_BOX_GROW,  /* id: control->needed bytes of output do not fit */
    /* and from the helper */
    BF_BOX_DIED /* detail: signal, or 0. Starting another worker is for the program to ask */
} bf_box_what;

typedef struct bf_box_message {
    uint32_t what, lane, id, detail;
} bf_box_message;

enum { BF_BOX_WHOLE = 1, BF_BOX_HEAD };

/* The start of a lane's memory. Behind it, at BF_BOX_DATA: set and item name with their zero bytes, the input
 * at a multiple of 64, the output at the next multiple of 4096. */
typedef struct bf_box_control {
    /* the program's */
    uint64_t capacity; /* of the whole mapping */
    uint32_t inflate;  /* BF_BOX_WHOLE, BF_BOX_HEAD: raw deflate; 0: an image */
    uint32_t has_set;
    uint64_t set_bytes, item_bytes; /* with their zero bytes */
    uint64_t n_in, n_out;           /* n_out: inflate only */
    bf_limits limits;
    /* the worker's */
    uint32_t pid; /* for its CPU time only */
    uint64_t needed;
    uint32_t status, flags;
    uint64_t h, w;
    char message[sizeof(((feat_error *)0)->message)];
} bf_box_control;

enum { BF_BOX_DATA = 8192, BF_BOX_FIRST = 4 << 20, BF_BOX_KEEP = 32 << 20, BF_BOX_MAX_LANES = 1024 };

/* Where input and output begin, from the sizes in `control`. */
uint64_t bf_box_input(const bf_box_control *control);
uint64_t bf_box_output(const bf_box_control *control);

/* In the child of the program's fork: serves until `control` is closed. */
_Noreturn void bf_box_helper(int control);

/* Gives up everything but reading and writing `fd` and managing memory. False when the system cannot. */
bool bf_box_filter(int fd);

#endif
