/* The contracts of engine/kernels/kernels.h as naive loops. */
#ifndef TESTS_KERNELS_ORACLE_H
#define TESTS_KERNELS_ORACLE_H

#include "engine/kernels/kernels.h"

/* Channels per plane, and floats between the inputs of neighbouring output pixels. */
size_t oracle_conv_channels(iv3_conv_form form);
size_t oracle_conv_step(iv3_conv_form form);

void oracle_conv_row(const iv3_conv_args *args, float *const *y, size_t n_px, size_t n_blocks);
void oracle_max_row(const iv3_pool_args *args, float *y);
void oracle_avg_row(const iv3_pool_args *args, float *y);
void oracle_mean(float *y, const float *x, size_t h, size_t w);

#endif
