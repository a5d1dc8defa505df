/* Reading labels. */
#include "tools/judge/judge_labels.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_key.h"

enum { C_IMAGE, C_RATER, C_LABEL, C_N, C_K, C_GROUP, C_TRUTH, C_BLOCK, C_DATASET, C_SHOWN, C_PICTURE, N_COLUMNS };

typedef struct reader {
    bf_labels *labels;
    bf_csv *csv;
    const char *path, *dataset;
    const bf_judge_key *key;  /* NULL for none */
    char *const *keyed;       /* what the key says of the line's picture */
    size_t column[N_COLUMNS]; /* SIZE_MAX without */
    bool block_is_path;
    const char *fields[BF_CSV_MAX_COLUMNS];
    size_t line;
    size_t *seen; /* numbers of votes + 1, hashed by image and rater */
    size_t n_slots;
} reader;

static feat_status no_memory(const reader *r, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its labels", r->path);
}

/* --- columns -------------------------------------------------------------------------------------------- */

static feat_status find_columns(reader *r, feat_error *err)
{
    static const char *const names[][2] = {
        [C_IMAGE] = {"image", "image_id"},   [C_RATER] = {"rater", NULL},    [C_LABEL] = {"label", NULL},
        [C_N] = {"n", "n_labels"},           [C_K] = {"k", "n_judged_real"}, [C_GROUP] = {"group", NULL},
        [C_TRUTH] = {"truth", "truth_real"}, [C_BLOCK] = {"block", "path"},  [C_DATASET] = {"dataset", NULL},
        [C_SHOWN] = {"shown", NULL},         [C_PICTURE] = {"picture", NULL}};
    _Static_assert(sizeof names / sizeof names[0] == N_COLUMNS, "names of each column");
    for (size_t c = 0; c < N_COLUMNS; c++)
        for (size_t i = 0; i < 2; i++) {
            size_t at = names[c][i] != NULL ? bf_csv_find(r->csv, names[c][i]) : SIZE_MAX;
            if (at == SIZE_MAX || (i == 1 && r->column[c] != SIZE_MAX))
                continue;
            r->column[c] = at;
            r->block_is_path = r->block_is_path || (c == C_BLOCK && i == 1);
        }
    bool as_votes = r->column[C_RATER] != SIZE_MAX && r->column[C_LABEL] != SIZE_MAX;
    bool as_counts = r->column[C_N] != SIZE_MAX && r->column[C_K] != SIZE_MAX;
    bool of_page = r->column[C_IMAGE] == SIZE_MAX && r->column[C_PICTURE] != SIZE_MAX;
    if ((r->column[C_IMAGE] == SIZE_MAX && !of_page) || as_votes == as_counts)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: expected the columns image, rater, label (one line per judgement) or image, n, k (one "
                         "line per image); the header has neither",
                         r->path);
    if (r->key != NULL && !of_page)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: names images, not pictures of a page: it needs no key (column picture expected)",
                         r->path);
    r->labels->of_page = of_page;
    r->labels->has_shown = r->column[C_SHOWN] != SIZE_MAX;
    r->labels->long_form = as_votes;
    r->labels->has_group = r->key != NULL || r->column[C_GROUP] != SIZE_MAX;
    r->labels->has_truth = r->key != NULL || r->column[C_TRUTH] != SIZE_MAX;
    return FEAT_OK;
}

static const char *field(const reader *r, size_t c)
{
    if (r->keyed != NULL && (c == C_IMAGE || c == C_GROUP || c == C_TRUTH))
        return r->keyed[c == C_IMAGE ? BF_KEY_IMAGE : c == C_GROUP ? BF_KEY_GROUP : BF_KEY_TRUTH];
    if (c == C_IMAGE && r->labels->of_page)
        c = C_PICTURE;
    return r->column[c] != SIZE_MAX ? r->fields[r->column[c]] : "";
}

enum { UNSURE = 2 };

/* 1 for real, 0 for fake, -1 for something else. */
static signed char parse_label(const char *text)
{
    if (strcmp(text, "1") == 0 || strcmp(text, "real") == 0)
        return 1;
    return strcmp(text, "0") == 0 || strcmp(text, "fake") == 0 ? 0 : -1;
}

static bool parse_count(const char *text, uint32_t *number)
{
    uint64_t value = 0;
    if (*text == 0)
        return false;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9' || value > 100000000)
            return false;
        value = 10 * value + (uint64_t)(*text - '0');
    }
    *number = (uint32_t)value;
    return value <= 100000000;
}

/* --- one line ----------------------------------------------------------------------------------------- */

