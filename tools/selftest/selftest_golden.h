/* Written by: bonafide selftest --print-golden. What a correct build gives on any machine; a change
 * here is a change of the numerics contract (engine/ARITHMETIC.md). */
#ifndef BONAFIDE_TOOLS_SELFTEST_SELFTEST_GOLDEN_H
#define BONAFIDE_TOOLS_SELFTEST_SELFTEST_GOLDEN_H

#include <stdint.h>

static const uint64_t bf_golden_kernels[22] = {
    UINT64_C(0xdce66dd00af57692), /* convolution */
    UINT64_C(0x2da7763989936f33), /* convolution, stride 2 */
    UINT64_C(0x1a62d450995ebc4e), /* convolution of RGB */
    UINT64_C(0x596e5958eaba36c5), /* maximum pool */
    UINT64_C(0xb4caffa7e6eb44db), /* average pool */
    UINT64_C(0xcbba78eee660827a), /* mean */
    UINT64_C(0x4728e4549e3e6168), /* filter data */
    UINT64_C(0xeb24b7c3879334ad), /* filter output */
    UINT64_C(0x585dc2f894ab902f), /* filter weights */
    UINT64_C(0xc065c6890db9167b), /* matrix product */
    UINT64_C(0xaa450314c3ec2e86), /* distances */
    UINT64_C(0xef1db35013ff57db), /* dot product */
    UINT64_C(0xe4bbd3c378bb467a), /* sums of rows */
    UINT64_C(0x267bc957952f5b57), /* symmetric product */
    UINT64_C(0x929d3ac2b54be178), /* rotations */
    UINT64_C(0x01ab03bbdf415b1d), /* product of floats */
    UINT64_C(0x55d26134e72bb851), /* distances of rows */
    UINT64_C(0xf74f343fd7998ac3), /* sums of products */
    UINT64_C(0xcb1986fcc5cc6fec), /* powers */
    UINT64_C(0xb6e21fd60796b478), /* layer norm */
    UINT64_C(0xc29d815399b81ab9), /* attention */
    UINT64_C(0x0847e83d507e8cc3), /* activations */
};
static const struct {
    const char *preset;
    uint64_t hash;
} bf_golden_resize[] = {
    {"tf1", UINT64_C(0x1ebb5a19f7f801a1)},
    {"pytorch-fid", UINT64_C(0x6f6ef653e9a026d7)},
    {"clean", UINT64_C(0x6c0677c034eee40a)},
    {"adm", UINT64_C(0x1ebb5a19f7f801a1)},
    {"stylegan", UINT64_C(0x1ebb5a19f7f801a1)},
    {"torchmetrics-1.8", UINT64_C(0x3e16cf48c08a4d0e)},
    {"studiogan-legacy", UINT64_C(0x690b860f97fc820d)},
    {"studiogan-clean", UINT64_C(0x70ad8f7900d0becd)},
    {"studiogan-friendly", UINT64_C(0x7462c7298edb46d6)},
    {"dgm", UINT64_C(0x5b11fc2dd1a0e01a)},
    {"dgm-clean", UINT64_C(0x6c0677c034eee40a)},
    {"edm2", UINT64_C(0x22ee36573d9f4554)},
    {"clip", UINT64_C(0x72a3a3649437e25e)},
    {"cmmd", UINT64_C(0x29299508f49fbddf)},
};
static const struct {
    const char *network;
    uint64_t hash;
} bf_golden_networks[] = {
    {"inception-v3-fid", UINT64_C(0x977c0f07b0698c8a)},
    {"inception-v3-torchvision", UINT64_C(0xcfb165f546f6c7b3)},
    {"inception-v3-keras", UINT64_C(0x1421ca1972395fc6)},
    {"vgg16", UINT64_C(0x5851a47d039246f1)},
    {"dinov2-vits14", UINT64_C(0xd8a204ed4994390b)},
    {"dinov2-vitb14", UINT64_C(0x64ac4c09189dfc3a)},
    {"dinov2-vitl14", UINT64_C(0x6c3ba4c91beb0c58)},
    {"dinov2-vits14-reg4", UINT64_C(0xb70cdfd2be7bfd1f)},
    {"dinov2-vitb14-reg4", UINT64_C(0x3023d176e08186a3)},
    {"dinov2-vitl14-reg4", UINT64_C(0x8c8500432432e794)},
    {"clip-vit-b-32", UINT64_C(0x4f3965e09c0253ff)},
    {"clip-vit-b-16", UINT64_C(0xf3d08a54cfe21db6)},
    {"clip-vit-l-14", UINT64_C(0xc1ec5ee2445a317a)},
    {"clip-vit-l-14-336", UINT64_C(0x9ca160512bc19434)},
};
static const uint64_t bf_golden_exp = UINT64_C(0xc6304044ed6069f5);
static const uint64_t bf_golden_log = UINT64_C(0x7562a14ef1a92fa3);
static const uint64_t bf_golden_statistics = UINT64_C(0x1c21d298cf70a0d1);

#endif
