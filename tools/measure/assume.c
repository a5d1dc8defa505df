/* Images that both sides have, copies inside a side, and rows whose order shows. */
#include "tools/measure/assume.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/measure/classes.h"

/* --- marks ------------------------------------------------------------------------------------------- */

/* All rows have passed. */
static bool is_marked(const bf_side *side)
{
    return side->n > 0 && side->n_marks == side->n;
}

/* --- words --------------------------------------------------------------------------------------------- */

static const char *things(const bf_side *side)
{
    return side->kind == BF_SET_FEATURES ? "rows" : "images";
}

/* "a.png", or "row 12" of a file. */
static const char *name_row(char text[160], const bf_side *side, size_t row)
{
    if (side->kind == BF_SET_FEATURES)
        snprintf(text, 160, "row %zu", row);
    else
        snprintf(text, 160, "%.159s", bf_side_row_name(side, row));
    return text;
}

/* Whether folder `inner` lies inside folder `outer`, at whatever depth: its parents are looked at one by one. */
static bool lies_inside(const char *inner, const char *outer)
{
    enum { DEEPEST = 64 };
    char path[1024];
    struct stat top, now, before;
    size_t used = (size_t)snprintf(path, sizeof path, "%s", inner);
    if (stat(outer, &top) != 0 || !S_ISDIR(top.st_mode) || used >= sizeof path || stat(path, &before) != 0 ||
        !S_ISDIR(before.st_mode))
        return false;
    for (int depth = 0; depth < DEEPEST && used + sizeof "/.." < sizeof path; depth++) {
        used += (size_t)snprintf(path + used, sizeof path - used, "/..");
        if (stat(path, &now) != 0 || (now.st_dev == before.st_dev && now.st_ino == before.st_ino))
            return false; /* the root is its own parent */
        if (now.st_dev == top.st_dev && now.st_ino == top.st_ino)
            return true;
        before = now;
    }
    return false;
}

/* " (b lies inside a)", for folders one of which lies in the other; else "". */
static const char *nested(char text[160], const bf_side *a, const bf_side *b)
{
    const char *first = bf_set_spec(a->set), *second = bf_set_spec(b->set);
    text[0] = 0;
    if (lies_inside(second, first))
        snprintf(text, 160, " (%.60s lies inside %.60s)", second, first);
    else if (lies_inside(first, second))
        snprintf(text, 160, " (%.60s lies inside %.60s)", first, second);
    return text;
}

/* Whether more than one in `limit` of n. */
static bool exceeds(size_t count, size_t n, size_t limit)
{
    return count > n / limit;
}

/* The first reason that is found stays. */
static void set_why(char why[BF_WHY_BYTES], const char *text)
{
    if (why[0] == 0)
        snprintf(why, BF_WHY_BYTES, "%s", text);
}

/* --- copies -------------------------------------------------------------------------------------------- */

static void warn_of_copies(bf_run *run, const bf_side *side, const gmet_copies *c)
{
    char copy[160], original[160];
    const char *spec = bf_set_spec(side->set), *what = things(side);
    bool no_errors = exceeds(c->n_copies, side->n, BF_COPIES_ERRORS);
    if (c->n_copies > 0 && c->n_copies == side->n - 1)
        bf_report_warn(&run->report, "%.200s: all %zu %s are equal", spec, side->n, what);
    else if (exceeds(c->n_copies, side->n, BF_COPIES_WARN))
        bf_report_warn(&run->report,
                       "%.100s: %zu of %zu %s are copies of others, the first: %.90s equals %.90s: %s",
                       spec, c->n_copies, side->n, what, name_row(copy, side, c->copy),
                       name_row(original, side, c->original),
                       no_errors ? "no error bars, which take every one for an independent draw"
                                 : "error bars take every one for an independent draw");
}

/* Radii reach to the k-th neighbour; 0: there are none. */
static size_t count_radius_0(const bf_side *side, const size_t *n_equal, size_t k)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n && k > 0; i++)
        n += n_equal[i] > k;
    side->input->n_radius_0 = n > side->input->n_radius_0 ? n : side->input->n_radius_0;
    return n;
}

static void warn_of_radii(bf_run *run, const bf_side *side, const size_t *n_equal, size_t k1, size_t k2)
{
    size_t k[2] = {k1, k2}, n[2] = {count_radius_0(side, n_equal, k1), count_radius_0(side, n_equal, k2)};
    bool together = k1 != k2 && n[0] == n[1];
    char both[64];
    for (size_t i = 0; i < 2; i++) {
        if (n[i] == 0 || (i == 1 && (together || k1 == k2)))
            continue;
        if (together)
            snprintf(both, sizeof both, "%zu and %zu", k1, k2);
        else
            snprintf(both, sizeof both, "%zu", k[i]);
        bf_report_warn(&run->report,
                       "%.150s: %zu of %zu %s have k copies or more (k = %s): the radius of their neighbourhood is 0, "
                       "and nothing but copies can lie in it (precision, recall, density, coverage)",
                       bf_set_spec(side->set), n[i], side->n, things(side), both);
    }
}

