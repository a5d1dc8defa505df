/* The disturbance test as CSV and JSON; the page is in sanity_page.c. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/html/html.h"
#include "tools/sanity/sanity.h"

static void put_curve(bf_json *j, size_t kind, size_t metric, const bf_sanity_curve *c)
{
    const bf_sanity_metric m = bf_sanity_metric_at(metric);
    bf_verdict v = bf_sanity_judge(c, m.low);
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "disturbance", bf_sanity_kind(kind));
    bf_json_string(j, "metric", m.key);
    bf_json_open(j, "values", '[');
    for (int i = 0; i < BF_SANITY_LEVELS; i++)
        bf_json_number(j, NULL, c->value[i]);
    bf_json_close(j, ']');
    if (c->error.known && !c->error.at_most && !c->error.at_least)
        bf_json_number(j, "standard_error", c->error.error);
    else
        bf_json_string(j, "standard_error", NULL);
    if (c->error.at_most || c->error.at_least)
        bf_json_number(j, c->error.at_most ? "at_most" : "at_least", c->error.limit);
    bf_json_string(j, "verdict", bf_verdict_name(v.kind));
    bf_json_integer(j, "reacts_from_level", (uint64_t)v.reacts);
    bf_json_boolean(j, "monotone", v.monotone);
    bf_json_close(j, '}');
}

void bf_sanity_json(bf_json *j, const void *ctx)
{
    const bf_sanity *s = ctx;
    bf_json_integer(j, "n_real", s->n_real);
    bf_json_integer(j, "n_disturbed", s->n_changed);
    bf_json_open(j, "curves", '[');
    for (size_t k = 0; k < BF_SANITY_KINDS; k++)
        for (size_t m = 0; m < BF_SANITY_METRICS; m++)
            if (s->curves[k][m].known)
                put_curve(j, k, m, &s->curves[k][m]);
    bf_json_close(j, ']');
}

static void put_csv(bf_text *t, const bf_sanity *s)
{
    bf_html_raw(t, "disturbance,level,what,metric,value,standard_error,damage_in_errors,verdict\n");
    for (size_t k = 0; k < BF_SANITY_KINDS; k++)
        for (size_t m = 0; m < BF_SANITY_METRICS; m++) {
            const bf_sanity_curve *c = &s->curves[k][m];
            bf_verdict v = bf_sanity_judge(c, bf_sanity_metric_at(m).low);
            for (int i = 0; i < BF_SANITY_LEVELS && c->known; i++) {
                bf_text_print(t, "%s,%d,%s,%s,%.17g,", bf_sanity_kind(k), i,
                              i > 0 ? bf_sanity_level(k, i) : "undisturbed", bf_sanity_metric_at(m).key,
                              c->value[i]);
                bool judged = v.kind != BF_VERDICT_UNKNOWN;
                bf_text_print(t, i == 0 && judged ? "%.17g," : ",", c->error.error);
                bf_text_print(t, judged ? "%.6g," : ",", v.z[i]);
                bf_text_print(t, "%s\n", bf_verdict_name(v.kind));
            }
        }
}

static feat_status write_named(const bf_text *t, const char *dir, const char *name, feat_error *err)
{
    char *path = bf_path_join(dir, name);
    feat_status status = path != NULL ? bf_text_write(t, path, err)
                                     : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", dir);
    feat_free(path);
    return status;
}

static feat_status write_json(bf_run *run, const bf_sanity *s, const char *dir, feat_error *err)
{
    bf_json j = {0};
    bf_text t = {0};
    bf_json_open(&j, NULL, '{');
    bf_json_integer(&j, "schema", BF_JSON_SCHEMA);
    bf_json_string(&j, "command", "sanity");
    bf_json_string(&j, "set", run->args->operands[0]);
    bf_json_string(&j, "preset", run->report.made.preset);
    bf_json_string(&j, "weights_sha256", run->report.made.weights_sha256);
    bf_json_integer(&j, "seed", bf_args_number(run->args, BF_OPT_SEED));
    bf_sanity_json(&j, s);
    bf_json_close(&j, '}');
    const char *text = bf_json_text(&j);
    if (text != NULL)
        bf_html_raw(&t, text);
    t.failed = t.failed || text == NULL;
    feat_status status = write_named(&t, dir, "sanity.json", err);
    bf_text_free(&t);
    bf_json_free(&j);
    return status;
}

feat_status bf_sanity_write(bf_run *run, const bf_sanity *s, const bf_set *set, size_t sample, const char *dir,
                            feat_error *err)
{
    bf_text csv = {0}, page = {0};
    put_csv(&csv, s);
    feat_status status = write_named(&csv, dir, "sanity.csv", err);
    if (status == FEAT_OK)
        status = write_json(run, s, dir, err);
    if (status == FEAT_OK)
        status = bf_sanity_page(&page, run, s, set, sample, err);
    if (status == FEAT_OK)
        status = write_named(&page, dir, BF_PAGE_NAME, err);
    bf_text_free(&csv);
    bf_text_free(&page);
    return status;
}
