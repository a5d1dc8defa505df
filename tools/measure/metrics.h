/* What each metric does: a row for each of those in tools/options/metric_names.c. */
#ifndef BONAFIDE_TOOLS_MEASURE_METRICS_H
#define BONAFIDE_TOOLS_MEASURE_METRICS_H

#include "tools/measure/measuring.h"

/* A metric of another network's features (bf_metric, network) is measured of the layers that bf_run_other made known.
 *
 * Measures, and puts lines, values and warnings into the report. Errors: those of the metric's own function, NUMERIC
 * and UNSUPPORTED among them, after which nothing of it is in the report. */
feat_status bf_metric_measure(bf_measuring *m, bf_metric_id id, feat_error *err) FEAT_NODISCARD;

/* Bytes that it takes at most, beside the rows; of m what is known before the sides are filled: their numbers of images
 * and widths, and n_classes. */
double bf_metric_memory(bf_measuring *m, bf_metric_id id);

/* Enters its conventions into the settings of the report. */
void bf_metric_note(bf_measuring *m, bf_metric_id id);

#endif
