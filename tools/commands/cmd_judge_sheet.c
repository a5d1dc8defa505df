/* judge sheet: a page on which people say of each image whether it is real, and beside it a key, which says what the
 * page does not: which image each picture is. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/names.h"
#include "tools/features/bitdepth.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_job.h"
#include "tools/judge/judge_page.h"
#include "tools/judge/judge_picture.h"
#include "tools/judge/judge_words.h"
#include "tools/run/side.h"

enum { LARGE_PAGE = 100 << 20, PRACTICE = 2 };

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
    size_t spare[BF_MAX_OPERANDS];       /* an image that is not on the sheet; SIZE_MAX without */
    bf_names stems;                      /* of the images chosen */
    item *items;
    size_t n, n_real, n_again, n_shrunk;
    item practice[PRACTICE];
    size_t n_practice;
    uint64_t random;
    feat_sha256 id;
    bf_judge_words words;
    bf_text page, key;
} sheet;

/* One of 0 .. below - 1; below < 2^32. */
static uint64_t draw(sheet *s, uint64_t below)
{
    return ((feat_splitmix64(&s->random) >> 32) * below) >> 32;
}

/* --- choosing ----------------------------------------------------------------------------------------- */

/* The name of an image without its extension: a picture and what was made of it often share that. */
static void stem_of(char stem[1024], const bf_set *set, size_t index)
{
    snprintf(stem, 1024, "%.1000s", bf_set_item_name(set, index));
    char *dot = strrchr(stem, '.');
    if (dot != NULL && strchr(dot, '/') == NULL)
        *dot = 0;
}

/* Draws an order of all images of a set, in which those come last whose names were chosen of another set: who has seen
 * a picture knows its spoilt twin. work [count]. */
static void order_of(sheet *s, size_t set, size_t count, size_t *order, size_t *work)
{
    char stem[1024];
    size_t n_new = 0, n_known = 0;
    for (size_t i = 0; i < count; i++)
        work[i] = i;
    for (size_t i = 0; i < count; i++) {
        size_t j = i + (size_t)draw(s, count - i), t = work[i];
        work[i] = work[j];
        work[j] = t;
    }
    for (size_t i = 0; i < count; i++) {
        stem_of(stem, s->sets[set], work[i]);
        if (bf_names_find(&s->stems, stem) == BF_NO_NAME)
            order[n_new++] = work[i];
        else
            work[n_known++] = work[i];
    }
    memcpy(order + n_new, work, n_known * sizeof *order);
}

