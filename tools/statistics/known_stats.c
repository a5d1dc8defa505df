/* The table of published references. A row wants a source that says the SHA-256; none is made up. The digests of EDM's,
 * EDM2's, TTUR's and clean-fid's files are published nowhere that was found, so these are not here.
 *
 * VIRTUAL_imagenet256_labeled.npz: digest and size in pinned assets of SiT-Complementary's and another evaluation's
 *   scripts, of the copy in SII-PengZheng/discon on Hugging Face and of OpenAI's own URL; the digest in a third README.
 *   guided-diffusion's evaluations/README.md: statistics of the whole data set, beside 10,000 images.
 * jit_in256_stats.npz, jit_in512_stats.npz: digests in the README of NVlabs/PixelDiT and in that of a Jittor port of
 *   JiT, both of the files in LTH14/JiT, fid_stats. JiT measures with torch-fidelity, so with the pixels of tf1.
 * cifar-10-binary.tar.gz: digests of the archive and of each file in TorchVision for Ruby, that of the archive in many
 *   more; torch-fidelity's cifar10-train and every FID of "CIFAR-10 train" are of these 50,000 images. */
#include "tools/statistics/known_stats.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"

#define INCEPTION "Inception-v3"

static const bf_known_part cifar10_train[] = {
    {"data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
    {"data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
    {"data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
    {"data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
    {"data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
};
static const bf_known_part cifar10_test[] = {
    {"test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
};

#define CIFAR10 \
    .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", .bytes = 170052171, \
    .address = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", .file = "cifar-10-binary.tar.gz", \
    .by = "Krizhevsky's"

static const bf_known_stats known[] = {
    {.name = "cifar10-train",
     CIFAR10,
     .data_set = "CIFAR-10",
     .images = "its 50,000 training images",
     .parts = cifar10_train,
     .n_parts = sizeof cifar10_train / sizeof cifar10_train[0]},
    {.name = "cifar10-test",
     CIFAR10,
     .data_set = "CIFAR-10",
     .images = "its 10,000 test images",
     .parts = cifar10_test,
     .n_parts = sizeof cifar10_test / sizeof cifar10_test[0]},
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
    if (k->network != NULL && k->preset != NULL && used < size)
        snprintf(text + used, size - used, "%s %s", k->network, k->preset);
    else if (used >= 2 && used < size)
        text[used - 2] = 0;
    return text;
}

const char *bf_known_stats_cleanfid(char text[BF_ADDRESS_BYTES], const char *name)
{
    char file[BF_ADDRESS_BYTES];
    int n = snprintf(file, sizeof file, "%s.npz", name);
    if (n < 0 || n > 100 || strpbrk(name, "/%?#") != NULL || by_name(file) == NULL)
        return NULL;
    snprintf(text, BF_ADDRESS_BYTES, "https://www.cs.cmu.edu/~clean-fid/stats/%.100s", file);
    return text;
}
