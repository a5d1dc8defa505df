/* Collecting features: sets one after the other into one matrix. */
#include "tools/judge/judge_rows.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/judge/judge_file.h"
#include "tools/options/weights_find.h"
#include "tools/run/logits.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

/* One set being read. */
typedef struct piece {
    const char *spec;
    bf_set *set;
    bool images;
    size_t n, d;
} piece;

typedef struct loading {
    bf_judge_rows *rows;
    bf_run *run;
    const bf_judge_source *source;
    piece *pieces;
    size_t n, d, n_classes, at; /* at: rows that are there */
    feat_tap logits_tap;
    bool doubles;
} loading;

static feat_status no_memory(const loading *l, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu %s images", l->n, l->source->role);
}

/* --- opening ------------------------------------------------------------------------------------------- */

static feat_status open_piece(piece *p, const bf_run *run, feat_error *err)
{
    bf_set_how how;
    feat_status status = bf_run_set_how(&how, run->args, err);
    if (status == FEAT_OK)
        status = bf_set_open_as(&p->set, p->spec, &how, err);
    if (status != FEAT_OK)
        return status;
    if (bf_set_get_kind(p->set) == BF_SET_STATS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: holds statistics; expected images or features, one row for each", p->spec);
    p->images = bf_set_get_kind(p->set) == BF_SET_IMAGES;
    p->n = bf_set_count(p->set);
    p->d = bf_set_feature_dim(p->set);
    return FEAT_OK;
}

static void close_pieces(loading *l)
{
    for (size_t i = 0; l->pieces != NULL && i < l->source->n_specs; i++)
        bf_set_close(&l->pieces[i].set);
    feat_free(l->pieces);
}

/* All rows are of one origin as far as their files say. */
static feat_status join_origin(loading *l, const piece *p, feat_error *err)
{
    bf_origin here = *bf_set_origin(p->set);
    if (p->images) {
        snprintf(here.preset, sizeof here.preset, "%s", l->run->network.preset->name);
        snprintf(here.tap, sizeof here.tap, "%s", bf_run_tap_name(l->run, l->run->network.tap));
        snprintf(here.weights, sizeof here.weights, "%s", l->run->report.made.weights);
        snprintf(here.variant, sizeof here.variant, "%s", feat_net_name(l->run->network.net));
    }
    feat_status status = bf_judge_origins_agree(&l->rows->origin, l->pieces[0].spec, &here, p->spec, err);
    if (l->rows->origin.weights[0] == 0)
        l->rows->origin = here;
    return status;
}

/* A trained judge takes what it was trained on, which is told before any image is read. */
static feat_status check_judge(const loading *l, const piece *p, feat_error *err)
{
    const bf_origin *origin = &l->rows->origin;
    bf_judge_given given = {origin->variant, origin->preset, origin->tap, origin->weights, p->spec, p->d};
    return bf_judge_file_check(l->source->judge, &given, l->source->judge_path, err);
}

static feat_status open_logits(loading *l, feat_error *err)
{
    feat_error why = {FEAT_OK, ""};
    feat_status status = bf_run_logits_tap(l->run, &l->logits_tap, &why);
    if (status == FEAT_OK)
        l->n_classes = feat_tap_dim(l->run->network.model, l->logits_tap);
    else
        return feat_fail(err, status, "%.200s: %s with no classifier, which the blocks ent, maxp and klreal need",
                         l->run->report.made.weights_path, feat_net_name(l->run->network.net));
    return FEAT_OK;
}

static feat_status load_network(bf_run *run, feat_error *err)
{
    feat_status status = bf_run_model(run, err);
    if (status == FEAT_OK && run->report.made.synthetic)
        bf_report_warn(&run->report, "the weights of %s are synthetic: its numbers are for trials only",
                       feat_net_name(run->network.net));
    return status;
}

/* Sizes of everything; loads the network if there are images. */
static feat_status open_pieces(loading *l, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < l->source->n_specs && status == FEAT_OK; i++) {
        piece *p = &l->pieces[i];
        p->spec = l->source->specs[i];
        status = open_piece(p, l->run, err);
        if (status == FEAT_OK && !p->images && bf_networks_asked(l->run->args) > 1)
            status = feat_fail(err, FEAT_ERR_UNSUPPORTED,
                               "%s: holds features, which are of one network; expected images for --network %s",
                               p->spec, bf_args_text(l->run->args, BF_OPT_NETWORK));
        if (status == FEAT_OK && p->images) {
            bf_warn_listing(&l->run->report, p->set);
            status = load_network(l->run, err);
            p->d = status == FEAT_OK ? feat_tap_dim(l->run->network.model, l->run->network.tap) : 0;
            l->rows->from_images = true;
        }
        if (status == FEAT_OK)
            status = join_origin(l, p, err);
        if (status == FEAT_OK && i > 0 && p->d != l->d)
            status = feat_fail(err, FEAT_ERR_FORMAT, "%s has %zu columns, %s has %zu", p->spec, p->d,
                               l->pieces[0].spec, l->d);
        if (status == FEAT_OK && l->source->judge != NULL)
            status = check_judge(l, p, err);
        l->d = p->d;
        l->n += p->n;
        l->doubles = l->doubles || (status == FEAT_OK && bf_set_has_doubles(p->set)); /* float32 would round them */
    }
    if (status == FEAT_OK && l->rows->from_images && l->source->want_logits)
        status = open_logits(l, err);
    return status;
}

