/* A convolution and two means; a convolution, a mean and a fully connected layer. */
#include "tests/engine/net/two_nets.h"

#include "engine/nets/net_rows.h"

enum { OUT = 10 };
enum { SHAPE_IN, SHAPE_CONV, SHAPE_VECTOR, N_SHAPES };

static const feat_shape shapes[N_SHAPES] = {{3, TWO_SIZE, TWO_SIZE}, {TWO_DIM, OUT, OUT}, {TWO_DIM, 1, 1}};
static const feat_tap_info taps[TWO_TAPS] = {{"first", TWO_DIM}, {"second", TWO_DIM}};

#define CONV ROW_CONV(0, "conv", SHAPE_IN, SHAPE_CONV, 0, TWO_DIM, 3, 3, 3, 2, 0, 0, FEAT_WINO_NONE)
static const feat_op means[] = {CONV, ROW_MEAN(TWO_FIRST, SHAPE_CONV), ROW_MEAN(TWO_SECOND, SHAPE_CONV)};
static const feat_op with_tail[] = {CONV, ROW_MEAN(TWO_FIRST, SHAPE_CONV),
                                    ROW_DENSE(1, "fc", SHAPE_CONV, SHAPE_VECTOR, TWO_DIM, TWO_DIM),
                                    ROW_VECTOR(TWO_SECOND, SHAPE_VECTOR)};

#define NET(called, which, its_ops)                                                                                  \
    {.name = called, .family = called, .variant = called, .number = which, .tensors = shapes, .n_tensors = N_SHAPES, \
     .ops = its_ops, .n_ops = sizeof its_ops / sizeof its_ops[0], .taps = taps, .n_taps = TWO_TAPS,                \
     .roles = {TWO_FIRST, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP}, .naming = &feat_torch_naming,                    \
     .norm_epsilon = 0.001, .preset = "tf1"}
const feat_net two_nets[TWO_NETS] = {NET("means", 76, means), NET("tailed", 77, with_tail)};
const feat_net *const two_net_list[TWO_NETS + 1] = {&two_nets[0], &two_nets[1], NULL};