/* Adds `wanted` images of one set, drawn without replacement, or all it has; one more is its spare. */
static feat_status choose_from(sheet *s, size_t set, size_t wanted, feat_error *err)
{
    char stem[1024];
    uint32_t number;
    feat_status status = FEAT_OK;
    size_t count = bf_set_count(s->sets[set]), *order = feat_alloc_array(count, 2 * sizeof *order);
    if (order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to draw from %zu images", count);
    if (count < wanted) {
        bf_report_warn(&s->run->report, "%s: has %zu images, %zu were wanted", bf_set_spec(s->sets[set]), count,
                       wanted);
        wanted = count;
    }
    order_of(s, set, count, order, order + count);
    for (size_t i = 0; i < wanted && status == FEAT_OK; i++) {
        stem_of(stem, s->sets[set], order[i]);
        status = bf_names_add(&s->stems, stem, &number, err);
        s->items[s->n++] = (item){set, order[i]};
    }
    s->spare[set] = wanted < count ? order[wanted] : SIZE_MAX;
    feat_free(order);
    return status;
}

/* For practice a real and a generated image, where sets have one to spare, in a drawn order. */
static void choose_practice(sheet *s)
{
    size_t first = 1 + (size_t)draw(s, s->n_sets - 1);
    if (s->spare[0] != SIZE_MAX)
        s->practice[s->n_practice++] = (item){0, s->spare[0]};
    for (size_t g = 0; g + 1 < s->n_sets; g++) {
        size_t set = 1 + (first - 1 + g) % (s->n_sets - 1);
        if (s->spare[set] == SIZE_MAX)
            continue;
        s->practice[s->n_practice++] = (item){set, s->spare[set]};
        break;
    }
    if (draw(s, 2) == 1 && s->n_practice == PRACTICE) {
        item t = s->practice[0];
        s->practice[0] = s->practice[1];
        s->practice[1] = t;
    }
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
    if (status != FEAT_OK)
        return status;
    for (size_t i = s->n; i > 1; i--) {
        size_t j = (size_t)draw(s, i);
        item t = s->items[i - 1];
        s->items[i - 1] = s->items[j];
        s->items[j] = t;
    }
    choose_practice(s);
    /* As the page has it: those that come again are of the first third. */
    s->n_again = (s->n * (size_t)bf_args_number(s->run->args, BF_OPT_REPEAT) + 50) / 100;
    s->n_again = s->n_again < s->n / 3 ? s->n_again : s->n / 3;
    return FEAT_OK;
}

/* --- the page and its key ------------------------------------------------------------------------------- */

/* Adds an image as a text in quotes, which tells nothing of where it is from. */
static feat_status add_image(sheet *s, const item *it, feat_error *err)
{
    const bf_set *set = s->sets[it->set];
    uint8_t *bytes = NULL;
    size_t n = 0;
    bool shrunk = false;
    bf_image image = {0};
    bf_text_add(&s->page, "\"", 1);
    feat_status status = bf_set_load_item(set, it->index, &bytes, &n, err);
    if (status == FEAT_OK)
        status = bf_set_decode_item(set, it->index, bytes, n, &image, err);
    if (status == FEAT_OK) {
        feat_sha256_update(&s->id, bytes, n);
        bf_bitdepth_count(&s->depths[it->set], image.flags);
        status = bf_judge_picture_add(&s->page, &image, bytes, n, &shrunk, err);
        s->n_shrunk += shrunk;
    }
    bf_text_add(&s->page, "\",\n", 3);
    bf_image_release(&image);
    bf_set_free_item(bytes);
    return status;
}

static void add_key(sheet *s, const char id[9])
{
    char name[1200];
    s->key.csv_plain = bf_args_given(s->run->args, BF_OPT_CSV_PLAIN);
    bf_text_print(&s->key, "picture,image,group,truth\n");
    for (size_t i = 0; i < s->n; i++) {
        const item *it = &s->items[i];
        snprintf(name, sizeof name, "%s/%.1000s", s->names[it->set], bf_set_item_name(s->sets[it->set], it->index));
        bf_text_print(&s->key, "%s-%zu,", id, i + 1);
        bf_text_field(&s->key, name);
        bf_text_add(&s->key, ",", 1);
        bf_text_field(&s->key, it->set == 0 ? "real" : s->names[it->set]);
        bf_text_print(&s->key, ",%d\n", it->set == 0);
    }
}

static feat_status make_page(sheet *s, feat_error *err)
{
    unsigned char digest[32];
    char hex[65], id[9];
    feat_status status = FEAT_OK;
    feat_sha256_init(&s->id);
    bf_judge_words_fill(&s->page, &s->words, bf_judge_page_head);
    bf_judge_words_instructions(&s->page, &s->words);
    bf_judge_words_fill(&s->page, &s->words, bf_judge_page_middle);
    bf_judge_words_object(&s->page, &s->words);
    bf_text_print(&s->page, "const SHEET = { practice: [\n");
    for (size_t i = 0; i < s->n_practice && status == FEAT_OK; i++)
        status = add_image(s, &s->practice[i], err);
    bf_text_print(&s->page, "], items: [\n");
    for (size_t i = 0; i < s->n && status == FEAT_OK; i++)
        status = add_image(s, &s->items[i], err);
    feat_sha256_final(&s->id, digest);
    feat_hex(hex, digest);
    snprintf(id, sizeof id, "%.8s", hex);
    bf_text_print(&s->page, "], again: %zu, shrunk: %s, id: \"%s\" };\n", s->n_again,
                  s->n_shrunk > 0 ? "true" : "false", id);
    bf_judge_words_fill(&s->page, &s->words, bf_judge_page_tail);
    add_key(s, id);
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
                                 "%s and %s are both called '%s': labels could not tell them apart", args->operands[k],
                                 args->operands[i], s->names[i]);
        if (i > 0 && strcmp(s->names[i], "real") == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: a generator cannot be called 'real'", args->operands[i]);
    }
    return FEAT_OK;
}

