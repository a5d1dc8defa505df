/* What a kind of operation is: how a table may ask for it, what it needs, how its weights are loaded, how it runs.
 * Compiling, planning, loading and running (engine/net) know the kinds by these functions only. */
#ifndef BONAFIDE_ENGINE_OPS_OP_H
#define BONAFIDE_ENGINE_OPS_OP_H

#include "engine/ops/frame.h"

/* Where the weights of one operation come from and go to. */
typedef struct feat_loading {
    feat_model *model;
    const feat_weights *weights;
    const feat_step *step;
    const feat_op *op; /* one of the step's */
    size_t block;      /* the first of its output-channel blocks, counted from the step's first */
    float *raw;        /* model->raw_floats, aligned to 64 bytes */
} feat_loading;

struct feat_op_kind {
    const char *name;

    /* NULL when this is an operation that can be run; else what is wrong with it, for messages. Sizes of tensors may be
     * relied on: indices are inside the network's table. */
    const char *(*check)(const feat_net *net, const feat_op *op);

    /* Before tensors are laid out: in which form the operation wants those that it reads, and for how many blocks and
     * inputs the model needs room (counts into n_dst and n_inputs). NULL: in any, and for none. */
    void (*prepare)(feat_model *model, const feat_op *op);

    /* 1 if `next`, which follows in the table, is computed in one step with `first`. NULL: never. */
    int (*joins)(const feat_net *net, const feat_op *first, const feat_op *next);

    /* Cuts the step into pieces of work and says what it needs: sets scratch_floats, adds to packed_floats, raises
     * raw_floats and extra_floats. Depends on the network and model->numerics only, never on the CPU or on threads.
     * NULL: nothing. */
    void (*measure)(feat_model *model, feat_step *step);

    /* Reads the operation's tensors, checks and packs them. Called by several threads at once, for different
     * operations. NULL: there are none. Errors: FORMAT, NUMERIC, NOMEM, those of feat_weights_read. */
    feat_status (*load)(const feat_loading *loading, feat_error *err);

    /* Runs a step on one image, on the threads of the frame. Kinds with several algorithms let measure set step->run
     * instead. */
    void (*run)(const feat_frame *frame, const feat_step *step);

    /* In place of run, of what reads vectors: runs a step on several images at once. Such steps are a network's last.
     * */
    void (*run_tail)(const feat_tail *tail, const feat_step *step);
};

/* By feat_op.kind. */
extern const feat_op_kind *const feat_op_kinds[FEAT_N_KINDS];

#endif