static feat_status need_image(reader *r, uint32_t *number, bool *is_new, feat_error *err)
{
    bf_labels *l = r->labels;
    const char *name = field(r, C_IMAGE);
    size_t before = l->images.n;
    if (name[0] == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: the image has no name", r->path, r->line);
    feat_status status = bf_names_add(&l->images, name, number, err);
    if (status != FEAT_OK)
        return status;
    *is_new = l->images.n > before;
    if (l->images.n > l->capacity) {
        size_t capacity = l->capacity > 0 ? 2 * l->capacity : 256;
        bf_label *of = feat_realloc(l->of, capacity * sizeof *of);
        if (of == NULL) {
            return no_memory(r, err);
        }
        l->of = of;
        l->capacity = capacity;
    }
    if (*is_new)
        l->of[*number] = (bf_label){0, 0, BF_NO_NAME, BF_NO_NAME, BF_NO_NAME, -1, r->line};
    return FEAT_OK;
}

/* What the line says of its image beside the label. */
static feat_status read_about(reader *r, bf_label *about, feat_error *err)
{
    bf_labels *l = r->labels;
    feat_status status = FEAT_OK;
    *about = (bf_label){0, 0, BF_NO_NAME, BF_NO_NAME, BF_NO_NAME, -1, 0};
    const char *truth = field(r, C_TRUTH), *group = field(r, C_GROUP), *block = field(r, C_BLOCK);
    if (truth[0] != 0 && (about->truth = parse_label(truth)) < 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: truth is '%.80s'; expected 0, 1, real or fake", r->path,
                         r->line, truth);
    if (group[0] != 0)
        status = bf_names_add(&l->groups, group, &about->group, err);
    if (about->truth < 0 && group[0] != 0)
        about->truth = strcmp(group, "real") == 0;
    if (status == FEAT_OK && block[0] != 0 && (!r->block_is_path || about->truth == 1))
        status = bf_names_add(&l->blocks, block, &about->block, err);
    if (status == FEAT_OK && field(r, C_DATASET)[0] != 0)
        status = bf_names_add(&l->datasets, field(r, C_DATASET), &about->dataset, err);
    return status;
}

static feat_status merge_about(const reader *r, bf_label *label, const bf_label *about, bool is_new, feat_error *err)
{
    const char *what = label->group != about->group       ? "group"
                       : label->truth != about->truth     ? "truth"
                       : label->block != about->block     ? "block"
                       : label->dataset != about->dataset ? "dataset"
                                                          : NULL;
    if (!is_new && what != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: image '%.120s' has another %s than in line %zu", r->path,
                         r->line, field(r, C_IMAGE), what, label->line);
    label->group = about->group;
    label->truth = about->truth;
    label->block = about->block;
    label->dataset = about->dataset;
    return FEAT_OK;
}

static size_t slot_of(const reader *r, uint32_t image, uint32_t rater)
{
    uint64_t key = ((uint64_t)image << 32 | rater) + 1;
    size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (r->n_slots - 1);
    for (; r->seen[at] != 0; at = (at + 1) & (r->n_slots - 1)) {
        const gmet_judge_vote *vote = &r->labels->votes[r->seen[at] - 1];
        if (vote->image == image && vote->rater == rater)
            break;
    }
    return at;
}

/* Room for one more vote among those that are known again. */
static feat_status grow_seen(reader *r, feat_error *err)
{
    const bf_labels *l = r->labels;
    if (2 * (l->n_votes + 1) <= r->n_slots)
        return FEAT_OK;
    size_t n_slots = r->n_slots > 0 ? 2 * r->n_slots : 1024;
    size_t *slots = feat_calloc(n_slots, sizeof *slots);
    if (slots == NULL)
        return no_memory(r, err);
    feat_free(r->seen);
    r->seen = slots;
    r->n_slots = n_slots;
    for (size_t v = 0; v < l->n_votes; v++)
        r->seen[slot_of(r, l->votes[v].image, l->votes[v].rater)] = v + 1;
    return FEAT_OK;
}

static feat_status need_rater(reader *r, uint32_t *number, feat_error *err)
{
    bf_labels *l = r->labels;
    if (field(r, C_RATER)[0] == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: the rater has no name", r->path, r->line);
    if (l->raters.n == l->by_capacity) {
        size_t capacity = l->by_capacity > 0 ? 2 * l->by_capacity : 16;
        bf_rater *by = feat_realloc(l->by, capacity * sizeof *by);
        if (by == NULL)
            return no_memory(r, err);
        memset(by + l->by_capacity, 0, (capacity - l->by_capacity) * sizeof *by);
        l->by = by;
        l->by_capacity = capacity;
    }
    return bf_names_add(&l->raters, field(r, C_RATER), number, err);
}

static feat_status add_vote(reader *r, uint32_t image, signed char label, feat_error *err)
{
    bf_labels *l = r->labels;
    uint32_t rater = 0;
    feat_status status = need_rater(r, &rater, err);
    if (status == FEAT_OK)
        status = grow_seen(r, err);
    if (status != FEAT_OK)
        return status;
    if (label == UNSURE) {
        l->n_unsure++;
        l->by[rater].unsure++;
        return FEAT_OK;
    }
    size_t slot = slot_of(r, image, rater);
    if (r->seen[slot] != 0) {
        l->n_repeated++;
        l->by[rater].again++;
        l->by[rater].same += l->votes[r->seen[slot] - 1].label == label;
        return FEAT_OK;
    }
    if (l->n_votes == l->votes_capacity) {
        size_t capacity = l->votes_capacity > 0 ? 2 * l->votes_capacity : 1024;
        gmet_judge_vote *votes = feat_realloc(l->votes, capacity * sizeof *votes);
        if (votes == NULL)
            return no_memory(r, err);
        l->votes = votes;
        l->votes_capacity = capacity;
    }
    l->votes[l->n_votes++] = (gmet_judge_vote){image, rater, (unsigned char)label};
    r->seen[slot] = l->n_votes;
    l->by[rater].labels++;
    l->of[image].n++;
    l->of[image].k += (uint32_t)label;
    return FEAT_OK;
}

static feat_status add_counts(reader *r, uint32_t image, bool is_new, feat_error *err)
{
    bf_label *label = &r->labels->of[image];
    uint32_t n, k;
    if (!parse_count(field(r, C_N), &n) || !parse_count(field(r, C_K), &k))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: n and k are '%.40s' and '%.40s'; expected whole numbers",
                         r->path, r->line, field(r, C_N), field(r, C_K));
    if (k > n)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: k = %u is more than n = %u", r->path, r->line, k, n);
    if (!is_new)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: image '%.120s' was counted in line %zu already", r->path,
                         r->line, field(r, C_IMAGE), label->line);
    label->n = n;
    label->k = k;
    return FEAT_OK;
}

