/* The table of what metrics do. */
#include "tools/measure/metrics.h"

#include "engine/base/status.h"
#include "tools/measure/measure.h"
#include "tools/run/network.h"

static const struct {
    feat_status (*measure)(bf_measuring *m, feat_error *err);
    double (*memory)(const bf_measuring *m); /* NULL: it is in the plan as a layer */
    void (*note)(const bf_measuring *m);     /* NULL: no settings of its own */
} metrics[] = {
    [BF_METRIC_IS] = {bf_measure_is, bf_memory_of_is, bf_note_is},
    [BF_METRIC_FID] = {bf_measure_fid, bf_memory_of_fid, NULL},
    [BF_METRIC_KID] = {bf_measure_kid, bf_memory_of_kid, bf_note_kid},
    [BF_METRIC_PR] = {bf_measure_pr, bf_memory_of_pr, bf_note_pr},
    [BF_METRIC_PR_VGG] = {bf_measure_pr, bf_memory_of_pr, bf_note_pr},
    [BF_METRIC_DC] = {bf_measure_dc, bf_memory_of_dc, bf_note_dc},
    [BF_METRIC_CLASSES] = {bf_measure_classes, bf_memory_of_classes, NULL},
    [BF_METRIC_SFID] = {bf_measure_fid_of_layer, NULL, NULL},
    [BF_METRIC_FID64] = {bf_measure_fid_of_layer, NULL, NULL},
    [BF_METRIC_FID192] = {bf_measure_fid_of_layer, NULL, NULL},
    [BF_METRIC_FID768] = {bf_measure_fid_of_layer, NULL, NULL},
    [BF_METRIC_FID_INF] = {bf_measure_fid_infinity, bf_memory_of_fid_infinity, NULL},
    [BF_METRIC_IS_INF] = {bf_measure_is_infinity, bf_memory_of_is_infinity, NULL},
    [BF_METRIC_MIFID] = {bf_measure_mifid, bf_memory_of_mifid, NULL},
    [BF_METRIC_MIND] = {bf_measure_mind, bf_memory_of_mind, NULL},
    [BF_METRIC_VENDI] = {bf_measure_vendi, bf_memory_of_vendi, NULL},
    [BF_METRIC_AUTHPCT] = {bf_measure_authpct, bf_memory_of_authpct, NULL},
    [BF_METRIC_CT] = {bf_measure_ct, bf_memory_of_ct, NULL},
    [BF_METRIC_PRD] = {bf_measure_prd, bf_memory_of_prd, NULL},
    [BF_METRIC_FD_DINOV2] = {bf_measure_fid_of_layer, bf_memory_of_fid, NULL},
    [BF_METRIC_KD] = {bf_measure_kid, bf_memory_of_kid, bf_note_kid},
    [BF_METRIC_CLIP_FID] = {bf_measure_fid_of_layer, bf_memory_of_fid, NULL},
    [BF_METRIC_CMMD] = {bf_measure_cmmd, bf_memory_of_cmmd, NULL},
};
_Static_assert(sizeof metrics / sizeof metrics[0] == (size_t)BF_N_METRICS, "a row for each metric");

/* The sides as another network than the run's own has them, where the metric is of its features. */
typedef struct view {
    bf_measuring m;
    bf_side real, gen;
} view;

static bf_side side_of(const bf_run *run, const bf_side *side, const bf_network *network)
{
    bf_side other = *side;
    other.main = network->tap;
    other.d = bf_run_dim(run, network->tap);
    return other;
}

/* Returns the measuring to use: m itself, or v->m. NULL: the run does not have the metric's network. */
static bf_measuring *look_from(view *v, bf_measuring *m, bf_metric_id id)
{
    bf_run *run = m->run;
    const bf_network *network = NULL;
    const feat_net *usual = NULL;
    m->metric = bf_metric_at(id);
    m->how = &run->network.how;
    if (bf_metric_is_of(m->metric, run->network.net))
        return m;
    usual = feat_net_find(m->metric->usual_network);
    for (size_t i = 0; i < run->n_other; i++) /* the one that it is published of, else another of the family */
        if (bf_metric_is_of(m->metric, run->other[i].net) && (network == NULL || run->other[i].net == usual))
            network = &run->other[i];
    if (network == NULL)
        return NULL;
    v->real = side_of(run, m->real, network);
    v->gen = side_of(run, m->gen, network);
    v->m = (bf_measuring){.run = run, .real = &v->real, .gen = &v->gen, .metric = m->metric, .how = &network->how};
    return &v->m;
}

feat_status bf_metric_measure(bf_measuring *m, bf_metric_id id, feat_error *err)
{
    view v;
    bf_measuring *seen = look_from(&v, m, id);
    return seen != NULL ? metrics[id].measure(seen, err)
                        : feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s was not run", m->metric->network);
}

double bf_metric_memory(bf_measuring *m, bf_metric_id id)
{
    view v;
    const bf_measuring *seen = look_from(&v, m, id);
    return metrics[id].memory != NULL && seen != NULL ? metrics[id].memory(seen) : 0.0;
}

void bf_metric_note(bf_measuring *m, bf_metric_id id)
{
    view v;
    const bf_measuring *seen = look_from(&v, m, id);
    if (metrics[id].note != NULL && seen != NULL)
        metrics[id].note(seen);
}
