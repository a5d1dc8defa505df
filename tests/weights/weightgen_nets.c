/* The networks of weightgen.h, which are never run, and how the containers call their layers. */
#include "engine/nets/net_rows.h"
#include "tests/weights/weightgen.h"

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

const feat_net *const gen_nets[] = {&gen_fid, &gen_torchvision, &gen_keras, NULL};

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
    {".conv.weight", "/conv2d_params", 4, {3, 2, 0, 1}},
    {".bn.weight", "/batchnorm/gamma", 1, {0}},
    {".bn.bias", "/batchnorm/beta", 1, {0}},
    {".bn.running_mean", "/batchnorm/moving_mean", 1, {0}},
    {".bn.running_var", "/batchnorm/moving_variance", 1, {0}},
};
static const feat_part_name fixed[] = {{"fc.weight", "softmax/weights", 2, {1, 0}},
                                       {"fc.bias", "softmax/biases", 1, {0}}};

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
    {".conv.weight", "conv2d*/kernel", 4, {3, 2, 0, 1}},
    {".bn.bias", "batch_normalization*/beta", 1, {0}},
    {".bn.running_mean", "batch_normalization*/moving_mean", 1, {0}},
    {".bn.running_var", "batch_normalization*/moving_variance", 1, {0}},
    {".bn.weight", "batch_normalization*/gamma", 1, {0}},
};

static const feat_name_map js = {
    .origin = FEAT_ORIGIN_TFJS, .nets = js_nets, .probe = "conv2d/kernel", .parts = js_parts, .n_parts = 5};

const feat_name_map *const gen_maps[] = {&torch, &graph, &js, NULL};
