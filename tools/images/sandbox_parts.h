/* Private to sandbox*.c: what passes between the program, its helper and the workers. A worker that a file has taken
 * over may send anything at any time, and change the memory that it shares at any time. So all that is asked and
 * answered goes through sockets, in messages that are the receiver's own once received; the shared memory holds only
 * the input and the output. What says who died comes from the helper, on a socket that no worker has had. */
#ifndef BONAFIDE_TOOLS_IMAGES_SANDBOX_PARTS_H
#define BONAFIDE_TOOLS_IMAGES_SANDBOX_PARTS_H

#include <sys/types.h>
#include <time.h>

#include "tools/base/limits.h"
#include "tools/images/sandbox.h"

/* To the helper: ends the worker of this lane, if there is one, then starts another at the socket and the memory that
 * come with it as SCM_RIGHTS. */
typedef struct bf_box_order {
    uint32_t lane;
} bf_box_order;

typedef enum bf_box_what {
    /* from the helper, the first message on a new socket, which no worker has had so far */
    BF_BOX_BURIED = 1, /* number: the signal that ended the worker before, or 0 */
    /* from the worker, before it is asked anything, while it can be believed */
    BF_BOX_READY, /* number: its process; status: 1 when the filter holds */
    /* to the worker */
    BF_BOX_RUN,
    BF_BOX_MORE, /* there is room now: `capacity` */
    /* from the worker */
    BF_BOX_GROW, /* number: bytes of output that do not fit, or are much, with what is `beside` them */
    BF_BOX_DONE
} bf_box_what;

enum { BF_BOX_IMAGE, BF_BOX_WHOLE, BF_BOX_HEAD };

/* The memory of a lane: set and item name with their zero bytes, the input at a multiple of 64, the output at the
 * next multiple of 4096. */
typedef struct bf_box_request {
    uint32_t what, id;
    uint32_t work; /* BF_BOX_IMAGE; BF_BOX_WHOLE, BF_BOX_HEAD: raw deflate */
    uint32_t has_set;
    uint64_t capacity;              /* of the whole memory */
    uint64_t set_bytes, item_bytes; /* with their zero bytes */
    uint64_t n_in, n_out;           /* n_out: deflate only */
    bf_limits limits;
} bf_box_request;

typedef struct bf_box_answer {
    uint32_t what, id;
    uint64_t number;
    uint64_t beside;        /* of BF_BOX_GROW: what the decoder will take itself */
    uint32_t status, flags; /* from here on: of BF_BOX_DONE */
    uint64_t h, w;
    char message[sizeof(((feat_error *)0)->message)];
} bf_box_answer;

enum { BF_BOX_FIRST = 4 << 20, BF_BOX_KEEP = 32 << 20, BF_BOX_MAX_LANES = 1024 };

/* Where input and output begin. No part of a request is as large as BF_BOX_MOST, so that these sums cannot wrap. */
#define BF_BOX_MOST (UINT64_C(1) << 40)
uint64_t bf_box_input(const bf_box_request *r);
uint64_t bf_box_output(const bf_box_request *r);

/* --- the program's side ------------------------------------------------------------------------------------- */

/* How far the worker of a lane is. */
typedef enum bf_box_stage {
    BF_BOX_COLD,     /* there is none, or one that nobody listens to any more */
    BF_BOX_ORDERED,  /* the helper was told to start one; the one before may still live */
    BF_BOX_REPLACED, /* the one before is dead */
    BF_BOX_WAITING   /* ready for a request */
} bf_box_stage;

/* A worker with its socket and its memory. All of it is the thread's that has taken the lane. */
typedef struct bf_box_lane {
    bool taken;
    bf_box_stage stage;
    int socket, memory;
    unsigned char *map;
    uint64_t mapped, used; /* used: at most this much of it has been written */
    uint64_t charged;      /* of the room for pictures (room.h), until the lane is released */
    uint32_t id;           /* of the last request */
    uint64_t served;       /* requests that this worker has had */
    pid_t pid;             /* of the worker; for its CPU time only */
    uint32_t signal;       /* what ended the one before, 0: it left by itself */
    bool filtered;         /* the worker has said that its filter holds */
} bf_box_lane;

typedef enum bf_box_heard {
    BF_BOX_NOTHING,
    BF_BOX_MESSAGE, /* of the right length; what it says is not looked at */
    BF_BOX_NONSENSE,
    BF_BOX_GONE /* the worker has closed its end, which only dying does */
} bf_box_heard;

/* Forks the helper, and starts a first worker; *filtered says whether its filter holds: then every other's must.
 * Returns NULL, or what cannot be had here; bf_box_close is to be called in either case. */
const char *bf_box_open(bool *filtered);
/* Ends all that there is. */
void bf_box_close(void);

/* A lane whose worker is ready and silent, the caller's until bf_box_release. NULL: no process can be started. */
bf_box_lane *bf_box_take(void);
/* Gives it back; a worker that has served its number of requests is replaced meanwhile. */
void bf_box_release(bf_box_lane *l);
/* Whether so few lanes are there that one may be kept by an image: each is memory, and there is an end of them. */
bool bf_box_may_keep(void);

/* Has the worker ended, and another one started. */
void bf_box_replace(bf_box_lane *l);
/* Waits until the lane is so far. False: it never will be, and is cold. */
bool bf_box_reach(bf_box_lane *l, bf_box_stage stage);

/* Makes the memory at least `bytes` long. False: errno says why not. */
bool bf_box_grow(bf_box_lane *l, uint64_t bytes);
/* Gives what the memory holds from `from` to `to` back to the system. */
void bf_box_empty(const bf_box_lane *l, uint64_t from, uint64_t to);
bool bf_box_say(const bf_box_lane *l, const bf_box_request *r);
/* What came within so many milliseconds. */
bf_box_heard bf_box_hear(const bf_box_lane *l, bf_box_answer *a, int milliseconds);

double bf_box_seconds(clockid_t clock);

/* --- the helper's and the worker's side ------------------------------------------------------------------------ */

/* In the child of the program's fork: serves until `control` is closed. */
_Noreturn void bf_box_helper(int control);

/* What a worker works at. */
typedef struct bf_box_desk {
    int socket, memory;
    unsigned char *map;
    uint64_t mapped;
    unsigned char *before; /* the same memory, mapped before there was more of it: the input is still read there */
    uint64_t mapped_before;
    bf_box_request request; /* the one in hand */
} bf_box_desk;

/* Those of the helper, which needs none, and so of all its workers. */
void bf_box_drop_capabilities(void);

/* Gives up everything but reading and writing `fd` and managing memory. False when the system cannot. */
bool bf_box_confine(int fd);

#endif
