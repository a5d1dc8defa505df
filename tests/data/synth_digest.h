/* Written by make_synth_digest.py: what synthetic weights must be. */
#define SYNTH1_1008_FLOAT32 "f7db60fb527b31aaa6bfc39158ed3f3698013373173c34f7c2dc452a3784ab9d"
#define SYNTH1_1000_FLOAT32 "471418f5092a002a986ed54a83c661ef63e498752b03afb45c9047005b9dc3d7"
#define SYNTH1_1008_FLOAT16 "9d77c25293004fd176d89ab052e34b69ebb079ecb59f322fdd29ce1a33289dc9"
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
