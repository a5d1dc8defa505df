/* The networks of weightgen.h, which are never run, and how the containers call their layers. */
#include "tests/weights/weightgen.h"

#include <stdio.h>
#include <string.h>

#include "engine/nets/net_rows.h"

enum { IMAGE, STEM, BRANCH_A, BRANCH_B };

static const feat_shape shapes[] = {
    [IMAGE] = {3, 9, 9}, [STEM] = {4, 7, 7}, [BRANCH_A] = {5, 7, 7}, [BRANCH_B] = {2, 7, 7}};

#define OPS(classes)                                                                                         \
    ROW_CONV(0, "Stem_1a", IMAGE, STEM, 0, 4, 3, 3, 3, 1, 0, 0, FEAT_WINO_NONE),                             \
    ROW_CONV(1, "Mix_5b.branch_a", STEM, BRANCH_A, 0, 5, 4, 1, 7, 1, 0, 3, FEAT_WINO_F4_7),                  \
    ROW_CONV1(2, "Mix_5b.branch_b", BRANCH_A, BRANCH_B, 0, 2, 5),                                            \
    ROW_HEAD(3, "fc", 0, BRANCH_B, classes, 6)

static const feat_op fid_ops[] = {OPS(5)}, other_ops[] = {OPS(4)};

static const feat_tap_info taps[] = {{"logits_unbiased", 0}, {"logits", 0}};

#define NET(variant_, number_, ops_, gamma_is_optional_, max_dense_)                                         \
    {                                                                                                        \
        .name = "tiny-" variant_, .family = "tiny", .variant = variant_, .number = number_,                  \
        .tensors = shapes, .n_tensors = sizeof shapes / sizeof shapes[0], .ops = ops_,                       \
        .n_ops = sizeof ops_ / sizeof ops_[0], .taps = taps, .n_taps = 2,                                    \
        .roles = {FEAT_NO_TAP, FEAT_NO_TAP, 0, 1}, .naming = &feat_torch_naming, .norm_epsilon = 0.001,      \
        .gamma_is_optional = gamma_is_optional_, .max_dense = max_dense_, .preset = "tf1",                   \
    }

const feat_net gen_fid = NET("fid", 0, fid_ops, 0, 1);
const feat_net gen_torchvision = NET("torchvision", 1, other_ops, 0, 1);
const feat_net gen_keras = NET("keras", 2, other_ops, 1, FEAT_MAX_DENSE);

/* As VGG-16 is: a convolution with bias, dense layers in panels, the first over four pixels. */
enum { VGG_IMAGE, VGG_CONV, VGG_HALF, VGG_FC1, VGG_FC2 };

static const feat_shape vgg_shapes[] = {
    [VGG_IMAGE] = {1, 4, 4}, [VGG_CONV] = {32, 4, 4}, [VGG_HALF] = {32, 2, 2}, [VGG_FC1] = {16, 1, 1},
    [VGG_FC2] = {32, 1, 1}};

static const feat_op vgg_ops[] = {
    ROW_CONV_BIAS3(0, "features.0", VGG_IMAGE, VGG_CONV, 32, 1, FEAT_WINO_F2_3X3), ROW_HALVE(VGG_CONV, VGG_HALF),
    ROW_DENSE(1, "classifier.0", VGG_HALF, VGG_FC1, 16, 32), ROW_DENSE(2, "classifier.3", VGG_FC1, VGG_FC2, 32, 16)};

const feat_net gen_vgg = {
    .name = "tiny-vgg", .family = "tiny-vgg", .variant = "vgg", .number = 3, .tensors = vgg_shapes,
    .n_tensors = sizeof vgg_shapes / sizeof vgg_shapes[0], .ops = vgg_ops, .n_ops = sizeof vgg_ops / sizeof vgg_ops[0],
    .roles = {FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP, FEAT_NO_TAP}, .naming = &feat_plain_naming, .preset = "tf1",
};

const feat_net *const gen_nets[] = {&gen_fid, &gen_torchvision, &gen_keras, &gen_vgg, NULL};