static feat_status look_for_copies(bf_run *run, const bf_side *side, size_t k1, size_t k2, feat_error *err)
{
    bf_assumed *as = &run->assumed;
    char why[BF_WHY_BYTES];
    gmet_copies c;
    if (!is_marked(side))
        return FEAT_OK;
    size_t *n_equal = feat_alloc_array(side->n, sizeof *n_equal);
    if (n_equal == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to compare %zu rows", bf_set_spec(side->set), side->n);
    feat_status status = gmet_find_copies(&c, n_equal, side->marks, side->n, err);
    if (status == FEAT_OK) {
        side->input->looked = true;
        side->input->n_copies = c.n_copies;
        as->excess = c.excess > as->excess ? c.excess : as->excess;
        warn_of_copies(run, side, &c);
        warn_of_radii(run, side, n_equal, k1, k2);
    }
    if (status == FEAT_OK && exceeds(c.n_copies, side->n, BF_COPIES_ERRORS)) {
        snprintf(why, sizeof why, "%zu of %zu %s of one set are copies", c.n_copies, side->n, things(side));
        set_why(as->no_error, why);
        set_why(as->no_correction, why);
        if (strcmp(side->input->role, "generated") == 0 || strcmp(side->input->role, "set") == 0)
            set_why(as->no_error_of_set, why);
    }
    feat_free(n_equal);
    return status;
}

/* --- order and classes --------------------------------------------------------------------------------- */

static const char balanced_classes[] = "as many images of each class: they vary less than independent draws";

/* Rows that follow each other and are alike may be frames of films, which are fewer draws than they are rows, or sorted
 * by class, which is no harm. Where classes are known it is those. */
static feat_status look_at_order(bf_run *run, const bf_side *side, feat_error *err)
{
    bf_assumed *as = &run->assumed;
    char why[BF_WHY_BYTES];
    bool balanced = false;
    feat_status status = bf_classes_balanced(side, &balanced, err);
    as->balanced = as->balanced || balanced;
    if (status != FEAT_OK || !is_marked(side) || bf_set_classes(side->set)->from != BF_CLASSES_NONE ||
        fabs(gmet_row_order_shows(&side->order)) <= GMET_ORDER_LIMIT)
        return status;
    snprintf(why, sizeof why, "the order of the %s shows, as of frames or where they are sorted by class",
             things(side));
    if (as->no_error[0] == 0)
        bf_report_warn(&run->report,
                       "%.150s: %s that follow each other are more alike than others, as frames of a film are, or sets "
                       "sorted by class: no error bars, which take every one for an independent draw",
                       bf_set_spec(side->set), things(side));
    set_why(as->no_error, why);
    if (strcmp(side->input->role, "generated") == 0 || strcmp(side->input->role, "set") == 0)
        set_why(as->no_error_of_score, why);
    return FEAT_OK;
}

/* --- both sides ------------------------------------------------------------------------------------------ */

static void call_same(bf_run *run, const char *what)
{
    char why[BF_WHY_BYTES];
    bf_assumed *as = &run->assumed;
    as->same = true;
    snprintf(why, sizeof why, "both sets are the same %s", what);
    snprintf(as->no_error, sizeof as->no_error, "%s", why);
    snprintf(as->no_correction, sizeof as->no_correction, "%s", why);
    bf_report_boolean(&run->report, "same_sets", true);
}

/* What it comes to that the sets have images in common. */
static const char *what_follows(const bf_run *run)
{
    bool no_errors = run->assumed.no_error[0] != 0;
    if (bf_args_given(run->args, BF_OPT_AS))
        return "every tool takes the sets for independent draws";
    if (!bf_command_is(run->args->command, BF_COMMAND_CORRECTS))
        return no_errors ? "error bars are left out" : "error bars take the sets for independent draws";
    if (no_errors)
        return "error bars and values corrected for bias are left out";
    return "values corrected for bias are left out";
}

static void warn_of_shared(bf_run *run, const bf_side *a, const bf_side *b, const gmet_shared *s, const char *why)
{
    char first[160], second[160], where[160];
    const char *left_out = what_follows(run);
    if (run->assumed.same)
        bf_report_warn(&run->report, "both sets are the same %s (%zu): %s", things(b), b->n, left_out);
    else
        bf_report_warn(&run->report,
                       "%s: %zu of the %zu in %.60s, %zu of the %zu in %.60s%.100s, the first: %.60s, which "
                       "equals %.60s: %s",
                       why, s->n_b, b->n, bf_set_spec(b->set), s->n_a, a->n, bf_set_spec(a->set), nested(where, a, b),
                       name_row(first, b, s->first_b), name_row(second, a, s->first_a), left_out);
}

static feat_status look_for_shared(bf_run *run, const bf_side *a, const bf_side *b, feat_error *err)
{
    bf_assumed *as = &run->assumed;
    gmet_shared s;
    char why[BF_WHY_BYTES];
    if (!is_marked(a) || !is_marked(b))
        return FEAT_OK;
    feat_status status = gmet_find_shared(&s, a->marks, a->n, b->marks, b->n, err);
    if (status != FEAT_OK)
        return status;
    bf_report_integer(&run->report, "shared_images", s.n_b);
    if (s.n_b == 0)
        return FEAT_OK;
    snprintf(why, sizeof why, "the sets share %zu image%s", s.n_b, s.n_b == 1 ? "" : "s");
    if (s.same) {
        call_same(run, "images");
    } else {
        snprintf(as->no_correction, sizeof as->no_correction, "%s", why);
        if (exceeds(s.n_a, a->n, BF_COPIES_ERRORS) || exceeds(s.n_b, b->n, BF_COPIES_ERRORS))
            snprintf(as->no_error, sizeof as->no_error, "%s", why);
    }
    warn_of_shared(run, a, b, &s, why);
    return FEAT_OK;
}

feat_status bf_assume_pair(bf_run *run, const bf_side *a, const bf_side *b, size_t pr_k, size_t dc_k, feat_error *err)
{
    feat_status status = look_for_shared(run, a, b, err);
    if (status == FEAT_OK)
        status = look_for_copies(run, a, pr_k, dc_k, err);
    if (status == FEAT_OK)
        status = look_for_copies(run, b, pr_k, 0, err);
    if (status == FEAT_OK)
        status = look_at_order(run, a, err);
    return status == FEAT_OK ? look_at_order(run, b, err) : status;
}

feat_status bf_assume_set(bf_run *run, const bf_side *side, feat_error *err)
{
    feat_status status = look_for_copies(run, side, 0, 0, err);
    return status == FEAT_OK ? look_at_order(run, side, err) : status;
}

feat_status bf_assume_test(bf_run *run, const bf_side *real, const bf_side *test, feat_error *err)
{
    gmet_shared s;
    char first[160], second[160];
    if (!is_marked(real) || !is_marked(test))
        return FEAT_OK;
    feat_status status = gmet_find_shared(&s, real->marks, real->n, test->marks, test->n, err);
    if (status == FEAT_OK && s.n_b > 0)
        bf_report_warn(&run->report,
                       "%zu of %zu test images are among the real ones, the first: %.120s equals %.120s: C_T takes "
                       "them for images that were not trained on",
                       s.n_b, test->n, name_row(first, test, s.first_b), name_row(second, real, s.first_a));
    return status;
}

/* --- what the metrics ask -------------------------------------------------------------------------------- */

const char *bf_assume_no_error(const bf_run *run, const char *key)
{
    bool score = strncmp(key, "inception_score", 15) == 0, judged = strncmp(key, "judged_real", 11) == 0;
    const char *why = score || judged ? run->assumed.no_error_of_set : run->assumed.no_error;
    if (why[0] == 0 && score)
        why = run->assumed.no_error_of_score;
    if (why[0] == 0 && run->assumed.balanced && strncmp(key, "kernel_inception_distance", 25) == 0)
        why = balanced_classes;
    return why[0] != 0 ? why : NULL;
}

feat_status bf_assume_independent(const bf_run *run, feat_error *err)
{
    if (run->assumed.no_correction[0] == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_NUMERIC, "%s, and it takes the sets for independent draws",
                     run->assumed.no_correction);
}

/* --- the corrected distance -------------------------------------------------------------------------------- */

/* What rounding leaves of the distance between a set's statistics and themselves, as a share of their traces. */
static const double of_rounding = 1e-6;

/* Two sides one of which is statistics: their means agree in every bit, and their covariances as far as rounding lets
 * the distance tell. */
static feat_status same_statistics(bf_run *run, const bf_side *side, const gmet_fid_result *raw, bool *same,
                                   feat_error *err)
{
    const bf_layer *layer = &side->layer[side->main];
    size_t d = layer->d;
    double trace = 0.0, *mu = NULL, *sigma = NULL;
    *same = false;
    if (raw->mean_term != 0.0)
        return FEAT_OK;
    const double *known = layer->sigma;
    feat_status status = FEAT_OK;
    if (known == NULL) { /* the distance has freed it */
        mu = feat_alloc_array(d, sizeof *mu);
        sigma = d <= SIZE_MAX / d ? feat_alloc_array(d * d, sizeof *sigma) : NULL;
        status = mu != NULL && sigma != NULL
                     ? bf_set_read_stats(side->set, mu, sigma, err)
                     : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for a covariance of width %zu",
                                 bf_set_spec(side->set), d);
        known = sigma;
    }
    for (size_t i = 0; status == FEAT_OK && i < d; i++)
        trace += known[i * d + i];
    *same = status == FEAT_OK && fabs(raw->value) <= of_rounding * 2.0 * trace;
    feat_free(mu);
    feat_free(sigma);
    if (*same) {
        call_same(run, "statistics");
        bf_report_warn(&run->report, "both sets are the same statistics: error bars and values corrected for bias are "
                                     "left out");
    }
    return status;
}