/* --- names -------------------------------------------------------------------------------------------- */

const char *bf_judge_base_name(char text[128], const char *spec)
{
    size_t end = strlen(spec);
    while (end > 1 && spec[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && spec[start - 1] != '/')
        start--;
    snprintf(text, 128, "%.*s", (int)(end - start < 127 ? end - start : 127), spec + start);
    char *dot = strrchr(text, '.');
    if (dot != NULL && dot > text)
        *dot = 0;
    return text;
}

static feat_status own(loading *l, const char **to, const char *text, feat_error *err)
{
    char *copy = feat_strdup(text);
    if (copy == NULL)
        return no_memory(l, err);
    l->rows->owned[l->rows->n_owned++] = copy;
    *to = copy;
    return FEAT_OK;
}

/* The name of the row that is next; item is its place in the piece. */
static feat_status name_row(loading *l, const piece *p, const char *prefix, size_t item, size_t row,
                            feat_error *err)
{
    char text[1200], number[24];
    snprintf(number, sizeof number, "%zu", item);
    const char *name = bf_set_item_name(p->set, item);
    if (name[0] == 0)
        name = number;
    bool several = l->source->n_specs > 1;
    snprintf(text, sizeof text, "%s%s%.1000s", several ? prefix : "", several ? "/" : "", name);
    feat_status status = own(l, &l->rows->names[row], text, err);
    return status;
}

static feat_status read_ids(loading *l, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0, lines = 0;
    feat_status status = bf_file_read(&bytes, &n, l->source->ids, (size_t)1 << 30, err);
    if (status != FEAT_OK)
        return status;
    char *at = (char *)bytes, *end = at + n;
    for (; at < end && status == FEAT_OK; lines++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        char *next = stop != NULL ? stop + 1 : end;
        if (stop == NULL)
            stop = end;
        *stop = 0; /* a zero follows the data */
        if (stop > at && stop[-1] == '\r')
            stop[-1] = 0;
        if (lines < l->at)
            status = own(l, &l->rows->names[lines], at, err);
        at = next;
    }
    feat_free(bytes);
    if (status == FEAT_OK && lines != l->at)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: has %zu lines; expected a name for each of %zu rows",
                           l->source->ids, lines, l->at);
    return status;
}

/* --- reading
 * ------------------------------------------------------------------------------------------------ */

static void put_floats(loading *l, size_t row, size_t n, const float *from)
{
    size_t count = n * l->d;
    if (l->doubles)
        for (size_t i = 0; i < count; i++)
            l->rows->g[row * l->d + i] = (double)from[i];
    else
        memcpy(l->rows->f + row * l->d, from, count * sizeof *from);
}

typedef struct sinking {
    loading *l;
    size_t first; /* row where the piece begins */
} sinking;

static feat_status sink(void *ctx, size_t first, size_t n, const float *const *taps, feat_error *err)
{
    sinking *s = ctx;
    (void)err;
    put_floats(s->l, s->first + first, n, taps[0]);
    if (s->l->n_classes > 0)
        memcpy(s->l->rows->logits_f + (s->first + first) * s->l->n_classes, taps[1],
               n * s->l->n_classes * sizeof(float));
    return FEAT_OK;
}