/* --- names -------------------------------------------------------------------------------------- */

const feat_layer_name gen_layers[GEN_CONVS] = {
    {"Stem_1a", "conv"}, {"Mix_5b.branch_a", "mixed/tower/conv"}, {"Mix_5b.branch_b", "mixed/tower/conv_1"}};

static const feat_net *const torch_nets[] = {&gen_fid, &gen_torchvision, NULL};
static const feat_net *const graph_nets[] = {&gen_fid, NULL}, *const js_nets[] = {&gen_keras, NULL};

static const char *const dropped[] = {"*.num_batches_tracked", "AuxLogits.*", NULL};
static const feat_mark marks[] = {{"AuxLogits.*", &gen_torchvision}};

static const feat_name_map torch = {.origin = FEAT_ORIGIN_TORCH,
                                    .nets = torch_nets,
                                    .probe = "Stem_1a.conv.weight",
                                    .dropped = dropped,
                                    .marks = marks,
                                    .n_marks = 1};

static const feat_part_name graph_parts[] = {
    {".conv.weight", "/conv2d_params", 4, {3, 2, 0, 1}, 0, 0},
    {".bn.weight", "/batchnorm/gamma", 1, {0}, 0, 0},
    {".bn.bias", "/batchnorm/beta", 1, {0}, 0, 0},
    {".bn.running_mean", "/batchnorm/moving_mean", 1, {0}, 0, 0},
    {".bn.running_var", "/batchnorm/moving_variance", 1, {0}, 0, 0},
};
static const feat_part_name fixed[] = {{"fc.weight", "softmax/weights", 2, {1, 0}, 0, 0},
                                       {"fc.bias", "softmax/biases", 1, {0}, 0, 0}};

static const feat_name_map graph = {.origin = FEAT_ORIGIN_GRAPHDEF,
                                    .nets = graph_nets,
                                    .probe = "conv/conv2d_params",
                                    .layers = gen_layers,
                                    .n_layers = GEN_CONVS,
                                    .parts = graph_parts,
                                    .n_parts = 5,
                                    .fixed = fixed,
                                    .n_fixed = 2,
                                    .norm = "/batchnorm"};

static const feat_part_name js_parts[] = {
    {".conv.weight", "conv2d*/kernel", 4, {3, 2, 0, 1}, 0, 0},
    {".bn.bias", "batch_normalization*/beta", 1, {0}, 0, 0},
    {".bn.running_mean", "batch_normalization*/moving_mean", 1, {0}, 0, 0},
    {".bn.running_var", "batch_normalization*/moving_variance", 1, {0}, 0, 0},
    {".bn.weight", "batch_normalization*/gamma", 1, {0}, 0, 0},
};

static const feat_name_map js = {
    .origin = FEAT_ORIGIN_TFJS, .nets = js_nets, .probe = "conv2d/kernel", .parts = js_parts, .n_parts = 5};

/* --- the containers of StyleGAN's metrics, and timm's ------------------------------------------- */

static const feat_layer_name style_layers[] = {{"Stem_1a", "layers.conv"},
                                               {"Mix_5b.branch_a", "layers.mixed.tower.conv"},
                                               {"Mix_5b.branch_b", "layers.mixed.tower_conv_1"}};
static const feat_part_name style_parts[] = {{".conv.weight", ".weight", 4, {0, 1, 2, 3}, 0, 0},
                                             {".bn.bias", ".beta", 1, {0}, 0, 0},
                                             {".bn.running_mean", ".mean", 1, {0}, 0, 0},
                                             {".bn.running_var", ".var", 1, {0}, 0, 0}};
static const feat_part_name style_fixed[] = {{"fc.weight", "output.weight", 2, {0, 1}, 0, 0},
                                             {"fc.bias", "output.bias", 1, {0}, 0, 0}};

static const feat_name_map style = {.origin = FEAT_ORIGIN_TORCH,
                                    .nets = graph_nets,
                                    .probe = "layers.mixed.tower_conv_1.weight",
                                    .layers = style_layers,
                                    .n_layers = GEN_CONVS,
                                    .parts = style_parts,
                                    .n_parts = 4,
                                    .fixed = style_fixed,
                                    .n_fixed = 2,
                                    .ones = ".bn.weight"};

