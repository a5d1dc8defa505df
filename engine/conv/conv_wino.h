/* Convolution by minimal filtering. */
#ifndef BONAFIDE_ENGINE_CONV_CONV_WINO_H
#define BONAFIDE_ENGINE_CONV_CONV_WINO_H

#include "engine/conv/conv_way.h"

extern const feat_conv_way feat_conv_wino;

#endif
