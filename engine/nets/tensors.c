/* The convolutions of Inception-v3 under their PyTorch and TensorFlow names, and the tensor list made
 * from them. */
#include "engine/nets/tensors.h"

#include <stdio.h>
#include <string.h>

static const feat_conv_name inception_convs[] = {
    /* PyTorch prefix, TensorFlow scope, out, in, kernel height, kernel width */
    {"Conv2d_1a_3x3", "conv", 32, 3, 3, 3},
    {"Conv2d_2a_3x3", "conv_1", 32, 32, 3, 3},
    {"Conv2d_2b_3x3", "conv_2", 64, 32, 3, 3},
    {"Conv2d_3b_1x1", "conv_3", 80, 64, 1, 1},
    {"Conv2d_4a_3x3", "conv_4", 192, 80, 3, 3},
    {"Mixed_5b.branch1x1", "mixed/conv", 64, 192, 1, 1},
    {"Mixed_5b.branch5x5_1", "mixed/tower/conv", 48, 192, 1, 1},
    {"Mixed_5b.branch5x5_2", "mixed/tower/conv_1", 64, 48, 5, 5},
    {"Mixed_5b.branch3x3dbl_1", "mixed/tower_1/conv", 64, 192, 1, 1},
    {"Mixed_5b.branch3x3dbl_2", "mixed/tower_1/conv_1", 96, 64, 3, 3},
    {"Mixed_5b.branch3x3dbl_3", "mixed/tower_1/conv_2", 96, 96, 3, 3},
    {"Mixed_5b.branch_pool", "mixed/tower_2/conv", 32, 192, 1, 1},
    {"Mixed_5c.branch1x1", "mixed_1/conv", 64, 256, 1, 1},
    {"Mixed_5c.branch5x5_1", "mixed_1/tower/conv", 48, 256, 1, 1},
    {"Mixed_5c.branch5x5_2", "mixed_1/tower/conv_1", 64, 48, 5, 5},
    {"Mixed_5c.branch3x3dbl_1", "mixed_1/tower_1/conv", 64, 256, 1, 1},
    {"Mixed_5c.branch3x3dbl_2", "mixed_1/tower_1/conv_1", 96, 64, 3, 3},
    {"Mixed_5c.branch3x3dbl_3", "mixed_1/tower_1/conv_2", 96, 96, 3, 3},
    {"Mixed_5c.branch_pool", "mixed_1/tower_2/conv", 64, 256, 1, 1},
    {"Mixed_5d.branch1x1", "mixed_2/conv", 64, 288, 1, 1},
    {"Mixed_5d.branch5x5_1", "mixed_2/tower/conv", 48, 288, 1, 1},
    {"Mixed_5d.branch5x5_2", "mixed_2/tower/conv_1", 64, 48, 5, 5},
    {"Mixed_5d.branch3x3dbl_1", "mixed_2/tower_1/conv", 64, 288, 1, 1},
    {"Mixed_5d.branch3x3dbl_2", "mixed_2/tower_1/conv_1", 96, 64, 3, 3},
    {"Mixed_5d.branch3x3dbl_3", "mixed_2/tower_1/conv_2", 96, 96, 3, 3},
    {"Mixed_5d.branch_pool", "mixed_2/tower_2/conv", 64, 288, 1, 1},
    {"Mixed_6a.branch3x3", "mixed_3/conv", 384, 288, 3, 3},
    {"Mixed_6a.branch3x3dbl_1", "mixed_3/tower/conv", 64, 288, 1, 1},
    {"Mixed_6a.branch3x3dbl_2", "mixed_3/tower/conv_1", 96, 64, 3, 3},
    {"Mixed_6a.branch3x3dbl_3", "mixed_3/tower/conv_2", 96, 96, 3, 3},
    {"Mixed_6b.branch1x1", "mixed_4/conv", 192, 768, 1, 1},
    {"Mixed_6b.branch7x7_1", "mixed_4/tower/conv", 128, 768, 1, 1},
    {"Mixed_6b.branch7x7_2", "mixed_4/tower/conv_1", 128, 128, 1, 7},
    {"Mixed_6b.branch7x7_3", "mixed_4/tower/conv_2", 192, 128, 7, 1},
    {"Mixed_6b.branch7x7dbl_1", "mixed_4/tower_1/conv", 128, 768, 1, 1},
    {"Mixed_6b.branch7x7dbl_2", "mixed_4/tower_1/conv_1", 128, 128, 7, 1},
    {"Mixed_6b.branch7x7dbl_3", "mixed_4/tower_1/conv_2", 128, 128, 1, 7},
    {"Mixed_6b.branch7x7dbl_4", "mixed_4/tower_1/conv_3", 128, 128, 7, 1},
    {"Mixed_6b.branch7x7dbl_5", "mixed_4/tower_1/conv_4", 192, 128, 1, 7},
    {"Mixed_6b.branch_pool", "mixed_4/tower_2/conv", 192, 768, 1, 1},
    {"Mixed_6c.branch1x1", "mixed_5/conv", 192, 768, 1, 1},
    {"Mixed_6c.branch7x7_1", "mixed_5/tower/conv", 160, 768, 1, 1},
    {"Mixed_6c.branch7x7_2", "mixed_5/tower/conv_1", 160, 160, 1, 7},
    {"Mixed_6c.branch7x7_3", "mixed_5/tower/conv_2", 192, 160, 7, 1},
    {"Mixed_6c.branch7x7dbl_1", "mixed_5/tower_1/conv", 160, 768, 1, 1},
    {"Mixed_6c.branch7x7dbl_2", "mixed_5/tower_1/conv_1", 160, 160, 7, 1},
    {"Mixed_6c.branch7x7dbl_3", "mixed_5/tower_1/conv_2", 160, 160, 1, 7},
    {"Mixed_6c.branch7x7dbl_4", "mixed_5/tower_1/conv_3", 160, 160, 7, 1},
    {"Mixed_6c.branch7x7dbl_5", "mixed_5/tower_1/conv_4", 192, 160, 1, 7},
    {"Mixed_6c.branch_pool", "mixed_5/tower_2/conv", 192, 768, 1, 1},
    {"Mixed_6d.branch1x1", "mixed_6/conv", 192, 768, 1, 1},
    {"Mixed_6d.branch7x7_1", "mixed_6/tower/conv", 160, 768, 1, 1},
    {"Mixed_6d.branch7x7_2", "mixed_6/tower/conv_1", 160, 160, 1, 7},
    {"Mixed_6d.branch7x7_3", "mixed_6/tower/conv_2", 192, 160, 7, 1},
    {"Mixed_6d.branch7x7dbl_1", "mixed_6/tower_1/conv", 160, 768, 1, 1},
    {"Mixed_6d.branch7x7dbl_2", "mixed_6/tower_1/conv_1", 160, 160, 7, 1},
    {"Mixed_6d.branch7x7dbl_3", "mixed_6/tower_1/conv_2", 160, 160, 1, 7},
    {"Mixed_6d.branch7x7dbl_4", "mixed_6/tower_1/conv_3", 160, 160, 7, 1},
    {"Mixed_6d.branch7x7dbl_5", "mixed_6/tower_1/conv_4", 192, 160, 1, 7},
    {"Mixed_6d.branch_pool", "mixed_6/tower_2/conv", 192, 768, 1, 1},
    {"Mixed_6e.branch1x1", "mixed_7/conv", 192, 768, 1, 1},
    {"Mixed_6e.branch7x7_1", "mixed_7/tower/conv", 192, 768, 1, 1},
    {"Mixed_6e.branch7x7_2", "mixed_7/tower/conv_1", 192, 192, 1, 7},
    {"Mixed_6e.branch7x7_3", "mixed_7/tower/conv_2", 192, 192, 7, 1},
    {"Mixed_6e.branch7x7dbl_1", "mixed_7/tower_1/conv", 192, 768, 1, 1},
    {"Mixed_6e.branch7x7dbl_2", "mixed_7/tower_1/conv_1", 192, 192, 7, 1},
    {"Mixed_6e.branch7x7dbl_3", "mixed_7/tower_1/conv_2", 192, 192, 1, 7},
    {"Mixed_6e.branch7x7dbl_4", "mixed_7/tower_1/conv_3", 192, 192, 7, 1},
    {"Mixed_6e.branch7x7dbl_5", "mixed_7/tower_1/conv_4", 192, 192, 1, 7},
    {"Mixed_6e.branch_pool", "mixed_7/tower_2/conv", 192, 768, 1, 1},
    {"Mixed_7a.branch3x3_1", "mixed_8/tower/conv", 192, 768, 1, 1},
    {"Mixed_7a.branch3x3_2", "mixed_8/tower/conv_1", 320, 192, 3, 3},
    {"Mixed_7a.branch7x7x3_1", "mixed_8/tower_1/conv", 192, 768, 1, 1},
    {"Mixed_7a.branch7x7x3_2", "mixed_8/tower_1/conv_1", 192, 192, 1, 7},
    {"Mixed_7a.branch7x7x3_3", "mixed_8/tower_1/conv_2", 192, 192, 7, 1},
    {"Mixed_7a.branch7x7x3_4", "mixed_8/tower_1/conv_3", 192, 192, 3, 3},
    {"Mixed_7b.branch1x1", "mixed_9/conv", 320, 1280, 1, 1},
    {"Mixed_7b.branch3x3_1", "mixed_9/tower/conv", 384, 1280, 1, 1},
    {"Mixed_7b.branch3x3_2a", "mixed_9/tower/mixed/conv", 384, 384, 1, 3},
    {"Mixed_7b.branch3x3_2b", "mixed_9/tower/mixed/conv_1", 384, 384, 3, 1},
    {"Mixed_7b.branch3x3dbl_1", "mixed_9/tower_1/conv", 448, 1280, 1, 1},
    {"Mixed_7b.branch3x3dbl_2", "mixed_9/tower_1/conv_1", 384, 448, 3, 3},
    {"Mixed_7b.branch3x3dbl_3a", "mixed_9/tower_1/mixed/conv", 384, 384, 1, 3},
    {"Mixed_7b.branch3x3dbl_3b", "mixed_9/tower_1/mixed/conv_1", 384, 384, 3, 1},
    {"Mixed_7b.branch_pool", "mixed_9/tower_2/conv", 192, 1280, 1, 1},
    {"Mixed_7c.branch1x1", "mixed_10/conv", 320, 2048, 1, 1},
    {"Mixed_7c.branch3x3_1", "mixed_10/tower/conv", 384, 2048, 1, 1},
    {"Mixed_7c.branch3x3_2a", "mixed_10/tower/mixed/conv", 384, 384, 1, 3},
    {"Mixed_7c.branch3x3_2b", "mixed_10/tower/mixed/conv_1", 384, 384, 3, 1},
    {"Mixed_7c.branch3x3dbl_1", "mixed_10/tower_1/conv", 448, 2048, 1, 1},
    {"Mixed_7c.branch3x3dbl_2", "mixed_10/tower_1/conv_1", 384, 448, 3, 3},
    {"Mixed_7c.branch3x3dbl_3a", "mixed_10/tower_1/mixed/conv", 384, 384, 1, 3},
    {"Mixed_7c.branch3x3dbl_3b", "mixed_10/tower_1/mixed/conv_1", 384, 384, 3, 1},
    {"Mixed_7c.branch_pool", "mixed_10/tower_2/conv", 192, 2048, 1, 1},
};
_Static_assert(sizeof inception_convs / sizeof inception_convs[0] == FEAT_N_CONVS, "a name for each convolution");

