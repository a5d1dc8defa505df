/* What test_faults_makers makes fail of sets, of statistics and of the cache. */
#ifndef BONAFIDE_TESTS_FAULTS_SET_MAKERS_H
#define BONAFIDE_TESTS_FAULTS_SET_MAKERS_H

#include <stdbool.h>

#include "engine/base/common.h"

/* Opens a set and reads some of what it has; of a failed opening nothing may be left. */
feat_status faults_read_set(const char *spec, bool prefer_stats, feat_error *err);

/* A pickle of two parts, of which one is taken; another, straight from the file. top: of the source tree. */
feat_status faults_read_pickled(const char *top, feat_error *err);

/* A cache with a secret, of which nothing may be left when it fails. */
feat_status faults_open_cache(feat_error *err);

/* Moments, saved and loaded again, from a file and from memory. */
feat_status faults_keep_moments(feat_error *err);

#endif
