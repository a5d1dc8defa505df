/* How the table of a vision transformer is written: Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021, whose
 * blocks are norm, attention, sum, norm, two dense layers, sum. D is the width of a token, T the number of tokens. The
 * last block is computed for the class token alone, as nothing reads the others. */
#ifndef BONAFIDE_ENGINE_NETS_VIT_ROWS_H
#define BONAFIDE_ENGINE_NETS_VIT_ROWS_H

#include "engine/nets/net_rows.h"

/* Tensors: the image, the embedded tokens, those that enter the first block (of networks that norm them first, another
 * tensor), ten of each block, and what follows the last one. */
enum { VIT_IMAGE, VIT_EMBEDDED, VIT_NORMED, VIT_FIRST, VIT_PER_BLOCK = 10 };
#define VIT_AT(i, k) (VIT_FIRST + VIT_PER_BLOCK * (i) + (k))
#define VIT_NORM1(i) VIT_AT(i, 0)
#define VIT_QKV(i) VIT_AT(i, 1)
#define VIT_ATTENDED(i) VIT_AT(i, 2)
#define VIT_PROJECTED(i) VIT_AT(i, 3)
#define VIT_MIDDLE(i) VIT_AT(i, 4)
#define VIT_NORM2(i) VIT_AT(i, 5)
#define VIT_HIDDEN(i) VIT_AT(i, 6)
#define VIT_ACTIVE(i) VIT_AT(i, 7)
#define VIT_NARROWED(i) VIT_AT(i, 8)
#define VIT_OUT(i) VIT_AT(i, 9)
#define VIT_IN(i) ((i) == 0 ? VIT_NORMED : VIT_OUT((i) - 1))

#define VIT_SHAPES_OF(i, D, T, out)                                                                                  \
    [VIT_NORM1(i)] = {D, 1, T}, [VIT_QKV(i)] = {3 * (D), 1, T}, [VIT_ATTENDED(i)] = {D, 1, out},                    \
    [VIT_PROJECTED(i)] = {D, 1, out}, [VIT_MIDDLE(i)] = {D, 1, out}, [VIT_NORM2(i)] = {D, 1, out},                  \
    [VIT_HIDDEN(i)] = {4 * (D), 1, out}, [VIT_ACTIVE(i)] = {4 * (D), 1, out}, [VIT_NARROWED(i)] = {D, 1, out},      \
    [VIT_OUT(i)] = {D, 1, out}
#define VIT_SHAPES(i, D, T) VIT_SHAPES_OF(i, D, T, T),
#define VIT_LAST_SHAPES(i, D, T) VIT_SHAPES_OF(i, D, T, 1),

/* Operations. Embedding: patches of P x P pixels through a dense layer, and beside them the tokens that are weights. */
#define ROW_EMBED(order, name, dst, D, P)                                                                            \
    {FEAT_OP_EMBED, name, VIT_IMAGE, dst, 0, D, 3, P, P, P, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}
#define ROW_NORM(order, name, src, dst)                                                                              \
    {FEAT_OP_LAYER_NORM, name, src, dst, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}
#define ROW_QKV(order, name, src, dst, D, queries)                                                                   \
    {FEAT_OP_QKV, name, src, dst, 0, 3 * (D), D, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, queries}
#define ROW_ATTENTION(src, dst, D)                                                                                   \
    {FEAT_OP_ATTENTION, "attention", src, dst, 0, D, 3 * (D), 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, 0, 0, 0, 0}
#define ROW_LINEAR(order, name, src, dst, oc, ic)                                                                    \
    {FEAT_OP_LINEAR, name, src, dst, 0, oc, ic, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}
#define ROW_PROJECT(order, name, src, dst, oc, ic)                                                                   \
    {FEAT_OP_PROJECT, name, src, dst, 0, oc, ic, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, 0, 0}
#define ROW_ACTIVATE(kind, src, dst) {kind, "gelu", src, dst, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, 0, 0, 0, 0}
#define ROW_SUM(src, add, dst)                                                                                       \
    {FEAT_OP_SUM, "sum", src, dst, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, 0, 0, 0, add, 0}
#define ROW_SCALED_SUM(order, name, src, add, dst)                                                                   \
    {FEAT_OP_SCALED_SUM, name, src, dst, 0, 0, 0, 0, 0, 0, 0, 0, FEAT_WINO_NONE, order, 0, 0, add, 0}

/* X(i, ...) for each block but the last of twelve or twenty-four, which is Y(i, ...). */
#define VIT_TWELVE(X, Y, ...)                                                                                        \
    X(0, __VA_ARGS__) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(5, __VA_ARGS__)      \
    X(6, __VA_ARGS__) X(7, __VA_ARGS__) X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) Y(11, __VA_ARGS__)
#define VIT_TWENTY_FOUR(X, Y, ...)                                                                                   \
    X(0, __VA_ARGS__) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(5, __VA_ARGS__)      \
    X(6, __VA_ARGS__) X(7, __VA_ARGS__) X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) X(11, __VA_ARGS__)    \
    X(12, __VA_ARGS__) X(13, __VA_ARGS__) X(14, __VA_ARGS__) X(15, __VA_ARGS__) X(16, __VA_ARGS__)                   \
    X(17, __VA_ARGS__) X(18, __VA_ARGS__) X(19, __VA_ARGS__) X(20, __VA_ARGS__) X(21, __VA_ARGS__)                   \
    X(22, __VA_ARGS__) Y(23, __VA_ARGS__)

/* Fields of the feat_net that every transformer fills alike; its features are its last tap. */
#define VIT_FIELDS(family_, label, place, id)                                                                        \
    .name = family_ "-" label, .family = family_, .variant = family_ "-" label, .number = place,                     \
    .tensors = shapes_##id, .n_tensors = sizeof shapes_##id / sizeof shapes_##id[0], .ops = ops_##id,                \
    .n_ops = sizeof ops_##id / sizeof ops_##id[0], .taps = taps_##id,                                                \
    .n_taps = sizeof taps_##id / sizeof taps_##id[0],                                                                \
    .roles = {sizeof taps_##id / sizeof taps_##id[0] - 1, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP}

#endif
