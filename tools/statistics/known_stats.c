/* The table of published statistics. A row wants a source that says the SHA-256; none is made up. The digests of EDM's,
 * EDM2's, TTUR's and clean-fid's files are published nowhere that was found, so these are not here.
 *
 * VIRTUAL_imagenet256_labeled.npz: digest and size in pinned assets of SiT-Complementary's and another evaluation's
 *   scripts, of the copy in SII-PengZheng/discon on Hugging Face and of OpenAI's own URL; the digest in a third README.
 *   guided-diffusion's evaluations/README.md: statistics of the whole data set, beside 10,000 images.
 * jit_in256_stats.npz, jit_in512_stats.npz: digests in the README of NVlabs/PixelDiT and in that of a Jittor port of
 *   JiT, both of the files in LTH14/JiT, fid_stats. JiT measures with torch-fidelity, so with the pixels of tf1. */
#include "tools/statistics/known_stats.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"

#define INCEPTION "Inception-v3"

static const bf_known_stats known[] = {
    {.name = "imagenet256-adm",
     .sha256 = "b32732719497e42660a9affb4a966068cba0855ac449b82015e34ec376d20758",
     .bytes = 2037122530,
     .address = "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/imagenet/256/"
                "VIRTUAL_imagenet256_labeled.npz",
     .file = "VIRTUAL_imagenet256_labeled.npz",
     .data_set = "ImageNet 256x256",
     .by = "guided-diffusion's",
     .images = "the whole data set",
     .network = INCEPTION,
     .preset = "tf1"},
    {.name = "imagenet256-jit",
     .sha256 = "412046720c0d496dc6d72a30eac3e22b9ef6ddac3501cce7f996674ad227ba4c",
     .address = "https://github.com/LTH14/JiT/raw/main/fid_stats/jit_in256_stats.npz",
     .file = "jit_in256_stats.npz",
     .data_set = "ImageNet 256x256",
     .by = "JiT's",
     .network = INCEPTION,
     .preset = "tf1"},
    {.name = "imagenet512-jit",
     .sha256 = "cdd15b54f9d1f26a881fcdc920a3410fa7a934047d6c4f5b8395b87182a9ab42",
     .address = "https://github.com/LTH14/JiT/raw/main/fid_stats/jit_in512_stats.npz",
     .file = "jit_in512_stats.npz",
     .data_set = "ImageNet 512x512",
     .by = "JiT's",
     .network = INCEPTION,
     .preset = "tf1"},
};

/* What clean-fid's modes are called in the names of its files, longest first. */
static const struct {
    const char *mode;
    bf_known_stats stats;
} modes[] = {
    {"_legacy_tensorflow_",
     {.by = "clean-fid's by its name, mode legacy_tensorflow", .network = INCEPTION, .preset = "tf1"}},
    {"_legacy_pytorch_",
     {.by = "clean-fid's by its name, mode legacy_pytorch", .network = INCEPTION, .preset = "pytorch-fid"}},
    {"_clean_", {.by = "clean-fid's by its name, mode clean", .network = INCEPTION, .preset = "clean"}},
};

bool bf_known_stats_may_be(uint64_t bytes)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].bytes == bytes)
            return true;
    return bytes <= (uint64_t)64 << 20;
}

const bf_known_stats *bf_known_stats_at(size_t i)
{
    return i < sizeof known / sizeof known[0] ? &known[i] : NULL;
}

/* NAME_MODE_SPLIT_RES.npz */
static const bf_known_stats *by_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t n = strlen(name);
    if (n < 4 || strcmp(name + n - 4, ".npz") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const char *at = strstr(name, modes[i].mode);
        if (at == NULL || at == name)
            continue;
        const char *split = at + strlen(modes[i].mode), *res = strchr(split, '_');
        return res != NULL && res != split && strchr(res + 1, '_') == NULL ? &modes[i].stats : NULL;
    }
    return NULL;
}

const bf_known_stats *bf_known_stats_find(const bf_digest *digest, const char *path)
{
    char hex[65];
    if (digest->known) {
        feat_hex(hex, digest->sha256);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (strcmp(hex, known[i].sha256) == 0)
                return &known[i];
    }
    return by_name(path);
}

const char *bf_known_stats_text(char *text, size_t size, const bf_known_stats *k)
{
    const char *const words[] = {k->data_set, k->by, k->images};
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0] && used < size; i++)
        if (words[i] != NULL)
            used += (size_t)snprintf(text + used, size - used, "%s, ", words[i]);
    if (used < size)
        snprintf(text + used, size - used, "%s %s", k->network, k->preset);
    return text;
}
