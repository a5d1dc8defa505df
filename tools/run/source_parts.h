/* Private to replay*.c: the parts of a merge, in order. */
#ifndef BONAFIDE_REPLAY_H
#define BONAFIDE_REPLAY_H

#include "tools/run/keep_part.h"

struct bf_replay {
    bf_part **parts; /* [n] shard 1 first; NULL where one is missing, while they are collected */
    size_t n;
    bf_args args; /* of the command the parts are of */
    char *text;   /* what args point into */
};

#endif
