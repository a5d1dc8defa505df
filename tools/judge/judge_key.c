/* Reading the key of a labelling page. */
#include "tools/judge/judge_key.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/formats/csv.h"

static const char *const columns[] = {"image", "group", "truth", "picture"};
enum { PICTURE = BF_KEY_FIELDS, N_COLUMNS = sizeof columns / sizeof columns[0] };

static feat_status no_memory(const char *path, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
}

static feat_status add(bf_judge_key *key, const char *const *fields, const char *path, size_t line, feat_error *err)
{
    uint32_t number;
    size_t before = key->pictures.n;
    if (before == key->capacity) {
        size_t capacity = before > 0 ? 2 * before : 256;
        char *(*of)[BF_KEY_FIELDS] = feat_realloc(key->of, capacity * sizeof *of);
        if (of == NULL)
            return no_memory(path, err);
        key->of = of;
        key->capacity = capacity;
    }
    feat_status status = bf_names_add(&key->pictures, fields[PICTURE], &number, err);
    if (status != FEAT_OK)
        return status;
    if (key->pictures.n == before)
        return strcmp(key->of[number][BF_KEY_IMAGE], fields[BF_KEY_IMAGE]) == 0
                   ? FEAT_OK
                   : feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: picture '%.80s' is another image than before", path,
                               line, fields[PICTURE]);
    memset(key->of[number], 0, sizeof key->of[number]);
    for (size_t f = 0; f < BF_KEY_FIELDS; f++)
        if ((key->of[number][f] = feat_strdup(fields[f])) == NULL)
            return no_memory(path, err);
    return FEAT_OK;
}

static feat_status read_lines(bf_judge_key *key, bf_csv *csv, const char *path, feat_error *err)
{
    const char *fields[BF_CSV_MAX_COLUMNS], *mine[N_COLUMNS];
    size_t at[N_COLUMNS], line;
    bool more = true;
    for (size_t c = 0; c < N_COLUMNS; c++)
        if ((at[c] = bf_csv_find(csv, columns[c])) == SIZE_MAX)
            return feat_fail(err, FEAT_ERR_FORMAT,
                             "%s: has no column %s; expected the key.csv that judge sheet wrote beside its page", path,
                             columns[c]);
    for (;;) {
        feat_status status = bf_csv_next(csv, fields, &line, &more, err);
        if (status != FEAT_OK || !more)
            return status;
        for (size_t c = 0; c < N_COLUMNS; c++)
            mine[c] = fields[at[c]];
        if (strcmp(mine[PICTURE], columns[PICTURE]) == 0)
            continue; /* the header once more */
        status = add(key, mine, path, line, err);
        if (status != FEAT_OK)
            return status;
    }
}

feat_status bf_judge_key_read(bf_judge_key *key, const char *path, feat_error *err)
{
    bf_csv *csv = NULL;
    *key = (bf_judge_key){0};
    feat_status status = bf_csv_open(&csv, path, err);
    if (status == FEAT_OK)
        status = read_lines(key, csv, path, err);
    bf_csv_close(&csv);
    if (status != FEAT_OK)
        bf_judge_key_free(key);
    return status;
}

void bf_judge_key_free(bf_judge_key *key)
{
    for (size_t i = 0; i < key->pictures.n; i++)
        for (size_t f = 0; f < BF_KEY_FIELDS; f++)
            feat_free(key->of[i][f]);
    feat_free(key->of);
    bf_names_free(&key->pictures);
    *key = (bf_judge_key){0};
}
