/* Written by tests/data/make_stylegan_fp16_data.py (PyTorch 1.13.0a0): precision and recall with <=, with <; the matrix
 * product in float32, in float64. */
#define EXPECTED_STYLEGAN_SMALL_3 \
    {{0x1.9e9859e9859eap-1, 0x1.df92c5f92c5f9p-1, 0x1.9d58a9d58a9d6p-1, 0x1.ddddddddddddep-1}, \
     {0x1.9e9859e9859eap-1, 0x1.df92c5f92c5f9p-1, 0x1.9d58a9d58a9d6p-1, 0x1.ddddddddddddep-1}}
#define EXPECTED_STYLEGAN_SMALL_5 \
    {{0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e2077e2077e20p-1, 0x1.fe4b17e4b17e5p-1}, \
     {0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e2077e2077e20p-1, 0x1.fe4b17e4b17e5p-1}}
#define EXPECTED_STYLEGAN_LARGE_3 \
    {{0x1.bd194237fa89ep-1, 0x1.db645a1cac083p-1, 0x1.bd194237fa89ep-1, 0x1.dae147ae147aep-1}, \
     {0x1.bd194237fa89ep-1, 0x1.db645a1cac083p-1, 0x1.bd194237fa89ep-1, 0x1.dae147ae147aep-1}}
#define EXPECTED_STYLEGAN_LARGE_5 \
    {{0x1.e45a1cac08312p-1, 0x1.f4395810624ddp-1, 0x1.e45a1cac08312p-1, 0x1.f4395810624ddp-1}, \
     {0x1.e45a1cac08312p-1, 0x1.f4395810624ddp-1, 0x1.e45a1cac08312p-1, 0x1.f4395810624ddp-1}}
#define EXPECTED_STYLEGAN_WIDE_3 \
    {{0x1.999999999999ap-1, 0x1.d4fdf3b645a1dp-1, 0x1.962fc962fc963p-1, 0x1.d4fdf3b645a1dp-1}, \
     {0x1.999999999999ap-1, 0x1.d4fdf3b645a1dp-1, 0x1.962fc962fc963p-1, 0x1.d4fdf3b645a1dp-1}}
#define EXPECTED_STYLEGAN_WIDE_5 \
    {{0x1.e666666666666p-1, 0x1.f7ced916872b0p-1, 0x1.e4b17e4b17e4bp-1, 0x1.f7ced916872b0p-1}, \
     {0x1.e666666666666p-1, 0x1.f7ced916872b0p-1, 0x1.e4b17e4b17e4bp-1, 0x1.f7ced916872b0p-1}}
