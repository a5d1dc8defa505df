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
    t->dtype = FEAT_FLOAT32;
    t->rank = (uint32_t)rank;
    t->n_elements = 1;
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[i];
        t->n_elements *= shape[i];
    }
}

/* The last n tensors are of patches or a dense layer of tokens. */
static void mark_dense(lister *l, size_t n)
{
    for (size_t i = 1; l->to != NULL && l->net->half_dense && i <= n; i++)
        l->to[l->n - i].dtype = FEAT_FLOAT16;
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

/* Tokens that are weights come as vectors and matrices, without the dimensions of 1 before them. */
static void list_embed(lister *l, const feat_op *op)
{
    const feat_naming *naming = l->net->naming;
    const feat_shape *in = &l->net->tensors[op->src];
    const uint32_t side = (uint32_t)l->net->position_side, patches = (uint32_t)(in->h / op->kh) * (in->w / op->kw);
    const uint32_t positions[2] = {1 + (side > 0 ? side * side : patches), op->oc};
    const uint32_t registers[2] = {l->net->tensors[op->dst].w - 1 - patches, op->oc};
    const uint32_t patch[4] = {op->oc, op->ic, op->kh, op->kw};
    put(l, op->name, naming->class_token, 1, patch);
    put(l, op->name, naming->positions, 2, positions);
    if (registers[0] > 0)
        put(l, op->name, naming->registers, 2, registers);
    put(l, op->name, naming->patch_weight, 4, patch);
    if (naming->patch_bias != NULL)
        put(l, op->name, naming->patch_bias, 1, patch);
    mark_dense(l, naming->patch_bias != NULL ? 2 : 1);
}

static void list_layer_norm(lister *l, const feat_op *op)
{
    const uint32_t shape[1] = {l->net->tensors[op->src].c};
    put(l, op->name, l->net->naming->gamma, 1, shape);
    put(l, op->name, l->net->naming->beta, 1, shape);
}

static void put_panels(lister *l, const feat_op *op, const char *weight, const char *bias)
{
    const uint32_t shape[2] = {op->oc, op->ic};
    put(l, op->name, weight, 2, shape);
    if (l->to != NULL)
        l->to[l->n - 1].pixels = 1;
    put(l, op->name, bias, 1, shape);
    mark_dense(l, 2);
}

static void list_qkv(lister *l, const feat_op *op)
{
    put_panels(l, op, l->net->naming->qkv_weight, l->net->naming->qkv_bias);
}

static void list_linear(lister *l, const feat_op *op)
{
    put_panels(l, op, l->net->naming->dense_weight, l->net->naming->dense_bias);
}

static void list_project(lister *l, const feat_op *op)
{
    const uint32_t shape[2] = {op->ic, op->oc};
    put(l, op->name, "", 2, shape);
    mark_dense(l, 1);
}

static void list_scale(lister *l, const feat_op *op)
{
    const uint32_t shape[1] = {l->net->tensors[op->src].c};
    put(l, op->name, l->net->naming->scale, 1, shape);
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
    [FEAT_OP_EMBED] = list_embed,
    [FEAT_OP_LAYER_NORM] = list_layer_norm,
    [FEAT_OP_QKV] = list_qkv,
    [FEAT_OP_LINEAR] = list_linear,
    [FEAT_OP_PROJECT] = list_project,
    [FEAT_OP_SCALED_SUM] = list_scale,
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

size_t feat_net_count_layer(const feat_net *net, const feat_contents *contents, const feat_op *layer)
{
    lister l = {net, contents, NULL, 0};
    list_of[layer->kind](&l, layer);
    return l.n;
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
