/* What judge eval finds out of several networks: which predicts people best, and how it is shown. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_NETWORKS_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_NETWORKS_H

#include "tools/judge/judge_result.h"

/* One network with what came out of it. */
typedef struct bf_judged_network {
    const feat_net *net;
    bf_provenance made;
    char tap[24];
    bf_judge_evaluation *evaluation; /* owned */
} bf_judged_network;

typedef struct bf_judge_networks {
    size_t n;
    bf_judged_network of[BF_MAX_NETWORKS];
    gmet_judge_rivals rivals; /* in the same order */
} bf_judge_networks;

/* Adds lines, and the whole as a part of the JSON, which takes it over. */
void bf_judge_networks_show(bf_report *r, bf_judge_networks *networks);
void bf_judge_networks_free(void *networks);

#endif
