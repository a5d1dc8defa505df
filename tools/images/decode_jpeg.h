/* Private to decode_jpeg*.c: a JPEG (ITU T.81) while it is decoded. What the parts do is in each file's head;
 * whose arithmetic it is, and why, in tools/images/PIXELS.md. */
#ifndef BONAFIDE_TOOLS_IMAGES_DECODE_JPEG_H
#define BONAFIDE_TOOLS_IMAGES_DECODE_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BF_JPEG_COMPONENTS = 4,
    BF_JPEG_TABLES = 4,
    BF_JPEG_MCU_BLOCKS = 10, /* T.81, B.2.3 */
    BF_JPEG_LOOK_BITS = 10
};

/* How a component's plane becomes as large as the picture. */
typedef enum bf_jpeg_upsampling {
    BF_JPEG_FULL,   /* it is */
    BF_JPEG_H2,     /* twice as wide, by interpolation */
    BF_JPEG_V2,     /* twice as high, likewise */
    BF_JPEG_H2V2,   /* both */
    BF_JPEG_REPEAT, /* by whole factors, samples repeated */
    BF_JPEG_NO_WAY  /* by factors that are not whole */
} bf_jpeg_upsampling;

typedef enum bf_jpeg_colours {
    BF_JPEG_GREY,
    BF_JPEG_RGB,
    BF_JPEG_YCC,
    BF_JPEG_CMYK,
    BF_JPEG_YCCK
} bf_jpeg_colours;

/* Of a Huffman table: as the file has it, and made ready by bf_jpeg_huff_ready. */
typedef struct bf_jpeg_huff {
    bool there, ready;
    uint8_t count[17]; /* of codes of each length, from 1 */
    uint8_t symbol[256];
    /* By the next bits: symbol, length << 8, and that with the bits of the symbol's value << 16; 0: a longer
     * code. */
    uint32_t look[1 << BF_JPEG_LOOK_BITS];
    int32_t most[18];  /* largest code of each length, -1: none */
    int32_t first[17]; /* what to add to a code for the place of its symbol */
} bf_jpeg_huff;

/* Entropy-coded bits: the upper `n` of `buffer`; the last `made_up` of these are zeros that the file has not. */
typedef struct bf_jpeg_bits {
    const uint8_t *at, *end;
    uint64_t buffer;
    int n, made_up;
    int marker;   /* met; 0: none yet, -1: the file ends here */
    size_t stray; /* bytes so far that belong to nothing */
} bf_jpeg_bits;

/* Registers of the arithmetic decoder (T.81, annex D). */
typedef struct bf_jpeg_arith {
    uint32_t c, a;
    int shift;
    size_t made_up; /* zero bytes that the file has not */
    uint8_t dc[BF_JPEG_TABLES][64], ac[BF_JPEG_TABLES][256], even[4];
} bf_jpeg_arith;

typedef struct bf_jpeg_component {
    int id, h, v, quant_index;
    bool quant_known;
    size_t w_blocks, h_blocks; /* with samples of the picture */
    size_t w_padded, h_padded; /* blocks of whole MCUs */
    size_t w, rows;            /* samples of the picture */
    bf_jpeg_upsampling up;
    int dc_table, ac_table; /* of the scan in hand */
    uint32_t dc;            /* prediction, modulo 2^32 */
    int dc_context;         /* of the arithmetic decoder */
    uint8_t *plane;         /* the last rows of samples, [ring][8 w_padded]: row y is at y modulo ring */
    size_t ring;            /* rows of two MCUs: those above and below a row have a part in it */
    int16_t *coefficients;  /* [h_padded][w_padded][64]; NULL when one scan has all components */
    size_t rows_done;       /* of the plane */
    int8_t sent[64];        /* in zigzag order: bits that are still missing, -1: never sent */
    int16_t quant[64];      /* in rows, modulo 2^16 */
} bf_jpeg_component;

typedef struct bf_jpeg {
    bf_jpeg_bits bits;
    const char *reason; /* why not; a constant */
    size_t resyncs;     /* restart markers that were not the expected ones */
    bool frame, progressive, arithmetic, jfif, adobe;
    int adobe_transform;
    bf_jpeg_colours colours;
    size_t w, h;
    int n_components, h_most, v_most;
    bf_jpeg_component component[BF_JPEG_COMPONENTS];
    bool several_scans;
    int n_scans;
    size_t restart_interval;
    /* The scan in hand. */
    int n_in_scan, in_scan[BF_JPEG_COMPONENTS];
    int from, to, high, low; /* Ss, Se, Ah, Al */
    uint32_t end_of_band;    /* EOBRUN */
    size_t to_restart;
    int next_restart;
    bool dry; /* its data have run out */
    bool quant_there[BF_JPEG_TABLES];
    uint16_t quant[BF_JPEG_TABLES][64]; /* in zigzag order */
    bf_jpeg_huff dc_huff[BF_JPEG_TABLES], ac_huff[BF_JPEG_TABLES];
    uint8_t arith_low[BF_JPEG_TABLES], arith_high[BF_JPEG_TABLES], arith_k[BF_JPEG_TABLES];
    bf_jpeg_arith arith;
    uint8_t *rows[BF_JPEG_COMPONENTS]; /* room for a row of each component, as wide as the picture */
    uint16_t *sums;                    /* room for one in the making */
    uint32_t *pixels;                  /* room for a row of the picture */
} bf_jpeg;

/* Place in rows of each coefficient in zigzag order; runs of broken files may go 16 beyond the end. */
extern const uint8_t bf_jpeg_zigzag[80];

/* --- decode_jpeg_huff.c ------------------------------------------------------------------------------- */

/* False with a reason when the table is not one. */
bool bf_jpeg_huff_ready(bf_jpeg *j, bf_jpeg_huff *table, bool dc);

/* The tables of annex K, for those that a motion JPEG leaves out. */
void bf_jpeg_huff_standard(bf_jpeg *j);

/* Fills the buffer to at least 32 bits, with zeros if it must. */
void bf_jpeg_fill(bf_jpeg_bits *bits);

/* One block of a sequential scan: *last is the place of its last coefficient, 0: DC alone. The block is zero
 * before. False when a code is in no table. */
bool bf_jpeg_huff_block(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64], int *last);

/* The same for a progressive scan, of its kind. */
bool bf_jpeg_huff_progressive(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64]);

/* --- decode_jpeg_arith.c ------------------------------------------------------------------------------ */

/* At the start of a scan and of each restart interval. */
void bf_jpeg_arith_reset(bf_jpeg *j);

bool bf_jpeg_arith_block(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64], int *last);
bool bf_jpeg_arith_progressive(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64]);

/* --- decode_jpeg_idct.c ------------------------------------------------------------------------------- */

/* Dequantised and transformed into out [8][stride]. dc_alone: all other coefficients are zero. */
void bf_jpeg_idct(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride,
                  bool dc_alone);

/* The same without vector instructions: what defines it. */
void bf_jpeg_idct_plain(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride);

/* --- decode_jpeg_colour.c ----------------------------------------------------------------------------- */

/* How a component is brought to the picture's size. */
bf_jpeg_upsampling bf_jpeg_upsampling_of(const bf_jpeg *j, const bf_jpeg_component *c);

/* Rows [from, to) of the planes to rgb [h][w][3]. */
void bf_jpeg_rows(const bf_jpeg *j, size_t from, size_t to, uint8_t *rgb);

#endif