/* Runs a set of images; items [p->n] receives the place of each row in the set. */
static feat_status run_images(loading *l, piece *p, size_t *items, feat_error *err)
{
    bf_run *run = l->run;
    sinking ctx = {l, l->at};
    bf_featurize_job job = {.set = p->set,
                            .taps = {run->network.tap, l->logits_tap},
                            .n_taps = l->n_classes > 0 ? 2 : 1,
                            .skip_bad = bf_args_given(run->args, BF_OPT_SKIP_BAD),
                            .sink = sink,
                            .ctx = &ctx,
                            .row_items = items,
                            .cache = run->network.cache,
                            .cache_scope = run->network.cache_scope,
                            .progress = &run->report.progress,
                            .interrupted = bf_interrupted};
    bf_featurize_report *found = feat_calloc(1, sizeof *found);
    if (found == NULL)
        return no_memory(l, err);
    bf_progress_start(&run->report.progress, l->source->role, p->n);
    feat_status status = bf_featurize(run->network.featurizer, &job, found, err);
    bf_progress_clear(&run->report.progress);
    if (status == FEAT_OK && found->n_bad > 0)
        bf_report_warn(&run->report, "%s: %zu of %zu images skipped, the first: %s", p->spec, found->n_bad,
                       p->n, found->reasons[0]);
    p->n = found->n_rows;
    feat_free(found);
    return status;
}

static feat_status read_set(loading *l, const piece *p, feat_error *err)
{
    if (bf_set_has_doubles(p->set))
        return bf_set_read_doubles(p->set, l->rows->g + l->at * l->d, err);
    if (!l->doubles)
        return bf_set_read_features(p->set, 0, p->n, l->rows->f + l->at * l->d, NULL, err);
    float *part = feat_alloc_array(p->n, l->d * sizeof *part);
    if (part == NULL)
        return no_memory(l, err);
    feat_status status = bf_set_read_features(p->set, 0, p->n, part, NULL, err);
    if (status == FEAT_OK)
        put_floats(l, l->at, p->n, part);
    feat_free(part);
    return status;
}

static feat_status read_piece(loading *l, piece *p, feat_error *err)
{
    char base[128];
    size_t *items = feat_alloc_array(p->n, sizeof *items);
    feat_status status = FEAT_OK;
    if (items == NULL)
        return no_memory(l, err);
    for (size_t i = 0; i < p->n; i++)
        items[i] = i;
    status = p->images ? run_images(l, p, items, err) : read_set(l, p, err);
    const char *set_name = NULL;
    bf_judge_base_name(base, p->spec);
    if (status == FEAT_OK && l->source->n_specs > 1)
        status = own(l, &set_name, base, err);
    for (size_t i = 0; i < p->n && status == FEAT_OK; i++) {
        if (l->rows->set_names != NULL)
            l->rows->set_names[l->at + i] = set_name;
        if (l->source->ids == NULL)
            status = name_row(l, p, base, items[i], l->at + i, err);
    }
    l->at += p->n;
    feat_free(items);
    return status;
}

static feat_status allocate(loading *l, feat_error *err)
{
    bf_judge_rows *r = l->rows;
    size_t count, logits = 0;
    if (!feat_mul_size(l->n, l->d, &count) || !feat_mul_size(l->n, l->n_classes, &logits))
        return no_memory(l, err);
    if (l->doubles)
        r->g = feat_alloc_array(count, sizeof *r->g);
    else
        r->f = feat_alloc_array(count, sizeof *r->f);
    if (l->n_classes > 0)
        r->logits_f = feat_calloc(logits, sizeof *r->logits_f);
    r->names = feat_calloc(l->n, sizeof *r->names);
    r->owned = feat_alloc_array(l->n + l->source->n_specs, sizeof *r->owned);
    if (l->source->n_specs > 1)
        r->set_names = feat_calloc(l->n, sizeof *r->set_names);
    if ((r->g == NULL && r->f == NULL) || r->names == NULL || r->owned == NULL ||
        (l->n_classes > 0 && r->logits_f == NULL) || (l->source->n_specs > 1 && r->set_names == NULL))
        return no_memory(l, err);
    return FEAT_OK;
}

