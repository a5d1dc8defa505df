/* The metrics as the commands report them: from sides whose layers are filled to lines and values. A header for each
 * family, which this one includes; here what takes more than a line. Each returns the errors of the metric's own
 * function, NUMERIC and UNSUPPORTED among them, which `eval` takes as a reason to leave the metric out; a line is
 * printed only by those that succeed. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_H

#include "tools/judge/judge_file.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure_diversity.h"
#include "tools/measure/measure_frechet.h"
#include "tools/measure/measure_manifold.h"
#include "tools/measure/measure_twosample.h"
#include "tools/measure/show.h"

typedef struct bf_class_table {
    size_t n;
    char (*names)[BF_CLASS_NAME]; /* [n] folders or labels, sorted */
    gmet_class_score *scores;     /* [n] */
    gmet_class_mean mean;
} bf_class_table;

/* FID, Inception Score, precision and recall of each class: both sets must have the same. m->classes is set to what the
 * report then owns. */
feat_status bf_measure_classes(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
double bf_memory_of_classes(const bf_measuring *m);

/* The class of an image, or table->n when it is none of them. */
size_t bf_class_of_row(const bf_class_table *table, const bf_side *side, size_t row);

/* A generated image nearly equals a real one when it is nearer to it than this share of the distance that
 * real images usually (median) have to the nearest other real one. */
#define BF_NEAR_SHARE 0.25

/* The judge for --judge, before any image is run: reads `path` and compares it with both prepared sides. The caller
 * closes *file, also after an error (zero-initialise it). Errors: those of bf_judge_file_read; FORMAT (trained on other
 * features), UNSUPPORTED (it needs logits, or gen holds statistics). */
feat_status bf_judge_open(bf_judge_file *file, const bf_side *real, const bf_side *gen,
                          const char *path, feat_error *err) FEAT_NODISCARD;
/* Mean probability that a person calls an image real, of both filled sides. *said [gen->n], that of each generated
 * image, is the caller's to free. Errors: NUMERIC, NOMEM. */
feat_status bf_measure_judge(bf_run *run, const bf_side *real, const bf_side *gen, const bf_judge_file *file,
                             double **said, feat_error *err) FEAT_NODISCARD;

/* --per-image. share [n], said [n] (what bf_measure_judge gave) and logits [n][n_classes] of gen may be NULL. */
feat_status bf_write_per_image(bf_run *run, const bf_side *real, const bf_side *gen, const double *share,
                               const double *said, const float *logits, size_t n_classes, const char *path,
                               feat_error *err) FEAT_NODISCARD;

/* eval --as all, from sides that are prepared. */
feat_status bf_measure_as_all(bf_run *run, bf_side *real, bf_side *gen, feat_error *err) FEAT_NODISCARD;

#endif