/* Why the corrected value cannot be right, into run->assumed.corrected; "" when nothing speaks against it. */
static void judge_corrected(bf_run *run, const bf_fid *fid)
{
    bf_assumed *as = &run->assumed;
    double error = fid->corrected_bar.error;
    snprintf(as->corrected, sizeof as->corrected, "%s", as->no_correction);
    if (as->corrected[0] != 0)
        return;
    if ((fid->has_corrected || fid->in_order != 0) && as->excess * fid->bias > error) {
        snprintf(as->corrected, sizeof as->corrected, "the copies in a set hide more of the bias than its error");
        bf_report_warn(&run->report, "FID less its bias is left out: %s", as->corrected);
    } else if (fid->dependent != 0) {
        snprintf(as->corrected, sizeof as->corrected, "%s", fid->corrected_bar.why);
        if (fid->dependent > 1)
            bf_report_warn(&run->report,
                           "%s (rows picked one class at a time, in clusters or in copies are none): error bars of "
                           "what compares the sets and FID less its bias are left out",
                           as->corrected);
        else
            bf_report_warn(&run->report,
                           "FID less its bias would be %.3g +- %.2g, below 0, and is left out: of equal sets one in 40 "
                           "comes so low by chance, rows picked one class at a time, in clusters or in copies all do",
                           fid->corrected, error);
    } else if (as->balanced && (fid->has_corrected || fid->in_order != 0)) {
        snprintf(as->corrected, sizeof as->corrected, "%s", balanced_classes);
    }
}

