/* What the classes of published weights are called. */
#ifndef BONAFIDE_WEIGHTS_CLASS_NAMES_H
#define BONAFIDE_WEIGHTS_CLASS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/feat.h"

enum { FEAT_CLASS_NAME_BYTES = 40 };

/* The name of the class with this number, the place of its logit, of weights that come from a published file:
 * ImageNet's of the FID network (tensorflow, imagenet_2012_challenge_label_map_proto.pbtxt of inception-2015-12-05: the
 * numbers of the challenge of 2012, 0 and 1,001 to 1,007 being none), of torchvision and of Keras (the order of the
 * synsets); nsfwjs's own five. False, and "": it is not known. */
bool feat_class_name(char name[FEAT_CLASS_NAME_BYTES], const feat_weights_info *info, size_t class);

#endif
