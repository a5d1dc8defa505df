/* From a network's operations to the list of its tensors. */
#include "engine/nets/tensors.h"

#include <stdio.h>
#include <string.h>

/* The list while it is made; to is NULL where tensors are only counted. */
typedef struct lister {
    const feat_net *net;
    const feat_contents *contents;
    feat_tensor *to;
    size_t n;
} lister;

static void put(lister *l, const char *prefix, const char *part, size_t rank, const uint32_t *shape)
{
    size_t index = l->n++;
    if (l->to == NULL)
        return;
    feat_tensor *t = &l->to[index];
    memset(t, 0, sizeof *t);
    (void)snprintf(t->name, sizeof t->name, "%s%s", prefix, part);
    t->rank = (uint32_t)rank;
    t->n_elements = 1;
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[i];
        t->n_elements *= shape[i];
    }
}

/* --- a function for every kind that has weights ------------------------------------------------- */

static void list_conv(lister *l, const feat_op *op)
{
    const feat_naming *naming = l->net->naming;
    const uint32_t shape[4] = {op->oc, op->ic, op->kh, op->kw};
    put(l, op->name, naming->weight, 4, shape);
    if (l->contents->has_gamma)
        put(l, op->name, naming->gamma, 1, shape);
    put(l, op->name, naming->beta, 1, shape);
    put(l, op->name, naming->mean, 1, shape);
    put(l, op->name, naming->var, 1, shape);
}

static void list_conv_bias(lister *l, const feat_op *op)
{
    const uint32_t shape[4] = {op->oc, op->ic, op->kh, op->kw};
    put(l, op->name, l->net->naming->weight, 4, shape);
    put(l, op->name, l->net->naming->bias, 1, shape);
}

static void list_dense(lister *l, const feat_op *op)
{
    const feat_shape *in = &l->net->tensors[op->src];
    const uint32_t pixels = (uint32_t)in->h * in->w, shape[2] = {op->oc, op->ic * pixels};
    put(l, op->name, l->net->naming->dense_weight, 2, shape);
    if (l->to != NULL)
        l->to[l->n - 1].pixels = pixels;
    put(l, op->name, l->net->naming->dense_bias, 1, shape);
}

static void list_head(lister *l, const feat_op *op)
{
    const feat_head *head = &l->contents->head;
    for (size_t i = 0; i < head->n_layers; i++) {
        char prefix[FEAT_NAME_BYTES];
        const uint32_t shape[2] = {head->size[i + 1], head->size[i]};
        feat_dense_name(prefix, op, i, head->n_layers, "");
        put(l, prefix, l->net->naming->dense_weight, 2, shape);
        put(l, prefix, l->net->naming->dense_bias, 1, shape);
    }
}

static void (*const list_of[FEAT_N_KINDS])(lister *l, const feat_op *op) = {
    [FEAT_OP_CONV] = list_conv,
    [FEAT_OP_CONV_LINEAR] = list_conv,
    [FEAT_OP_CONV_BIAS] = list_conv_bias,
    [FEAT_OP_DENSE] = list_dense,
    [FEAT_OP_HEAD] = list_head,
};

/* --- layers ------------------------------------------------------------------------------------- */

int feat_op_has_weights(const feat_op *op)
{
    return list_of[op->kind] != NULL;
}

size_t feat_net_n_layers(const feat_net *net)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_ops; i++)
        n += feat_op_has_weights(&net->ops[i]) != 0;
    return n;
}

const feat_op *feat_net_layer(const feat_net *net, size_t order)
{
    for (size_t i = 0; i < net->n_ops; i++)
        if (feat_op_has_weights(&net->ops[i]) && net->ops[i].order == order)
            return &net->ops[i];
    return NULL;
}

const feat_op *feat_net_head(const feat_net *net)
{
    for (size_t i = 0; i < net->n_ops; i++)
        if (net->ops[i].kind == FEAT_OP_HEAD)
            return &net->ops[i];
    return NULL;
}

/* --- contents ----------------------------------------------------------------------------------- */

void feat_dense_name(char name[FEAT_NAME_BYTES], const feat_op *head, size_t layer, size_t n_layers, const char *part)
{
    if (n_layers == 1)
        (void)snprintf(name, FEAT_NAME_BYTES, "%s%s", head->name, part);
    else
        (void)snprintf(name, FEAT_NAME_BYTES, "%s.%zu%s", head->name, layer, part);
}

static void find_head(feat_head *h, const feat_net *net, const feat_op *op, feat_find_shape find, const void *ctx)
{
    char name[FEAT_NAME_BYTES];
    h->size[0] = op->ic;
    feat_dense_name(name, op, 0, 1, net->naming->dense_weight);
    const uint32_t *shape = find(ctx, name);
    if (shape != NULL) {
        h->n_layers = 1;
        h->size[1] = shape[0];
        return;
    }
    while (h->n_layers < FEAT_MAX_DENSE) {
        feat_dense_name(name, op, h->n_layers, FEAT_MAX_DENSE, net->naming->dense_weight);
        if ((shape = find(ctx, name)) == NULL)
            return;
        h->size[++h->n_layers] = shape[0];
    }
}

void feat_net_find_contents(feat_contents *contents, const feat_net *net, feat_find_shape find, const void *ctx)
{
    const feat_op *head = feat_net_head(net), *first = feat_net_layer(net, 0);
    char gamma[FEAT_NAME_BYTES];
    memset(contents, 0, sizeof *contents);
    contents->has_gamma = 1;
    if (net->gamma_is_optional && first != NULL) {
        (void)snprintf(gamma, sizeof gamma, "%s%s", first->name, net->naming->gamma);
        contents->has_gamma = find(ctx, gamma) != NULL;
    }
    if (head != NULL)
        find_head(&contents->head, net, head, find, ctx);
}

void feat_net_published(feat_contents *contents, const feat_net *net)
{
    const feat_op *head = feat_net_head(net);
    memset(contents, 0, sizeof *contents);
    contents->has_gamma = 1;
    if (head == NULL)
        return;
    contents->head.n_layers = 1;
    contents->head.size[0] = head->ic;
    contents->head.size[1] = head->oc;
}

/* --- the list ----------------------------------------------------------------------------------- */

static size_t list_all(feat_tensor *to, const feat_net *net, const feat_contents *contents)
{
    lister l = {net, contents, to, 0};
    const feat_op *op;
    for (size_t i = 0; (op = feat_net_layer(net, i)) != NULL; i++)
        list_of[op->kind](&l, op);
    return l.n;
}

void feat_net_list_tensors(feat_tensor *list, const feat_net *net, const feat_contents *contents)
{
    (void)list_all(list, net, contents);
}

size_t feat_net_count_tensors(const feat_net *net, const feat_contents *contents)
{
    return list_all(NULL, net, contents);
}

void feat_shape_text(char *text, size_t bytes, const uint32_t *shape, size_t rank)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < rank && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, i == 0 ? "%u" : "x%u", (unsigned)shape[i]);
    if (rank == 0)
        (void)snprintf(text, bytes, "scalar");
}