static const feat_net *const vgg_nets[] = {&gen_vgg, NULL};
static const feat_part_name vgg_parts[] = {{".weight", ".weight", 4, {0, 1, 2, 3}, 0, 0},
                                           {".bias", ".bias", 1, {0}, 0, 0}};
static const char *const vgg_dropped[] = {"classifier.6.*", NULL};
static const feat_name_map vgg = {
    .origin = FEAT_ORIGIN_TORCH, .nets = vgg_nets, .probe = "classifier.3.weight", .dropped = vgg_dropped};

static const feat_layer_name timm_layers[] = {{"classifier.0", "pre_logits.fc1"}, {"classifier.3", "pre_logits.fc2"}};
static const char *const timm_dropped[] = {"head.fc.*", NULL};
static const feat_name_map vgg_timm = {.origin = FEAT_ORIGIN_TORCH,
                                       .nets = vgg_nets,
                                       .probe = "pre_logits.fc1.weight",
                                       .layers = timm_layers,
                                       .n_layers = 2,
                                       .parts = vgg_parts,
                                       .n_parts = 2,
                                       .dropped = timm_dropped};

static const feat_layer_name vgg_style_layers[] = {
    {"features.0", "layers.conv1"}, {"classifier.0", "layers.fc1"}, {"classifier.3", "layers.fc2"}};
static const char *const vgg_style_dropped[] = {"layers.fc3.*", "lpips*", NULL};
static const feat_name_map vgg_style = {.origin = FEAT_ORIGIN_TORCH,
                                        .nets = vgg_nets,
                                        .probe = "layers.conv1.weight",
                                        .layers = vgg_style_layers,
                                        .n_layers = 3,
                                        .parts = vgg_parts,
                                        .n_parts = 2,
                                        .dropped = vgg_style_dropped};

const feat_name_map *const gen_maps[] = {&torch, &style, &graph, &js, &vgg, &vgg_timm, &vgg_style, NULL};

static void rename_all(gen_list *list, const feat_name_map *map)
{
    char name[2 * FEAT_NAME_BYTES];
    for (size_t i = 0; i < list->n; i++) {
        gen_tensor *g = &list->t[i];
        for (size_t k = 0; k < map->n_fixed; k++)
            if (strcmp(g->name, map->fixed[k].ours) == 0)
                (void)snprintf(g->name, sizeof g->name, "%s", map->fixed[k].theirs);
        for (size_t k = 0; k < map->n_layers * map->n_parts; k++) {
            const feat_layer_name *layer = &map->layers[k / map->n_parts];
            const feat_part_name *part = &map->parts[k % map->n_parts];
            (void)snprintf(name, sizeof name, "%s%s", layer->ours, part->ours);
            if (strcmp(g->name, name) == 0)
                (void)snprintf(g->name, sizeof g->name, "%s%s", layer->theirs, part->theirs);
        }
    }
}

void gen_as_stylegan(gen_list *list, const feat_net *net)
{
    for (size_t i = list->n; net == &gen_fid && i-- > 0;)
        if (strstr(list->t[i].name, ".bn.weight") != NULL || strstr(list->t[i].name, ".num_batches") != NULL)
            gen_drop(list, list->t[i].name);
    rename_all(list, net == &gen_vgg ? &vgg_style : &style);
}

void gen_as_timm(gen_list *list)
{
    for (int layer = 0; layer < 2; layer++) {
        gen_tensor *g = gen_find(list, layer == 0 ? "classifier.0.weight" : "classifier.3.weight");
        int64_t side = layer == 0 ? 2 : 1;
        g->rank = 4;
        g->shape[1] /= side * side;
        g->shape[2] = g->shape[3] = side;
        g->stride[1] = side * side;
        g->stride[2] = side;
        g->stride[3] = 1;
    }
    rename_all(list, &vgg_timm);
}