const feat_layout feat_inception_layout = {inception_convs, FEAT_N_CONVS, FEAT_FEATURE_DIM, 1008, 1000};

static void put(feat_tensor *t, const char *prefix, const char *suffix, size_t rank, const uint32_t *shape)
{
    memset(t, 0, sizeof *t);
    (void)snprintf(t->name, sizeof t->name, "%s%s", prefix, suffix);
    t->rank = (uint32_t)rank;
    t->n_elements = 1;
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[i];
        t->n_elements *= shape[i];
    }
}

size_t feat_layout_tensors(feat_tensor *list, const feat_layout *layout, const feat_head *head, int has_gamma)
{
    size_t n = 0;
    for (size_t i = 0; i < layout->n_convs; i++) {
        const feat_conv_name *c = &layout->convs[i];
        const uint32_t shape[4] = {c->oc, c->ic, c->kh, c->kw};
        put(&list[n++], c->torch, ".conv.weight", 4, shape);
        if (has_gamma)
            put(&list[n++], c->torch, ".bn.weight", 1, shape);
        put(&list[n++], c->torch, ".bn.bias", 1, shape);
        put(&list[n++], c->torch, ".bn.running_mean", 1, shape);
        put(&list[n++], c->torch, ".bn.running_var", 1, shape);
    }
    for (size_t i = 0; i < head->n_layers; i++) {
        char prefix[32] = "fc";
        const uint32_t shape[2] = {head->size[i + 1], head->size[i]};
        if (head->n_layers > 1)
            (void)snprintf(prefix, sizeof prefix, "fc.%zu", i);
        put(&list[n++], prefix, ".weight", 2, shape);
        put(&list[n++], prefix, ".bias", 1, shape);
    }
    return n;
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