static void report_sheet(sheet *s, const char *path, const char *key)
{
    bf_report *r = &s->run->report;
    char text[400];
    snprintf(text, sizeof text, "%.120s: %zu images, %zu of them real, %zu shown twice, %zu for practice, %zu KiB",
             path, s->n, s->n_real, s->n_again, s->n_practice, s->page.n >> 10);
    bf_report_line(r, "wrote", text, "", "");
    snprintf(text, sizeof text, "%.120s: which image each picture is; not for those who label", key);
    bf_report_line(r, "key", text, "", "");
    if (s->n_shrunk > 0) {
        snprintf(text, sizeof text, "%zu pictures of more than %d pixels a side, to that", s->n_shrunk,
                 BF_JUDGE_PICTURE_SIDE);
        bf_report_line(r, "shrunk", text, "", "");
    }
    snprintf(text, sizeof text,
             "give people the page; judge agree, train and eval read the labels it saves, with --key %.120s", key);
    bf_report_line(r, "next", text, "", "");
    bf_report_text(r, "output", path);
    bf_report_text(r, "key", key);
    bf_report_integer(r, "images", s->n);
    bf_report_integer(r, "real", s->n_real);
    bf_report_integer(r, "repeated", s->n_again);
    bf_report_integer(r, "practice", s->n_practice);
    bf_report_integer(r, "shrunk", s->n_shrunk);
    bf_report_integer(r, "bytes", s->page.n);
    bf_report_setting(r, "seed", bf_args_number(s->run->args, BF_OPT_SEED));
    bf_report_setting(r, "repeat", bf_args_number(s->run->args, BF_OPT_REPEAT));
    if (s->page.n > LARGE_PAGE)
        bf_report_warn(r, "%s: %zu MiB; browsers may be slow with it", path, s->page.n >> 20);
}

/* The key goes first: a page without one is of no use. */
static feat_status write_page(sheet *s, const char *folder, feat_error *err)
{
    char *path = bf_path_join(folder, "index.html"), *key = bf_path_join(folder, "key.csv");
    feat_status status = path == NULL || key == NULL
                             ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", folder)
                             : FEAT_OK;
    if (status == FEAT_OK)
        status = bf_text_write(&s->key, key, err);
    if (status == FEAT_OK)
        status = bf_text_write(&s->page, path, err);
    if (status == FEAT_OK)
        report_sheet(s, path, key);
    feat_free(path);
    feat_free(key);
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
    feat_status status = bf_judge_words_read(&s->words, bf_args_text(run->args, BF_OPT_TEXT), err);
    if (status == FEAT_OK)
        status = open_sets(s, err);
    if (status == FEAT_OK)
        status = choose(s, (size_t)bf_args_number(run->args, BF_OPT_COUNT), err);
    if (status == FEAT_OK)
        status = make_page(s, err);
    if (status == FEAT_OK)
        status = check_depths(s, err);
    if (status == FEAT_OK)
        status = bf_check_output_folder(bf_args_text(run->args, BF_OPT_OUTPUT), err);
    if (status == FEAT_OK)
        status = write_page(s, bf_args_text(run->args, BF_OPT_OUTPUT), err);
    bf_text_free(&s->page);
    bf_text_free(&s->key);
    bf_judge_words_free(&s->words);
    bf_names_free(&s->stems);
    feat_free(s->items);
    for (size_t i = 0; i < BF_MAX_OPERANDS; i++)
        bf_set_close(&s->sets[i]);
    feat_free(s);
    return status;
}
