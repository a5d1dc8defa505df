/* Published weight files, so that a conversion can say what it found. */
#include <stddef.h>
#include <string.h>

#include "engine/base/hash.h"
#include "weights/convert.h"

#define FID "inception-v3-fid"
#define APACHE "Apache-2.0"
#define BSD_3 "BSD-3-Clause"
#define NVIDIA "NVIDIA's source code licence, not for commercial use"

/* Sizes and licences where public sources say them; the licence is that of the weights, as far as one is stated. Of a
 * network the first is the one that `make weights` fetches (tools/package/weights.sh). */
static const feat_known_file known_files[] = {
    {"6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2", "pt_inception-2015-12-05-6726825d.pth",
     95628359, APACHE, FID},
    {"009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6",
     "classify_image_graph_def.pb (inception-2015-12-05)", 95673916, APACHE, FID},
    {"f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4", "inception-2015-12-05.pt (StyleGAN's metrics)",
     95607719, NVIDIA, FID},
    /* model.min.js and its six shards, as engine/flat/FORMAT.md joins them */
    {"d6bddb58a2b046dc11ed17247f8efc5ae8a5781f6b492aaf4fdd02e25c82ca91", "nsfwjs 4.3.0 inception_v3 (npm package)", 0,
     "MIT", "inception-v3-keras"},
    {"397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", "torchvision vgg16-397923af.pth", 553433881,
     BSD_3, "vgg16"},
    {"b437eb095feaeb0b83eb3fa11200ebca4548ee39a07fb944a417ddc516cc07c3", "vgg16.pt (StyleGAN's metrics)", 0, NVIDIA,
     "vgg16"},
    {"57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8", "timm vgg16.tv_in1k model.safetensors", 0,
     BSD_3, "vgg16"},
    {"0cc3c7bd", "torchvision inception_v3_google-0cc3c7bd.pth", 0, NULL, "inception-v3-torchvision"},
    {"1a9a5a14", "torchvision inception_v3_google-1a9a5a14.pth", 0, NULL, "inception-v3-torchvision"},
};

const feat_known_file *feat_weights_known_file(const unsigned char source_sha256[32])
{
    char hex[65];
    feat_hex(hex, source_sha256);
    for (size_t i = 0; i < sizeof known_files / sizeof known_files[0]; i++) {
        if (memcmp(hex, known_files[i].sha256, strlen(known_files[i].sha256)) == 0)
            return &known_files[i];
    }
    return NULL;
}

const char *feat_weights_known(const unsigned char source_sha256[32])
{
    const feat_known_file *file = feat_weights_known_file(source_sha256);
    return file != NULL ? file->name : NULL;
}

const feat_known_file *feat_weights_known_at(size_t index)
{
    return index < sizeof known_files / sizeof known_files[0] ? &known_files[index] : NULL;
}
