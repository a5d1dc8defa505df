/* The small network that commands run here. */
#ifndef BONAFIDE_TESTS_FAULTS_SMALL_NET_H
#define BONAFIDE_TESTS_FAULTS_SMALL_NET_H

#include "engine/nets/tensors.h"

/* Its variants, under the names and in the order of those of Inception-v3; NULL after the last. */
extern const feat_net *const small_nets[];

/* The published weights are a file of these bytes. */
void small_publish(const void *bytes, size_t n);

/* So is ref:small. */
void small_publish_statistics(const void *bytes, size_t n);

#endif
