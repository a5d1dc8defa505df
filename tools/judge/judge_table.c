/* Images and labels joined by name. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/judge/judge_labels.h"

/* One image on its way into the table. */
typedef struct making {
    bf_judge_table *table;
    const bf_labels *labels;
    const bf_judge_images *images; /* may be NULL */
    uint32_t *label_of;            /* [images->n] number in the labels, BF_NO_NAME without */
    uint32_t *position;            /* [labels->images.n] in the table, BF_NO_NAME if not there */
    uint32_t *order;
    const char **names; /* of the chosen, unsorted */
    uint32_t *source;   /* [n] of the chosen: number of the image, or of the label when there are no images */
    size_t n;
} making;

static feat_status no_memory(feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to join images and labels");
}

static const bf_label *label_at(const making *m, size_t chosen)
{
    uint32_t number = m->images != NULL ? m->label_of[m->source[chosen]] : m->source[chosen];
    return &m->labels->of[number];
}

/* Which images have labels. */
static feat_status match(making *m, feat_error *err)
{
    const bf_labels *l = m->labels;
    bf_names known = {0};
    uint32_t number;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < m->images->n && status == FEAT_OK; i++) {
        size_t before = known.n;
        status = bf_names_add(&known, m->images->names[i], &number, err);
        if (status == FEAT_OK && known.n == before)
            status = feat_fail(err, FEAT_ERR_FORMAT, "two images are called '%.200s'", m->images->names[i]);
        m->label_of[i] = bf_names_find(&l->images, m->images->names[i]);
    }
    for (size_t i = 0; i < l->images.n && status == FEAT_OK; i++) {
        if (bf_names_find(&known, l->images.text[i]) != BF_NO_NAME)
            continue;
        m->table->n_missing++;
        if (!m->images->ignore_missing)
            status =
                feat_fail(err, FEAT_ERR_FORMAT,
                          "line %zu is about image '%.200s', which is not among the images; "
                          "--ignore-missing leaves such labels out",
                          l->of[i].line, l->images.text[i]);
    }
    bf_names_free(&known);
    return status;
}

static feat_status choose(making *m, uint32_t dataset, feat_error *err)
{
    const bf_labels *l = m->labels;
    size_t most = m->images != NULL ? m->images->n : l->images.n;
    m->names = feat_alloc_array(most, sizeof *m->names);
    m->source = feat_alloc_array(most, sizeof *m->source);
    m->order = feat_alloc_array(most, sizeof *m->order);
    m->label_of = feat_alloc_array(most, sizeof *m->label_of);
    m->position = feat_alloc_array(l->images.n, sizeof *m->position);
    if (m->names == NULL || m->source == NULL || m->order == NULL || m->label_of == NULL ||
        m->position == NULL)
        return no_memory(err);
    feat_status status = m->images != NULL ? match(m, err) : FEAT_OK;
    for (size_t i = 0; i < most && status == FEAT_OK; i++) {
        uint32_t number = m->images != NULL ? m->label_of[i] : (uint32_t)i;
        if (number == BF_NO_NAME || l->of[number].n == 0) {
            m->table->n_unlabelled++;
            continue;
        }
        if (dataset != BF_NO_NAME && l->of[number].dataset != dataset)
            continue;
        m->names[m->n] = l->images.text[number];
        m->source[m->n++] = (uint32_t)i;
    }
    if (status == FEAT_OK && m->n == 0)
        status = feat_fail(err, FEAT_ERR_FORMAT, "no image has a label");
    return status;
}

/* --- groups and blocks
 * --------------------------------------------------------------------------------------- */

/* The text of an image's group: what the labels say, else the set it came from. */
static const char *group_of(const making *m, size_t chosen)
{
    const bf_label *label = label_at(m, chosen);
    if (label->group != BF_NO_NAME)
        return m->labels->groups.text[label->group];
    if (m->images != NULL && m->images->set_names != NULL && !m->labels->has_group)
        return m->images->set_names[m->source[chosen]];
    return "";
}

/* Numbers groups in natural order. Writes group [n] in table order. */
static feat_status number_groups(making *m, uint32_t *group, feat_error *err)
{
    bf_judge_table *t = m->table;
    bf_names found = {0};
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < m->n && status == FEAT_OK; i++)
        status = bf_names_add(&found, group_of(m, m->order[i]), &group[i], err);
    uint32_t *order = feat_alloc_array(found.n, 2 * sizeof *order);
    t->groups = feat_alloc_array(found.n, sizeof *t->groups);
    if (status == FEAT_OK && (order == NULL || t->groups == NULL))
        status = no_memory(err);
    if (status == FEAT_OK)
        status = bf_names_order(order, (const char *const *)found.text, found.n, err);
    uint32_t *rank = order != NULL ? order + found.n : NULL, number;
    for (size_t g = 0; g < found.n && status == FEAT_OK; g++) {
        rank[order[g]] = (uint32_t)g;
        status = bf_names_add(&t->group_names, found.text[order[g]], &number, err);
    }
    for (size_t g = 0; g < t->group_names.n && status == FEAT_OK; g++)
        t->groups[g] = t->group_names.text[g];
    for (size_t i = 0; i < m->n && status == FEAT_OK; i++)
        group[i] = rank[group[i]];
    t->set.n_groups = found.n;
    feat_free(order);
    bf_names_free(&found);
    return status;
}

