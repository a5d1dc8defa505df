/* Inception-v3 from PyTorch: the state dicts of torchvision and of the published FID weights. Our names are theirs. */
#include "weights/names/name_map.h"

static const feat_net *const nets[] = {&feat_inception_v3_fid, &feat_inception_v3_torchvision, NULL};

/* Batches counted while training, and torchvision's second classifier, which only training uses. */
static const char *const dropped[] = {"*.num_batches_tracked", "AuxLogits.*", NULL};
static const feat_mark marks[] = {{"AuxLogits.*", &feat_inception_v3_torchvision}};

const feat_name_map feat_names_inception_v3_torch = {
    .origin = FEAT_ORIGIN_TORCH,
    .nets = nets,
    .probe = "Mixed_7c.branch_pool.conv.weight",
    .dropped = dropped,
    .marks = marks,
    .n_marks = sizeof marks / sizeof marks[0],
};