/* What the key says of the picture of the line. */
static feat_status look_up(reader *r, feat_error *err)
{
    r->keyed = NULL;
    if (r->key == NULL)
        return FEAT_OK;
    uint32_t number = bf_names_find(&r->key->pictures, field(r, C_PICTURE));
    if (number == BF_NO_NAME)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: line %zu: picture '%.80s' is not in the key, which is of another page", r->path, r->line,
                         field(r, C_PICTURE));
    r->keyed = r->key->of[number];
    return FEAT_OK;
}

static feat_status read_line(reader *r, feat_error *err)
{
    uint32_t image = 0;
    bool is_new = false;
    bf_label about;
    signed char label = 0;
    if (r->labels->long_form) {
        label = strcmp(field(r, C_LABEL), "unsure") == 0 ? UNSURE : parse_label(field(r, C_LABEL));
        if (label < 0)
            return feat_fail(err, FEAT_ERR_FORMAT,
                             "%s: line %zu: label is '%.80s'; expected 0, 1, real, fake or unsure", r->path, r->line,
                             field(r, C_LABEL));
    }
    feat_status status = look_up(r, err);
    if (status == FEAT_OK)
        status = need_image(r, &image, &is_new, err);
    if (status == FEAT_OK)
        status = read_about(r, &about, err);
    if (status == FEAT_OK)
        status = merge_about(r, &r->labels->of[image], &about, is_new, err);
    if (status != FEAT_OK)
        return status;
    return r->labels->long_form ? add_vote(r, image, label, err) : add_counts(r, image, is_new, err);
}

/* The header once more: files of several raters were joined by cat. */
static bool is_header(const reader *r)
{
    for (size_t c = 0; c < bf_csv_columns(r->csv); c++)
        if (strcmp(r->fields[c], bf_csv_header(r->csv, c)) != 0)
            return false;
    return true;
}

feat_status bf_labels_read(bf_labels *labels, const char *path, const char *dataset, feat_error *err)
{
    return bf_labels_read_keyed(labels, path, dataset, NULL, err);
}

feat_status bf_labels_read_keyed(bf_labels *labels, const char *path, const char *dataset, const bf_judge_key *key,
                                 feat_error *err)
{
    reader r = {.labels = labels, .path = path, .dataset = dataset, .key = key};
    bool more = true;
    *labels = (bf_labels){0};
    for (size_t c = 0; c < N_COLUMNS; c++)
        r.column[c] = SIZE_MAX;
    feat_status status = bf_csv_open(&r.csv, path, err);
    if (status == FEAT_OK)
        status = find_columns(&r, err);
    if (status == FEAT_OK && dataset != NULL && r.column[C_DATASET] == SIZE_MAX)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: has no column dataset", path);
    while (status == FEAT_OK) {
        status = bf_csv_next(r.csv, r.fields, &r.line, &more, err);
        if (status != FEAT_OK || !more)
            break;
        if (!is_header(&r) && (dataset == NULL || strcmp(field(&r, C_DATASET), dataset) == 0))
            status = read_line(&r, err);
    }
    if (status == FEAT_OK && labels->images.n == 0)
        status =
            feat_fail(err, FEAT_ERR_FORMAT, dataset != NULL ? "%s: no labels of dataset '%s'" : "%s: no labels%.0s",
                      path, dataset != NULL ? dataset : "");
    bf_csv_close(&r.csv);
    feat_free(r.seen);
    if (status != FEAT_OK)
        bf_labels_free(labels);
    return status;
}

void bf_labels_free(bf_labels *labels)
{
    bf_names_free(&labels->images);
    bf_names_free(&labels->raters);
    bf_names_free(&labels->groups);
    bf_names_free(&labels->blocks);
    bf_names_free(&labels->datasets);
    feat_free(labels->of);
    feat_free(labels->votes);
    feat_free(labels->by);
    *labels = (bf_labels){0};
}