/* Logits of feature files come from a file of their own. */
static feat_status read_logits(loading *l, feat_error *err)
{
    bf_judge_rows *r = l->rows;
    piece p = {.spec = l->source->logits};
    size_t count;
    if (p.spec == NULL || l->n_classes > 0)
        return FEAT_OK;
    feat_status status = open_piece(&p, l->run, err);
    if (status == FEAT_OK && p.images)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: holds images; expected logits, one row for each image",
                           p.spec);
    if (status == FEAT_OK && p.n != l->at)
        status =
            feat_fail(err, FEAT_ERR_FORMAT, "%s: has %zu rows of logits for %zu images", p.spec, p.n, l->at);
    const char *tap = status == FEAT_OK ? bf_set_origin(p.set)->tap : "";
    if (tap[0] != 0 && !bf_tap_is_logits(l->run->network.net, tap))
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: holds features of layer %s; expected logits", p.spec, tap);
    if (status == FEAT_OK && (!feat_mul_size(p.n, p.d, &count) ||
                              (r->logits_g = feat_alloc_array(count, sizeof *r->logits_g)) == NULL))
        status = no_memory(l, err);
    if (status == FEAT_OK)
        status = bf_set_read_doubles(p.set, r->logits_g, err);
    bf_set_close(&p.set);
    l->n_classes = p.d;
    return status;
}

feat_status bf_judge_rows_load(bf_judge_rows *rows, bf_run *run, const bf_judge_source *source, feat_error *err)
{
    loading l = {.rows = rows, .run = run, .source = source};
    *rows = (bf_judge_rows){0};
    l.pieces = feat_calloc(source->n_specs, sizeof *l.pieces);
    feat_status status = l.pieces != NULL ? open_pieces(&l, err) : no_memory(&l, err);
    if (status == FEAT_OK)
        status = allocate(&l, err);
    for (size_t i = 0; i < source->n_specs && status == FEAT_OK; i++)
        status = read_piece(&l, &l.pieces[i], err);
    if (status == FEAT_OK && source->ids != NULL)
        status = read_ids(&l, err);
    if (status == FEAT_OK)
        status = read_logits(&l, err);
    close_pieces(&l);
    rows->x = (gmet_judge_rows){rows->f, rows->g, l.at, l.d};
    if (rows->logits_f != NULL || rows->logits_g != NULL)
        rows->logits = (gmet_judge_rows){rows->logits_f, rows->logits_g, l.at, l.n_classes};
    if (status != FEAT_OK)
        bf_judge_rows_free(rows);
    return status;
}

void bf_judge_rows_free(bf_judge_rows *rows)
{
    feat_free(rows->f);
    feat_free(rows->g);
    feat_free(rows->logits_f);
    feat_free(rows->logits_g);
    feat_free(rows->names);
    feat_free(rows->set_names);
    for (size_t i = 0; i < rows->n_owned; i++)
        feat_free(rows->owned[i]);
    feat_free(rows->owned);
    *rows = (bf_judge_rows){0};
}

/* --- choosing ----------------------------------------------------------------------------------------- */

static void move_row(void *data, size_t bytes, size_t to, size_t from)
{
    if (data != NULL && to != from)
        memcpy((char *)data + to * bytes, (const char *)data + from * bytes, bytes);
}

void bf_judge_rows_drop(bf_judge_rows *rows, const unsigned char *drop)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->x.n; i++) {
        if (drop[i])
            continue;
        move_row(rows->f, rows->x.d * sizeof *rows->f, n, i);
        move_row(rows->g, rows->x.d * sizeof *rows->g, n, i);
        move_row(rows->logits_f, rows->logits.d * sizeof *rows->logits_f, n, i);
        move_row(rows->logits_g, rows->logits.d * sizeof *rows->logits_g, n, i);
        rows->names[n] = rows->names[i];
        if (rows->set_names != NULL)
            rows->set_names[n] = rows->set_names[i];
        n++;
    }
    rows->x.n = n;
    if (rows->logits.n > 0)
        rows->logits.n = n;
}

feat_status bf_judge_rows_pick(gmet_judge_rows *out, float **f, double **g, const gmet_judge_rows *x,
                               const size_t *rows, size_t n, feat_error *err)
{
    size_t count, bytes = x->d * (x->f != NULL ? sizeof(float) : sizeof(double));
    void *data = feat_mul_size(n, bytes, &count) ? feat_alloc(count) : NULL;
    *f = NULL;
    *g = NULL;
    if (data == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu images", n);
    const char *from = x->f != NULL ? (const char *)x->f : (const char *)x->g;
    for (size_t i = 0; i < n; i++)
        memcpy((char *)data + i * bytes, from + rows[i] * bytes, bytes);
    if (x->f != NULL)
        *f = data;
    else
        *g = data;
    *out = (gmet_judge_rows){*f, *g, n, x->d};
    return FEAT_OK;
}
