/* judge sheet: a page on which people say of each image whether it is real. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/features/bitdepth.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_job.h"
#include "tools/judge/judge_page.h"
#include "tools/run/side.h"

enum { LARGE_PAGE = 100 << 20 };

/* One image on the sheet. */
typedef struct item {
    size_t set, index;
} item;

typedef struct sheet {
    bf_run *run;
    size_t n_sets;
    bf_set *sets[BF_MAX_OPERANDS]; /* the first is real */
    char names[BF_MAX_OPERANDS][128];
    bf_bitdepth depths[BF_MAX_OPERANDS]; /* of the images shown */
    item *items;
    size_t n, n_real;
    uint64_t random;
    feat_sha256 id;
    bf_text page;
} sheet;

/* One of 0 .. below - 1; below < 2^32. */
static uint64_t draw(sheet *s, uint64_t below)
{
    return ((feat_splitmix64(&s->random) >> 32) * below) >> 32;
}

/* --- choosing ----------------------------------------------------------------------------------------- */

/* Adds `wanted` images of one set, drawn without replacement, or all it has. */
static feat_status choose_from(sheet *s, size_t set, size_t wanted, feat_error *err)
{
    size_t count = bf_set_count(s->sets[set]), *order = feat_alloc_array(count, sizeof *order);
    if (order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to draw from %zu images", count);
    if (count < wanted) {
        bf_report_warn(&s->run->report, "%s: has %zu images, %zu were wanted", bf_set_spec(s->sets[set]),
                       count, wanted);
        wanted = count;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = 0; i < wanted; i++) {
        size_t j = i + (size_t)draw(s, count - i), t = order[i];
        order[i] = order[j];
        order[j] = t;
        s->items[s->n++] = (item){set, order[i]};
    }
    feat_free(order);
    return FEAT_OK;
}

static feat_status choose(sheet *s, size_t n, feat_error *err)
{
    size_t n_gen = s->n_sets - 1, fake = n / 2;
    s->items = feat_alloc_array(n, sizeof *s->items);
    if (s->items == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a sheet of %zu images", n);
    feat_status status = choose_from(s, 0, n - fake, err);
    s->n_real = s->n;
    for (size_t g = 0; g < n_gen && status == FEAT_OK; g++)
        status = choose_from(s, 1 + g, fake * (g + 1) / n_gen - fake * g / n_gen, err);
    for (size_t i = s->n; i > 1; i--) {
        size_t j = (size_t)draw(s, i);
        item t = s->items[i - 1];
        s->items[i - 1] = s->items[j];
        s->items[j] = t;
    }
    return status;
}

/* --- images as data ----------------------------------------------------------------------------------- */

static void add_base64(bf_text *t, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char piece[4096];
    size_t used = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        piece[used++] = digits[v >> 18];
        piece[used++] = digits[v >> 12 & 63];
        piece[used++] = left > 1 ? digits[v >> 6 & 63] : '=';
        piece[used++] = left > 2 ? digits[v & 63] : '=';
        if (used == sizeof piece) {
            bf_text_add(t, piece, used);
            used = 0;
        }
    }
    bf_text_add(t, piece, used);
}

static void put32(uint8_t *to, size_t v)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* A bitmap of 24 bits, rows from below and padded to 4 bytes: what every browser shows without compression to
 * write. */
static feat_status add_bitmap(bf_text *t, const bf_image *image, feat_error *err)
{
    enum { HEAD = 54 };
    size_t row = (3 * image->w + 3) / 4 * 4, n = HEAD + row * image->h;
    uint8_t *bytes = feat_calloc(n, 1);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture of %zu x %zu", image->w, image->h);
    bytes[0] = 'B';
    bytes[1] = 'M';
    put32(bytes + 2, n);
    put32(bytes + 10, HEAD);
    put32(bytes + 14, 40);
    put32(bytes + 18, image->w);
    put32(bytes + 22, image->h);
    bytes[26] = 1;
    bytes[28] = 24;
    put32(bytes + 34, row * image->h);
    for (size_t y = 0; y < image->h; y++)
        for (size_t x = 0; x < image->w; x++) {
            const uint8_t *from = image->rgb + 3 * (y * image->w + x);
            uint8_t *to = bytes + HEAD + (image->h - 1 - y) * row + 3 * x;
            to[0] = from[2];
            to[1] = from[1];
            to[2] = from[0];
        }
    bf_text_print(t, "data:image/bmp;base64,");
    add_base64(t, bytes, n);
    feat_free(bytes);
    return FEAT_OK;
}

/* What a rater sees is what the metrics see: files that a browser would show otherwise (alpha, 16 bits,
 * animation) or not at all go in as decoded. */
static feat_status add_image(sheet *s, const item *it, feat_error *err)
{
    const bf_set *set = s->sets[it->set];
    uint8_t *bytes = NULL;
    size_t n = 0;
    bf_image image = {0};
    feat_status status = bf_set_load_item(set, it->index, &bytes, &n, err);
    if (status == FEAT_OK)
        status = bf_set_decode_item(set, it->index, bytes, n, &image, err);
    if (status == FEAT_OK) {
        bool jpeg = n > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0,
             png = n > 8 && memcmp(bytes, "\x89PNG", 4) == 0;
        feat_sha256_update(&s->id, bytes, n);
        bf_bitdepth_count(&s->depths[it->set], image.flags);
        if ((jpeg || png) && (image.flags & (BF_IMAGE_ALPHA | BF_IMAGE_16BIT | BF_IMAGE_ANIMATED)) == 0) {
            bf_text_print(&s->page, "data:image/%s;base64,", jpeg ? "jpeg" : "png");
            add_base64(&s->page, bytes, n);
        } else {
            status = add_bitmap(&s->page, &image, err);
        }
    }
    bf_image_release(&image);
    feat_free(bytes);
    return status;
}

/* --- the page
 * -------------------------------------------------------------------------------------------------- */

/* A text in quotes for JavaScript inside HTML. */
static void add_string(bf_text *t, const char *text)
{
    bf_text_add(t, "\"", 1);
    for (const char *c = text; *c != 0; c++) {
        if ((unsigned char)*c < 32 || strchr("\"\\<>&", *c) != NULL)
            bf_text_print(t, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            bf_text_add(t, c, 1);
    }
    bf_text_add(t, "\"", 1);
}

static void add_lines(bf_text *t, const char *const *lines)
{
    for (; *lines != NULL; lines++) {
        bf_text_add(t, *lines, strlen(*lines));
        bf_text_add(t, "\n", 1);
    }
}

static feat_status make_page(sheet *s, feat_error *err)
{
    unsigned char digest[32];
    char hex[65], name[1200];
    feat_status status = FEAT_OK;
    feat_sha256_init(&s->id);
    add_lines(&s->page, bf_judge_page_head);
    bf_text_print(&s->page, "const SHEET = { items: [\n");
    for (size_t i = 0; i < s->n && status == FEAT_OK; i++) {
        const item *it = &s->items[i];
        snprintf(name, sizeof name, "%s/%.1000s", s->names[it->set],
                 bf_set_item_name(s->sets[it->set], it->index));
        feat_sha256_update(&s->id, name, strlen(name) + 1);
        bf_text_print(&s->page, "{ n: ");
        add_string(&s->page, name);
        bf_text_print(&s->page, ", g: ");
        add_string(&s->page, it->set == 0 ? "real" : s->names[it->set]);
        bf_text_print(&s->page, ", t: %d, s: \"", it->set == 0);
        status = add_image(s, it, err);
        bf_text_print(&s->page, "\" },\n");
    }
    feat_sha256_final(&s->id, digest);
    feat_hex(hex, digest);
    bf_text_print(&s->page, "], id: \"%.16s\" };\n", hex);
    add_lines(&s->page, bf_judge_page_tail);
    return status;
}

/* People are not asked about images that are all but black. Where those shown are in doubt their set decides, as it
 * does for the metrics. */
static feat_status check_depths(sheet *s, feat_error *err)
{
    char text[BF_BITDEPTH_BYTES];
    const bf_bitdepth none = {0};
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < s->n_sets && status == FEAT_OK; i++) {
        if (bf_bitdepth_in_doubt(&s->depths[i]))
            status = bf_bitdepth_look_ahead(s->sets[i], NULL, 0, bf_set_count(s->sets[i]), &none,
                                            s->run->work.context.pool, NULL, err);
        if (status == FEAT_OK && bf_bitdepth_warning(text, s->sets[i], &s->depths[i], false))
            bf_report_warn(&s->run->report, "%s", text);
    }
    return status;
}

static feat_status open_sets(sheet *s, feat_error *err)
{
    const bf_args *args = s->run->args;
    bf_set_how how;
    feat_status status = bf_run_set_how(&how, args, err);
    for (size_t i = 0; i < args->n_operands; i++) {
        if (status == FEAT_OK)
            status = bf_set_open_as(&s->sets[i], args->operands[i], &how, err);
        if (status != FEAT_OK)
            return status;
        s->n_sets++;
        if (bf_set_get_kind(s->sets[i]) != BF_SET_IMAGES)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: expected images", args->operands[i]);
        bf_warn_listing(&s->run->report, s->sets[i]);
        bf_judge_base_name(s->names[i], args->operands[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->names[k], s->names[i]) == 0)
                return feat_fail(err, FEAT_ERR_FORMAT,
                                 "%s and %s are both called '%s': labels could not tell them apart",
                                 args->operands[k], args->operands[i], s->names[i]);
        if (i > 0 && strcmp(s->names[i], "real") == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: a generator cannot be called 'real'",
                             args->operands[i]);
    }
    return FEAT_OK;
}

static feat_status write_page(sheet *s, const char *folder, feat_error *err)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot make the folder: %s", folder, strerror(errno));
    char *path = bf_path_join(folder, "index.html"), text[224];
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", folder);
    feat_status status = bf_text_write(&s->page, path, err);
    if (status == FEAT_OK) {
        snprintf(text, sizeof text, "%.120s: %zu images, %zu of them real, %zu KiB", path, s->n, s->n_real,
                 s->page.n >> 10);
        bf_report_line(&s->run->report, "wrote", text, "", "");
        bf_report_line(&s->run->report, "next",
                       "open it in a browser; give the labels it saves to judge train", "", "");
        bf_report_text(&s->run->report, "output", path);
        bf_report_integer(&s->run->report, "images", s->n);
        bf_report_integer(&s->run->report, "real", s->n_real);
        bf_report_integer(&s->run->report, "bytes", s->page.n);
        bf_report_setting(&s->run->report, "seed", bf_args_number(s->run->args, BF_OPT_SEED));
        if (s->page.n > LARGE_PAGE)
            bf_report_warn(&s->run->report, "%s: %zu MiB; browsers may be slow with it", path,
                           s->page.n >> 20);
    }
    feat_free(path);
    return status;
}

feat_status bf_cmd_judge_sheet(bf_run *run, feat_error *err)
{
    sheet *s = feat_calloc(1, sizeof *s);
    run->report.command = "judge sheet";
    if (s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a sheet");
    s->run = run;
    s->random = bf_args_number(run->args, BF_OPT_SEED);
    feat_status status = open_sets(s, err);
    if (status == FEAT_OK)
        status = choose(s, (size_t)bf_args_number(run->args, BF_OPT_COUNT), err);
    if (status == FEAT_OK)
        status = make_page(s, err);
    if (status == FEAT_OK)
        status = check_depths(s, err);
    if (status == FEAT_OK)
        status = write_page(s, bf_args_text(run->args, BF_OPT_OUTPUT), err);
    bf_text_free(&s->page);
    feat_free(s->items);
    for (size_t i = 0; i < BF_MAX_OPERANDS; i++)
        bf_set_close(&s->sets[i]);
    feat_free(s);
    return status;
}