/* Error bars are of independent draws too, whatever they are of. */
void bf_assume_dispersion(bf_run *run, const bf_fid *fid)
{
    if (fid->dependent < 2)
        return;
    set_why(run->assumed.no_correction, fid->corrected_bar.why);
    set_why(run->assumed.no_error, fid->corrected_bar.why);
}

feat_status bf_assume_corrected(bf_run *run, const bf_side *real, const bf_side *gen, bf_fid *fid, feat_error *err)
{
    bool stored_a = real->layer[real->main].state == BF_LAYER_STORED;
    bool stored_b = gen->layer[gen->main].state == BF_LAYER_STORED, same = false;
    feat_status status = FEAT_OK;
    if (stored_a || stored_b)
        status = same_statistics(run, stored_a ? real : gen, &fid->raw, &same, err);
    if (status != FEAT_OK)
        return status;
    judge_corrected(run, fid);
    bf_assume_dispersion(run, fid);
    if (run->assumed.corrected[0] != 0) {
        fid->has_corrected = false;
        fid->corrected_bar = (bf_error_bar){.why = run->assumed.corrected};
    }
    return FEAT_OK;
}

/* --- order ----------------------------------------------------------------------------------------------- */

feat_status bf_assume_order(bf_run *run, const char *who, const gmet_set *logits, const gmet_is_options *options,
                            const gmet_is_result *score, gmet_is_result *shuffled, feat_error *err)
{
    gmet_order_result order;
    gmet_is_options other = *options;
    *shuffled = (gmet_is_result){.n_splits = 0};
    if (options->shuffle)
        return FEAT_OK;
    feat_status status = gmet_is_order(&order, options, logits, &run->work.context, err);
    if (status != FEAT_OK || !order.beyond)
        return status;
    other.shuffle = 1;
    status = gmet_inception_score(shuffled, &other, logits, &run->work.context, err);
    if (status == FEAT_OK)
        bf_report_warn(&run->report,
                       "%s: Inception Score %.6g of the images in their order, %.6g shuffled: unshuffled, the %zu "
                       "splits differ beyond chance (as none of %d random orders), as images sorted by class do",
                       who, score->mean, shuffled->mean, score->n_splits, (int)GMET_ORDER_SHUFFLES);
    return status;
}
