/* Sets of which only the names are there. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/sets/set_source.h"

static feat_status load_nothing(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    (void)index, (void)bytes, (void)n;
    return feat_fail(err, FEAT_ERR_ARG, "%s: only the names of its images are there", set->spec);
}

const bf_source_ops bf_source_names = {
    .name = "names",
    .load = load_nothing,
    .decode = bf_set_decode_file,
    .hint = bf_set_file_hint,
};

feat_status bf_set_open_names(bf_set **out, const char *spec, const bf_set_names *texts, size_t n_texts,
                              feat_error *err)
{
    bf_set *set = *out = feat_calloc(1, sizeof *set);
    bool good = set != NULL && (set->spec = feat_strdup(spec)) != NULL;
    for (size_t t = 0; t < n_texts && good; t++) {
        const char *name = texts[t].text;
        for (size_t i = 0; i < texts[t].n && good; i++, name += strlen(name) + 1)
            good = bf_items_add(&set->items, name, strlen(name), i);
    }
    if (!good) {
        bf_set_close(out);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its names", spec);
    }
    set->kind = BF_SET_IMAGES;
    set->ops = &bf_source_names;
    bf_items_finish(&set->items, false);
    return FEAT_OK;
}
