/* The public functions of both libraries, called as the bytes say: each opcode takes its arguments from the bytes
 * behind it, sizes are small, rows are floats of any bits. Handles may be missing (NULL), and calls come in any
 * order: moments are added to, skipped, cut into parts, saved and read back, whatever they hold. Every call ends
 * in a value or in an error that says why, and nothing is left behind. */
#include <string.h>

#include "engine/feat.h"
#include "metrics/gmet.h"
#include "metrics/judge/gjudge.h"
#include "tests/fuzz/fuzz.h"

enum { MOST_ROWS = 24, MOST_COLUMNS = 6, MOST_OPS = 24, HANDLES = 2, SAVED = 1 << 14 };

typedef struct state {
    const uint8_t *at, *end;
    gmet_moments *moments[HANDLES];
    float rows[2][MOST_ROWS * MOST_COLUMNS];
    gmet_set sets[2];
    double numbers[MOST_ROWS * MOST_ROWS];
    unsigned char saved[SAVED];
    feat_error err;
} state;

static uint8_t byte(state *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

static void bytes(state *s, void *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = byte(s);
}

/* Mostly small; all bits now and then. */
static size_t size(state *s)
{
    size_t n = byte(s);
    if (n == 255)
        bytes(s, &n, sizeof n);
    return n;
}

/* A float: a small whole number, a quarter, or any bits. */
static float number(state *s)
{
    uint8_t kind = byte(s);
    float x = (float)(int8_t)kind / 4.0f;
    if (kind == 128)
        bytes(s, &x, sizeof x);
    return x;
}

static void said(state *s, feat_status status)
{
    fuzz_said(status, &s->err);
    s->err = (feat_error){FEAT_OK, ""};
}

static void take_set(state *s, size_t which)
{
    gmet_set *set = &s->sets[which];
    set->n = byte(s) % (MOST_ROWS + 1);
    set->d = byte(s) % (MOST_COLUMNS + 1);
    for (size_t i = 0; i < set->n * set->d; i++)
        s->rows[which][i] = number(s);
    set->rows = s->rows[which];
}

/* --- moments --------------------------------------------------------------------------------------------- */

static gmet_moments **handle(state *s)
{
    return &s->moments[byte(s) % HANDLES];
}

static void make(state *s)
{
    gmet_moments **m = handle(s);
    gmet_moments_close(m);
    said(s, gmet_moments_create(m, byte(s) % (MOST_COLUMNS + 1), NULL, &s->err));
}

static void add(state *s)
{
    gmet_moments *m = *handle(s);
    const gmet_set *set = &s->sets[byte(s) % 2];
    size_t places[MOST_ROWS], n = gmet_moments_dim(m) > 0 ? set->n * set->d / gmet_moments_dim(m) : set->n;
    n = n > MOST_ROWS ? MOST_ROWS : n;
    bool placed = byte(s) % 2 == 1;
    for (size_t i = 0; i < n && placed; i++)
        places[i] = (i > 0 ? places[i - 1] : 0) + size(s);
    if (placed)
        said(s, gmet_moments_add_at(m, set->rows, places, n, &s->err));
    else
        said(s, gmet_moments_add(m, set->rows, n, gmet_moments_dim(m), &s->err));
}

static void step(state *s)
{
    gmet_moments *m = *handle(s);
    if (byte(s) % 4 == 0)
        said(s, gmet_moments_start(m, size(s), &s->err));
    else
        said(s, gmet_moments_skip(m, size(s), &s->err));
}

static void get(state *s)
{
    const gmet_moments *m = *handle(s);
    size_t d = gmet_moments_dim(m);
    said(s, gmet_moments_get(m, s->numbers, byte(s) % 2 == 0 ? s->numbers + d : NULL, size(s), &s->err));
}

static void give_parts(state *s)
{
    const gmet_moments *from = s->moments[0];
    for (size_t i = 0; i < gmet_moments_n_parts(from); i++) {
        gmet_moments_part part = gmet_moments_get_part(from, i);
        if (gmet_moments_dim(from) != gmet_moments_dim(s->moments[1]))
            part.sums = NULL;
        part.n = byte(s) % 8 == 0 ? size(s) : part.n;
        said(s, gmet_moments_add_part(s->moments[1], &part, &s->err));
    }
}

/* Saved and read back, with a byte changed sometimes. */
static void keep(state *s)
{
    gmet_moments **m = handle(s), *other = NULL;
    size_t n = gmet_moments_saved_bytes(*m);
    feat_status status = gmet_moments_save_bytes(*m, s->saved, sizeof s->saved, &s->err);
    said(s, status);
    if (status != FEAT_OK || n > sizeof s->saved)
        return;
    uint8_t change = byte(s);
    s->saved[size(s) % n] ^= change;
    said(s, gmet_moments_load_bytes(&other, s->saved, n - byte(s) % 2 * (n > 0), NULL, &s->err));
    if (other != NULL) {
        gmet_moments_close(m);
        *m = other;
    }
}

/* --- metrics --------------------------------------------------------------------------------------------- */

typedef union result {
    gmet_fid_result fid;
    gmet_fid_uncertainty_result uncertainty;
    gmet_is_result is;
    gmet_kid_result kid;
    gmet_kid_full_result full;
    gmet_cmmd_result cmmd;
    gmet_mind_result mind;
    gmet_pr_result pr;
    gmet_prdc_result prdc;
    gmet_ct_result ct;
    gmet_image_score images[MOST_ROWS];
    double number;
} result;

static void frechet(state *s)
{
    result r;
    const gmet_set *x = &s->sets[0], *y = &s->sets[1];
    const gmet_fid_side real = {.rows = x->rows, .n = x->n}, gen = {.rows = y->rows, .n = y->n};
    switch (byte(s) % 3) {
    case 0:
        said(s, gmet_fid_from_moments(&r.fid, s->moments[0], s->moments[1], NULL, &s->err));
        return;
    case 1:
        said(s, x->d == y->d ? gmet_fid_uncertainty(&r.uncertainty, s->numbers, NULL, &real, &gen, x->d, NULL, &s->err)
                             : FEAT_OK);
        return;
    default:
        for (size_t i = 0; i < MOST_COLUMNS * MOST_COLUMNS; i++)
            s->numbers[i] = (double)number(s);
        said(s, gmet_sqrtm(s->numbers + 100, s->numbers, byte(s) % (MOST_COLUMNS + 1), NULL, &s->err));
        said(s,
             gmet_eigsym(s->numbers + 100, s->numbers + 200, s->numbers, byte(s) % (MOST_COLUMNS + 1), NULL, &s->err));
    }
}

static void two_sets(state *s)
{
    result r;
    const gmet_set *x = &s->sets[0], *y = &s->sets[1];
    gmet_kid_options kid;
    gmet_pr_options pr;
    gmet_prdc_options prdc;
    gmet_is_options is;
    gmet_kid_options_init(&kid, sizeof kid);
    gmet_pr_options_init(&pr, sizeof pr);
    gmet_prdc_options_init(&prdc, sizeof prdc);
    gmet_is_options_init(&is, sizeof is);
    kid.subset_size = byte(s);
    kid.n_subsets = byte(s) % 8;
    pr.k = prdc.k = size(s);
    is.n_splits = byte(s) % 8;
    switch (byte(s) % 10) {
    case 0:
        said(s, gmet_kid(&r.kid, &kid, x, y, NULL, &s->err));
        break;
    case 1:
        said(s, gmet_kid_full(&r.full, &kid, x, y, NULL, &s->err));
        break;
    case 2:
        said(s, gmet_precision_recall(&r.pr, &pr, x, y, NULL, &s->err));
        break;
    case 3:
        said(s, gmet_prdc(&r.prdc, NULL, &prdc, x, y, NULL, &s->err));
        break;
    case 4:
        said(s, gmet_inception_score(&r.is, &is, x, NULL, &s->err));
        break;
    case 5:
        said(s, gmet_vendi(&r.number, (double)number(s), x, NULL, &s->err));
        break;
    case 6:
        said(s, gmet_image_scores(r.images, NULL, x, y, NULL, &s->err));
        break;
    case 7:
        said(s, gmet_cmmd(&r.cmmd, NULL, x, y, NULL, &s->err));
        break;
    case 8:
        said(s, gmet_mind(&r.mind, NULL, x, y, NULL, &s->err));
        break;
    default:
        said(s, gmet_authpct(&r.number, NULL, x, y, NULL, &s->err));
    }
}

/* --- pixels and weights ---------------------------------------------------------------------------------- */

static void pixels(state *s)
{
    static float input[3 * 336 * 336];
    uint8_t data[4 * 12 * 12] = {0};
    const feat_net *net = feat_net_at(byte(s) % 4);
    const feat_preset *preset = feat_preset_at(byte(s) % 16);
    feat_picture picture = {.data = data, .h = byte(s) % 13, .w = byte(s) % 13, .order = (feat_order)(byte(s) % 8)};
    bytes(s, data, sizeof data);
    said(s, feat_preprocess(input, net, &picture, preset, NULL, &s->err));
}

static void names(state *s)
{
    char text[24] = "";
    uint32_t mask;
    feat_weights *weights = NULL;
    bytes(s, text, byte(s) % sizeof text);
    text[sizeof text - 1] = 0;
    said(s, feat_isa_mask_parse(&mask, text, &s->err));
    const feat_net *net = feat_net_find(text);
    (void)feat_net_find_tap(net != NULL ? net : feat_net_at(0), text);
    (void)feat_preset_find(text);
    (void)gmet_judge_block_find(text);
    said(s, feat_weights_from_memory(&weights, text, sizeof text, text, &s->err));
    feat_weights_close(&weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static state s;
    s = (state){.at = data, .end = data + n};
    for (size_t op = 0; op < MOST_OPS && s.at < s.end; op++) {
        switch (byte(&s) % 12) {
        case 0:
            make(&s);
            break;
        case 1:
        case 2:
            take_set(&s, byte(&s) % 2);
            break;
        case 3:
        case 4:
            add(&s);
            break;
        case 5:
            step(&s);
            break;
        case 6:
            get(&s);
            break;
        case 7:
            give_parts(&s);
            break;
        case 8:
            keep(&s);
            break;
        case 9:
            frechet(&s);
            break;
        case 10:
            two_sets(&s);
            break;
        default:
            byte(&s) % 8 == 0 ? pixels(&s) : names(&s);
        }
    }
    for (size_t i = 0; i < HANDLES; i++)
        gmet_moments_close(&s.moments[i]);
    fuzz_end();
    return 0;
}