/* Blocks in table order; an image without one is a block of its own. */
static feat_status number_blocks(making *m, uint32_t *block, feat_error *err)
{
    uint32_t *of_block = feat_alloc_array(m->labels->blocks.n, sizeof *of_block), n = 0;
    if (of_block == NULL)
        return no_memory(err);
    for (size_t b = 0; b < m->labels->blocks.n; b++)
        of_block[b] = BF_NO_NAME;
    for (size_t i = 0; i < m->n; i++) {
        uint32_t named = label_at(m, m->order[i])->block;
        if (named == BF_NO_NAME) {
            block[i] = n++;
            continue;
        }
        if (of_block[named] == BF_NO_NAME)
            of_block[named] = n++;
        block[i] = of_block[named];
    }
    m->table->set.n_blocks = n;
    feat_free(of_block);
    return FEAT_OK;
}

/* --- votes
 * ------------------------------------------------------------------------------------------------------ */

/* Raters are numbered in natural order and votes sorted by image, then rater, so that sums over them do not
 * depend on the order of lines. */
static feat_status copy_votes(making *m, feat_error *err)
{
    const bf_labels *l = m->labels;
    bf_judge_table *t = m->table;
    size_t n_raters = l->raters.n;
    uint32_t *order = feat_alloc_array(n_raters, 2 * sizeof *order);
    size_t *start = feat_calloc(n_raters + m->n + 2, sizeof *start);
    gmet_judge_vote *by_rater = feat_alloc_array(l->n_votes, sizeof *by_rater);
    t->vote = feat_alloc_array(l->n_votes, sizeof *t->vote);
    t->votes = (gmet_judge_votes){.of = t->vote, .n_images = m->n, .n_raters = n_raters};
    feat_status status = FEAT_OK;
    if (order == NULL || start == NULL || by_rater == NULL || t->vote == NULL)
        status = no_memory(err);
    if (status == FEAT_OK)
        status = bf_names_order(order, (const char *const *)l->raters.text, n_raters, err);
    if (status == FEAT_OK) {
        uint32_t *rank = order + n_raters;
        size_t *of_image = start + n_raters + 1;
        for (size_t r = 0; r < n_raters; r++)
            rank[order[r]] = (uint32_t)r;
        for (size_t v = 0; v < l->n_votes; v++)
            if (m->position[l->votes[v].image] != BF_NO_NAME) {
                start[rank[l->votes[v].rater] + 1]++;
                of_image[m->position[l->votes[v].image] + 1]++;
                t->votes.n++;
            }
        for (size_t r = 0; r < n_raters; r++)
            start[r + 1] += start[r];
        for (size_t i = 0; i < m->n; i++)
            of_image[i + 1] += of_image[i];
        for (size_t v = 0; v < l->n_votes; v++) {
            gmet_judge_vote vote = l->votes[v];
            vote.image = m->position[vote.image];
            vote.rater = rank[vote.rater];
            if (vote.image != BF_NO_NAME)
                by_rater[start[vote.rater]++] = vote;
        }
        for (size_t v = 0; v < t->votes.n; v++)
            t->vote[of_image[by_rater[v].image]++] = by_rater[v];
    }
    feat_free(by_rater);
    feat_free(start);
    feat_free(order);
    return status;
}

static feat_status fill(making *m, feat_error *err)
{
    bf_judge_table *t = m->table;
    size_t n = m->n;
    t->numbers = feat_alloc_array(n, 4 * sizeof *t->numbers);
    t->truth = feat_alloc(n);
    t->names = feat_alloc_array(n, sizeof *t->names);
    t->rows = feat_alloc_array(n, sizeof *t->rows);
    if (t->numbers == NULL || t->truth == NULL || t->names == NULL || t->rows == NULL)
        return no_memory(err);
    t->set = (gmet_judge_set){.n = n,
                              .n_labels = t->numbers,
                              .k_real = t->numbers + n,
                              .group = t->numbers + 2 * n,
                              .truth = t->truth,
                              .block = t->numbers + 3 * n};
    t->truth_known = true;
    for (size_t i = 0; i < m->labels->images.n; i++)
        m->position[i] = BF_NO_NAME;
    for (size_t i = 0; i < n; i++) {
        const bf_label *label = label_at(m, m->order[i]);
        t->numbers[i] = label->n;
        t->numbers[n + i] = label->k;
        t->truth[i] = label->truth;
        if (label->truth < 0 && label->group == BF_NO_NAME && group_of(m, m->order[i])[0] != 0)
            t->truth[i] = strcmp(group_of(m, m->order[i]), "real") == 0;
        t->truth_known = t->truth_known && t->truth[i] >= 0;
        t->names[i] = m->names[m->order[i]];
        t->rows[i] = m->images != NULL ? m->source[m->order[i]] : SIZE_MAX;
        m->position[label - m->labels->of] = (uint32_t)i;
    }
    feat_status status = number_groups(m, t->numbers + 2 * n, err);
    if (status == FEAT_OK)
        status = number_blocks(m, t->numbers + 3 * n, err);
    if (status == FEAT_OK && m->labels->long_form)
        status = copy_votes(m, err);
    return status;
}

feat_status bf_judge_table_make(bf_judge_table *table, const bf_labels *labels, const bf_judge_images *images,
                                uint32_t dataset, feat_error *err)
{
    making m = {.table = table, .labels = labels, .images = images};
    *table = (bf_judge_table){0};
    feat_status status = choose(&m, dataset, err);
    if (status == FEAT_OK)
        status = bf_names_order(m.order, m.names, m.n, err);
    if (status == FEAT_OK)
        status = fill(&m, err);
    feat_free(m.names);
    feat_free(m.source);
    feat_free(m.order);
    feat_free(m.label_of);
    feat_free(m.position);
    if (status != FEAT_OK)
        bf_judge_table_free(table);
    return status;
}

void bf_judge_table_free(bf_judge_table *table)
{
    feat_free(table->numbers);
    feat_free(table->truth);
    feat_free(table->names);
    feat_free(table->rows);
    feat_free(table->groups);
    feat_free(table->vote);
    bf_names_free(&table->group_names);
    *table = (bf_judge_table){0};
}
