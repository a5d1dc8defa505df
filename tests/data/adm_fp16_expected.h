/* Written by tests/data/make_adm_fp16_data.py (NumPy 1.24.2): precision and recall with <=, with <, and how many
 * blocks of the two sets float16 cannot hold. */
#define EXPECTED_ADM_WHOLE_3 \
    {0x1.a117ba117ba11p-1, 0x1.e147ae147ae14p-1, 0x1.9859e9859e986p-1, 0x1.ddddddddddddep-1, 0x0.0p+0}
#define EXPECTED_ADM_WHOLE_5 \
    {0x1.e486de486de48p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x0.0p+0}
#define EXPECTED_ADM_BLOCKS_3 \
    {0x1.a117ba117ba11p-1, 0x1.e147ae147ae14p-1, 0x1.9859e9859e986p-1, 0x1.ddddddddddddep-1, 0x0.0p+0}
#define EXPECTED_ADM_BLOCKS_5 \
    {0x1.e486de486de48p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x0.0p+0}
#define EXPECTED_ADM_LARGE_3 \
    {0x1.9d58a9d58a9d6p-1, 0x1.ddddddddddddep-1, 0x1.9d58a9d58a9d6p-1, 0x1.ddddddddddddep-1, 0x1.e000000000000p+4}
#define EXPECTED_ADM_LARGE_5 \
    {0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x1.e000000000000p+4}
#define EXPECTED_ADM_MIXED_3 \
    {0x1.a7562a7562a75p-1, 0x1.8f5c28f5c28f6p-1, 0x1.a3971a3971a39p-1, 0x1.8da740da740dap-1, 0x1.4000000000000p+2}
#define EXPECTED_ADM_MIXED_5 \
    {0x1.eac54eac54eacp-1, 0x1.a8f5c28f5c28fp-1, 0x1.eac54eac54eacp-1, 0x1.a8f5c28f5c28fp-1, 0x1.4000000000000p+2}
