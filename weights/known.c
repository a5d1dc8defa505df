/* Published weight files, so that a conversion can say what it found. */
#include <stddef.h>
#include <string.h>

#include "engine/base/hash.h"
#include "weights/convert.h"

#define FID "inception-v3-fid"
#define APACHE "Apache-2.0"
#define BSD_3 "BSD-3-Clause"
#define NVIDIA "NVIDIA's source code licence, not for commercial use"

/* Where the publishers have them. */
#define PYTORCH_FID "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
#define TORCHVISION "https://download.pytorch.org/models/"
#define DINOV2 "https://dl.fbaipublicfiles.com/dinov2/"
#define CLIP "https://openaipublic.azureedge.net/clip/models/"

/* Sizes and licences where public sources say them; the licence is that of the weights, as far as one is stated. The
 * one with an address is what `weights get` fetches; the others of its network it takes too (--from). */
static const feat_known_file known_files[] = {
    {"6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2", "pt_inception-2015-12-05-6726825d.pth",
     95628359, APACHE, FID, PYTORCH_FID "pt_inception-2015-12-05-6726825d.pth"},
    {"009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6",
     "classify_image_graph_def.pb (inception-2015-12-05)", 95673916, APACHE, FID, NULL},
    {"f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4",
     "inception-2015-12-05.pt (StyleGAN's metrics)", 95607719, NVIDIA, FID, NULL},
    /* model.min.js and its six shards, as engine/flat/FORMAT.md joins them */
    {"d6bddb58a2b046dc11ed17247f8efc5ae8a5781f6b492aaf4fdd02e25c82ca91", "nsfwjs 4.3.0 inception_v3 (npm package)",
     0, "MIT", "inception-v3-keras", NULL},
    {"397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", "torchvision vgg16-397923af.pth",
     553433881, BSD_3, "vgg16", TORCHVISION "vgg16-397923af.pth"},
    {"b437eb095feaeb0b83eb3fa11200ebca4548ee39a07fb944a417ddc516cc07c3", "vgg16.pt (StyleGAN's metrics)",
     0, NVIDIA, "vgg16", NULL},
    {"57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8", "timm vgg16.tv_in1k model.safetensors",
     0, BSD_3, "vgg16", NULL},
    {"b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9", "dinov2_vits14_pretrain.pth",
     88283115, APACHE, "dinov2-vits14", DINOV2 "dinov2_vits14/dinov2_vits14_pretrain.pth"},
    {"0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73", "dinov2_vitb14_pretrain.pth",
     346378731, APACHE, "dinov2-vitb14", DINOV2 "dinov2_vitb14/dinov2_vitb14_pretrain.pth"},
    {"d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428", "dinov2_vitl14_pretrain.pth",
     1217586395, APACHE, "dinov2-vitl14", DINOV2 "dinov2_vitl14/dinov2_vitl14_pretrain.pth"},
    {"f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb", "dinov2_vits14_reg4_pretrain.pth",
     88291785, APACHE, "dinov2-vits14-reg4", DINOV2 "dinov2_vits14/dinov2_vits14_reg4_pretrain.pth"},
    {"73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71", "dinov2_vitb14_reg4_pretrain.pth",
     346393545, APACHE, "dinov2-vitb14-reg4", DINOV2 "dinov2_vitb14/dinov2_vitb14_reg4_pretrain.pth"},
    {"36e4deffbaef061a2576705b0c36f93621e2ae20bf6274694821b0b492551b51", "dinov2_vitl14_reg4_pretrain.pth",
     1217607321, APACHE, "dinov2-vitl14-reg4", DINOV2 "dinov2_vitl14/dinov2_vitl14_reg4_pretrain.pth"},
    {"40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", "ViT-B-32.pt (OpenAI)",
     353976522, "MIT", "clip-vit-b-32",
     CLIP "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt"},
    {"5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", "ViT-B-16.pt (OpenAI)",
     350837078, "MIT", "clip-vit-b-16",
     CLIP "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f/ViT-B-16.pt"},
    {"b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", "ViT-L-14.pt (OpenAI)",
     932768134, "MIT", "clip-vit-l-14",
     CLIP "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836/ViT-L-14.pt"},
    {"3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", "ViT-L-14-336px.pt (OpenAI)",
     934088680, "MIT", "clip-vit-l-14-336",
     CLIP "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02/ViT-L-14-336px.pt"},
    {"a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f",
     "openai/clip-vit-base-patch32 pytorch_model.bin", 605247071, "MIT", "clip-vit-b-32", NULL},
    {"a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb",
     "openai/clip-vit-large-patch14 model.safetensors", 1710540580, "MIT", "clip-vit-l-14", NULL},
    {"0cc3c7bd", "torchvision inception_v3_google-0cc3c7bd.pth", 0, NULL, "inception-v3-torchvision", NULL},
    {"1a9a5a14", "torchvision inception_v3_google-1a9a5a14.pth", 0, NULL, "inception-v3-torchvision", NULL},
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

/* What tensors are, whatever their file says of itself: as `weights convert` makes them of a published file that could
 * be had here, and of seed 1 of the networks that FORMAT.md has (both variants that are no fid have the same). */
static const struct {
    const char *sha256, *name;
} known_contents[] = {
    {"b49f3efe478375010d6a22ff653e1e71e165f04eb3e6cf0e506e6244bbf56cd9", "nsfwjs 4.3.0 inception_v3 (npm package)"},
    {"717fce17bc637fe6c9c13a52fa75032f439a973c8aab1a756977abc870ac2375", "synth:1"},
    {"203328593cd625979688e3458abed28c7f423c16bd6cc68c86e3ad50b68a1981", "synth:1"},
    {"3328a059968a1d21cca171a39b621b3688741be9fc96c76ce6bee22cccd6eddf", "synth:1"},
    {"a7c12e341caf83909004660af44cdf1bb8b18cc8712a02c24fb1d22c9cebd9fb", "synth:1"},
    {"7dbd02126aaa77eb51531af5f4ac6845dca82eaad89188b665f1b8637161637d", "synth:1"},
};

const char *feat_weights_known_content(const unsigned char content_sha256[32])
{
    char hex[65];
    feat_hex(hex, content_sha256);
    for (size_t i = 0; i < sizeof known_contents / sizeof known_contents[0]; i++)
        if (strcmp(hex, known_contents[i].sha256) == 0)
            return known_contents[i].name;
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

const feat_known_file *feat_weights_published(const char *network)
{
    for (size_t i = 0; i < sizeof known_files / sizeof known_files[0]; i++)
        if (known_files[i].address != NULL && strcmp(known_files[i].network, network) == 0)
            return &known_files[i];
    return NULL;
}
