/* The table of what metrics do. */
#include "tools/measure/metrics.h"

#include "tools/measure/measure.h"

static const struct {
    feat_status (*measure)(bf_measuring *m, feat_error *err);
    double (*memory)(const bf_measuring *m); /* NULL: it is in the plan as a layer */
    void (*note)(bf_run *run);               /* NULL: no settings of its own */
} metrics[] = {
    [BF_METRIC_IS] = {bf_measure_is, bf_memory_of_is, bf_note_is},
    [BF_METRIC_FID] = {bf_measure_fid, bf_memory_of_fid, NULL},
    [BF_METRIC_KID] = {bf_measure_kid, bf_memory_of_kid, bf_note_kid},
    [BF_METRIC_PR] = {bf_measure_pr, bf_memory_of_pr, bf_note_pr},
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
};
_Static_assert(sizeof metrics / sizeof metrics[0] == (size_t)BF_N_METRICS, "a row for each metric");

feat_status bf_metric_measure(bf_measuring *m, bf_metric_id id, feat_error *err)
{
    m->metric = bf_metric_at(id);
    return metrics[id].measure(m, err);
}

double bf_metric_memory(const bf_measuring *m, bf_metric_id id)
{
    return metrics[id].memory != NULL ? metrics[id].memory(m) : 0.0;
}

void bf_metric_note(bf_run *run, bf_metric_id id)
{
    if (metrics[id].note != NULL)
        metrics[id].note(run);
}
