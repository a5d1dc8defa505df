/* VGG-16 from PyTorch: torchvision's names, which are ours; timm's, whose dense layers are convolutions; those of the
 * TorchScript archive that StyleGAN's metrics use. None needs the third dense layer. */
#include "weights/names/name_map.h"

static const feat_net *const nets[] = {&feat_vgg16, NULL};

static const feat_part_name parts[] = {{".weight", ".weight", 4, {0, 1, 2, 3}, 0, 0}, {".bias", ".bias", 1, {0}, 0, 0}};

static const char *const torch_dropped[] = {"classifier.6.*", NULL};

const feat_name_map feat_names_vgg16_torch = {
    .origin = FEAT_ORIGIN_TORCH, .nets = nets, .probe = "classifier.3.weight", .dropped = torch_dropped};

static const feat_layer_name timm_layers[] = {{"classifier.0", "pre_logits.fc1"}, {"classifier.3", "pre_logits.fc2"}};
static const char *const timm_dropped[] = {"head.fc.*", NULL};

const feat_name_map feat_names_vgg16_timm = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "pre_logits.fc1.weight",
    .layers = timm_layers,
    .n_layers = sizeof timm_layers / sizeof timm_layers[0],
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
    .dropped = timm_dropped,
};

static const feat_layer_name stylegan_layers[] = {
    {"features.0", "layers.conv1"},   {"features.2", "layers.conv2"},   {"features.5", "layers.conv3"},
    {"features.7", "layers.conv4"},   {"features.10", "layers.conv5"},  {"features.12", "layers.conv6"},
    {"features.14", "layers.conv7"},  {"features.17", "layers.conv8"},  {"features.19", "layers.conv9"},
    {"features.21", "layers.conv10"}, {"features.24", "layers.conv11"}, {"features.26", "layers.conv12"},
    {"features.28", "layers.conv13"}, {"classifier.0", "layers.fc1"},   {"classifier.3", "layers.fc2"},
};
static const char *const stylegan_dropped[] = {"layers.fc3.*", "lpips*", NULL};

const feat_name_map feat_names_vgg16_stylegan = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "layers.conv13.weight",
    .layers = stylegan_layers,
    .n_layers = sizeof stylegan_layers / sizeof stylegan_layers[0],
    .parts = parts,
    .n_parts = sizeof parts / sizeof parts[0],
    .dropped = stylegan_dropped,
};
