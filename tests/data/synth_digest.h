/* Written by make_synth_digest.py: what synthetic weights must be. */
#define SYNTH1_1008_FLOAT32 "717fce17bc637fe6c9c13a52fa75032f439a973c8aab1a756977abc870ac2375"
#define SYNTH1_1000_FLOAT32 "203328593cd625979688e3458abed28c7f423c16bd6cc68c86e3ad50b68a1981"
#define SYNTH1_1008_FLOAT16 "296d423b0e9b51fa7d81c75e5c4bc5ef2366e8eb12c29192778a2e82237f9ef8"
static const struct {
    const char *name;
    float first, last;
} synth7[] = {
    {"Conv2d_1a_3x3.conv.weight", -0x1.4d485c0000000p-2f, 0x1.4933d00000000p-4f},
    {"Mixed_5b.branch1x1.bn.running_mean", 0x1.ce52600000000p-6f, -0x1.b644b00000000p-5f},
    {"Mixed_6e.branch7x7_2.bn.weight", 0x1.82561c0000000p-1f, 0x1.9b5b640000000p-1f},
    {"Mixed_7a.branch3x3_2.bn.running_var", 0x1.09a0300000000p+0f, 0x1.7137e80000000p+0f},
    {"Mixed_7c.branch_pool.bn.bias", -0x1.6da66c0000000p-3f, -0x1.2d29580000000p-3f},
    {"fc.weight", -0x1.0641e60000000p-5f, -0x1.0320660000000p-5f},
    {"fc.bias", -0x1.9bfe800000000p-3f, 0x1.e319200000000p-4f},
};
