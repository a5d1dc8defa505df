/* Compiles a network's table into steps. Every number here is a function of the network alone: a choice that depended
 * on the machine would still give the same bits, but not the same schedule everywhere. */
#include "engine/net/compile.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/net/bands.h"
#include "engine/net/plan.h"
#include "engine/ops/dense.h"

/* Images whose vectors are run together have so many tokens at most, so that what lies between steps stays in a cache
 * that cores share, and memory does not grow with the network: eight images of 257. */
enum { TAIL_TOKENS = 8 * 257 };

/* --- is it a network? --------------------------------------------------------------------------- */

/* Channels of an operation's output. */
static size_t channels_out(const feat_net *net, const feat_op *op)
{
    return op->oc != 0 ? op->oc : net->tensors[op->src].c;
}

/* The image is; so operations that add nothing may name it. */
static int is_complete(const feat_net *net, size_t index, size_t tensor)
{
    size_t written = tensor == 0 ? net->tensors[0].c : 0;
    for (size_t i = 0; i < index; i++)
        if (net->ops[i].n_taps == 0 && net->ops[i].dst == tensor)
            written += channels_out(net, &net->ops[i]);
    return written == net->tensors[tensor].c;
}

static const char *check_places(const feat_net *net, size_t index)
{
    const feat_op *op = &net->ops[index];
    if ((size_t)op->kind >= FEAT_N_KINDS)
        return "a kind of operation that does not exist";
    if (op->src >= net->n_tensors || op->dst >= net->n_tensors || op->add >= net->n_tensors)
        return "a tensor that does not exist";
    if ((size_t)op->tap + op->n_taps > net->n_taps)
        return "a tap that does not exist";
    if (op->n_taps == 0 && (op->dst == 0 || op->dst == op->src))
        return "writes what it reads, or the image";
    if (op->n_taps == 0 && (op->dst_c % FEAT_BLOCK != 0 ||
                            op->dst_c + channels_out(net, op) > net->tensors[op->dst].c))
        return "its output does not fit where it goes";
    for (size_t i = 0; i < index; i++)
        if (feat_op_kinds[net->ops[i].kind]->run_tail != NULL && feat_op_kinds[op->kind]->run_tail == NULL)
            return "what does not read vectors comes before what does";
    return is_complete(net, index, op->src) && is_complete(net, index, op->add) ? NULL
                                                                                : "reads a tensor that is not complete";
}

const char *feat_compile_check(const feat_net *net, size_t *op)
{
    *op = net->n_ops;
    if (net->n_tensors == 0 || net->n_ops == 0 || net->n_taps == 0 || net->n_taps > FEAT_MAX_TAPS)
        return "tensors, operations and 1 to 32 taps expected";
    if (net->tensors[0].c != 3)
        return "an image of 3 planes expected";
    for (*op = 0; *op < net->n_ops; ++*op) {
        const char *wrong = check_places(net, *op);
        if (wrong == NULL)
            wrong = feat_op_kinds[net->ops[*op].kind]->check(net, &net->ops[*op]);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* --- steps -------------------------------------------------------------------------------------- */

static void lay_out(feat_model *m)
{
    for (size_t id = 0; id < m->net->n_tensors; id++) {
        const feat_shape *s = feat_shape_of(m, id);
        feat_place *l = &m->layout[id];
        l->pitch = s->w + l->pw;
        l->pixels = (s->h + 2 * l->ph) * l->pitch + l->pw;
        size_t channels = l->split ? (s->c + FEAT_SPLIT_GROUP - 1u) / FEAT_SPLIT_GROUP * FEAT_SPLIT_GROUP
                          : id == 0 && !m->blocks_in ? s->c
                                                     : feat_round_up(s->c);
        l->floats = channels * l->pixels; /* two pieces of half the size */
    }
}

/* Makes one step from the ops at `i`; returns how many ops it took. */
static size_t add_step(feat_model *m, size_t i)
{
    const feat_op *op = &m->net->ops[i];
    const feat_op_kind *kind = feat_op_kinds[op->kind];
    feat_step *step = &m->steps[m->n_steps++];
    step->op = op;
    step->n_ops = 1;
    step->kind = kind;
    step->run = kind->run;
    while (kind->joins != NULL && i + step->n_ops < m->net->n_ops && kind->joins(m->net, op, &op[step->n_ops]))
        step->n_ops++;
    if (kind->run_tail != NULL)
        m->first_tail = feat_min_size(m->first_tail, m->n_steps - 1);
    if (kind->measure != NULL)
        kind->measure(m, step);
    m->scratch_floats = feat_max_size(m->scratch_floats, step->scratch_floats);
    return step->n_ops;
}

/* --- the arena ---------------------------------------------------------------------------------- */

static void extend(const feat_model *m, feat_life *lives, size_t id, size_t step)
{
    feat_life *life = &lives[id];
    if (life->floats == 0) {
        life->floats = m->layout[id].floats;
        life->first = life->last = step;
    }
    life->first = feat_min_size(life->first, step);
    life->last = feat_max_size(life->last, step);
}

/* lives: of the tensors, then of copies in phases, step by step. What a group of steps reads and writes lives while any
 * of them runs. */
static void place(feat_model *m, feat_life *lives)
{
    size_t n_lives = m->net->n_tensors;
    if (m->first_tail > 0)
        extend(m, lives, 0, 0);
    for (size_t s = 0, first = 0, next = 0; s < m->n_steps; s++) {
        if (s == next) {
            first = s;
            next = s + feat_max_size(m->steps[s].bands.n_steps, 1);
        }
        for (size_t i = 0; i < m->steps[s].n_ops; i++) {
            const feat_op *op = &m->steps[s].op[i];
            if (s < m->first_tail || lives[op->src].floats > 0) /* the tail's own vectors lie elsewhere */
                extend(m, lives, op->src, m->layout[op->src].window > 0 ? s : next - 1);
            if (op->n_taps > 0 || s >= m->first_tail)
                continue;
            extend(m, lives, op->dst, m->layout[op->dst].window > 0 ? s : first);
            extend(m, lives, op->dst, s);
        }
        if (m->steps[s].phases.floats > 0)
            lives[n_lives++] = (feat_life){.floats = m->steps[s].phases.floats, .first = s, .last = s};
    }
    m->arena_floats = feat_plan(lives, n_lives);
    for (size_t t = 0; t < m->net->n_tensors; t++) {
        m->layout[t].offset = lives[t].offset;
        m->layout[t].floats = lives[t].floats;
    }
    for (size_t s = m->n_steps; s-- > 0;)
        if (m->steps[s].phases.floats > 0)
            m->steps[s].phases.offset = lives[--n_lives].offset;
}

/* Vectors and tokens of the tail share memory as tensors of the arena do. Those that come from the arena live from its
 * first step on; what lies between the operations of one step, nowhere. */
static void place_tail(feat_model *m, feat_life *lives)
{
    size_t n = m->net->n_tensors, widest = 1, n_lives = n;
    memset(lives, 0, (n + m->net->n_ops) * sizeof *lives);
    for (size_t s = m->first_tail; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        const feat_op *last = &step->op[step->n_ops - 1];
        const size_t used[] = {step->op->src, last->add, last->n_taps > 0 ? 0 : last->dst};
        for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
            feat_life *life = &lives[used[i]];
            const feat_shape *shape = feat_shape_of(m, used[i]);
            if (used[i] == 0)
                continue;
            if (life->floats == 0)
                life->first = m->layout[used[i]].floats > 0 ? m->first_tail : s;
            life->floats = feat_round_up(shape->c) * shape->h * shape->w;
            life->last = s;
            widest = feat_max_size(widest, shape->w);
        }
        if (step->cut_floats > 0)
            lives[n_lives++] = (feat_life){.floats = step->cut_floats, .first = s, .last = s};
    }
    m->tail_floats = feat_plan(lives, n_lives);
    for (size_t s = m->n_steps; s-- > m->first_tail;)
        if (m->steps[s].cut_floats > 0)
            m->steps[s].cut_offset = lives[--n_lives].offset;
    m->tail_images = feat_min_size(feat_max_size(TAIL_TOKENS / widest, 1), FEAT_TAIL_IMAGES);
    for (size_t t = 0; t < n; t++)
        m->layout[t].tail = lives[t].offset;
}

/* --- the whole ---------------------------------------------------------------------------------- */

feat_status feat_compile(feat_model *m, feat_error *err)
{
    const feat_net *net = m->net;
    feat_life *lives = feat_calloc(net->n_tensors + net->n_ops, sizeof *lives);
    m->layout = feat_calloc(net->n_tensors, sizeof *m->layout);
    m->steps = feat_calloc(net->n_ops, sizeof *m->steps);
    if (lives == NULL || m->layout == NULL || m->steps == NULL)
        goto no_memory;
    for (size_t i = 0; i < net->n_ops; i++)
        if (feat_op_kinds[net->ops[i].kind]->prepare != NULL)
            feat_op_kinds[net->ops[i].kind]->prepare(m, &net->ops[i]);
    m->dst = feat_calloc(m->n_dst + 1, sizeof *m->dst);
    m->inputs_room = m->n_inputs + 1;
    m->inputs = feat_calloc(m->inputs_room, sizeof *m->inputs);
    m->panels = feat_calloc(net->n_ops, sizeof *m->panels);
    if (m->dst == NULL || m->inputs == NULL || m->panels == NULL)
        goto no_memory;
    m->n_dst = m->n_inputs = 0;
    lay_out(m);
    m->first_tail = net->n_ops;
    for (size_t i = 0; i < net->n_ops;)
        i += add_step(m, i);
    m->first_tail = feat_min_size(m->first_tail, m->n_steps);
    m->scratch_floats = feat_max_size(m->scratch_floats, feat_tail_scratch(m));
    feat_bands_plan(m);
    place(m, lives);
    place_tail(m, lives);
    feat_free(lives);
    return FEAT_OK;
no_memory:
    feat_free(lives);
    feat_compile_release(m);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the steps of %s", net->name);
}

size_t feat_compile_takes(const feat_model *m)
{
    return feat_alloc_takes(m->net->n_tensors * sizeof *m->layout) +
           feat_alloc_takes(m->net->n_ops * sizeof *m->steps) +
           feat_alloc_takes((m->n_dst + 1) * sizeof *m->dst) + feat_alloc_takes(m->inputs_room * sizeof *m->inputs) +
           feat_alloc_takes(m->net->n_ops * sizeof *m->panels);
}

size_t feat_compile_takes_beside(const feat_net *net)
{
    return feat_alloc_takes((net->n_tensors + net->n_ops) * sizeof(feat_life));
}

void feat_compile_release(feat_model *m)
{
    for (size_t i = 0; i < m->n_panels; i++)
        feat_mapped_tensor_release(&m->panels[i]);
    feat_free(m->panels);
    feat_free(m->layout);
    feat_free(m->steps);
    feat_free(m->dst);
    feat_free(m->inputs);
    m->layout = NULL;
    m->steps = NULL;
    m->dst = NULL;
    m->inputs = NULL;
    m->panels = NULL;
    m->n_steps = m->n_dst = m->n_inputs = m->n_panels = 0;
}
