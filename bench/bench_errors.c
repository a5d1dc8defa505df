/* Does what is printed beside a metric hold? Draws pairs of sets of known distributions again and again and compares
 * the printed standard errors with the spread of the values.
 *   bench_errors [--metric NAME,..] [--set NAME] [--gap equal|near|apart] [--dim D] [--rows N[,N_GENERATED]]
 *                [--statistics] [--draws R] [--seed N] [--threads N]
 *   bench_errors --table [--metric NAME,..] [--draws R] [--max-work GIGA] [...]
 * One cell as lines, or the table of metrics/README.md in Markdown. For each value: its mean and spread over the draws,
 *   ratio   root mean square of the printed errors / spread of the values
 *   holds   how often value +- 1.96 errors, or the interval or limit printed instead, holds the truth (of a corrected
 *           value) or else the mean of the value over all draws
 *   bias    mean of value - truth, in errors; how often |value - truth| <= 2 errors
 *   none    in how many draws nothing was printed beside the value, and why
 * The same seed gives the same numbers with any number of threads. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/errors.h"
#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"

enum { MAX_METRICS = 32 };

typedef struct options {
    errors_cell cell;
    size_t draws, threads;
    uint64_t seed;
    bool table;
    double max_work;
    const char *metrics; /* NULL: all */
} options;

typedef struct simulation {
    const errors_cell *cell;
    const errors_metric *metrics[MAX_METRICS];
    size_t n_metrics, draws;
    uint64_t seed;
    double true_fid;
    errors_value *values; /* [draws][n_metrics][ERRORS_VALUES] */
    atomic_int failed;
} simulation;

errors_value errors_plain(double value, bool has_error, double error, const char *why)
{
    return (errors_value){
        .has_value = true, .value = value, .has_error = has_error, .error = error, .why = has_error ? NULL : why};
}

static void die(const char *what, const feat_error *err)
{
    fprintf(stderr, "bench_errors: %s%s%s\n", what, err != NULL ? ": " : "", err != NULL ? err->message : "");
    exit(2);
}

/* --- draws -------------------------------------------------------------------------------------------- */

static feat_status statistics_of(double *mu, double *sigma, const float *rows, size_t n, size_t d, feat_error *err)
{
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, d, NULL, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, rows, n, d, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(m, mu, sigma, 1, err);
    gmet_moments_close(&m);
    return status;
}

static feat_status measure(simulation *s, errors_value *out, errors_pair *pair, feat_error *err)
{
    for (size_t i = 0; i < s->n_metrics; i++) {
        feat_status status = s->metrics[i]->measure(out + i * ERRORS_VALUES, pair, err);
        if (status == FEAT_ERR_NOMEM || status == FEAT_ERR_ARG)
            return status;
        if (status != FEAT_OK)
            for (size_t v = 0; v < ERRORS_VALUES; v++)
                out[i * ERRORS_VALUES + v] = (errors_value){.why = "the metric refuses the sets"};
        *err = (feat_error){FEAT_OK, ""};
    }
    return FEAT_OK;
}

static void draw_task(void *ctx, size_t draw, size_t worker)
{
    (void)worker;
    simulation *s = ctx;
    const errors_cell *cell = s->cell;
    feat_error err = {FEAT_OK, ""};
    size_t d = cell->d;
    float *real = feat_alloc_array(cell->n_real * d, sizeof *real);
    float *gen = feat_alloc_array(cell->n_gen * d, sizeof *gen);
    double *moments = cell->statistics ? feat_alloc_array(d * d + d, sizeof *moments) : NULL;
    feat_status status = FEAT_OK;
    if (real == NULL || gen == NULL || (cell->statistics && moments == NULL))
        status = feat_fail(&err, FEAT_ERR_NOMEM, "no memory for two sets");
    if (status == FEAT_OK) {
        errors_draw(real, cell, 0, cell->n_real, s->seed, draw);
        errors_draw(gen, cell, 1, cell->n_gen, s->seed, draw);
        if (moments != NULL)
            status = statistics_of(moments, moments + d, real, cell->n_real, d, &err);
    }
    errors_pair pair = {.real = moments != NULL ? NULL : real,
                        .gen = gen,
                        .mu = moments,
                        .sigma = moments != NULL ? moments + d : NULL,
                        .n_real = cell->n_real,
                        .n_gen = cell->n_gen,
                        .d = d,
                        .true_fid = s->true_fid};
    if (status == FEAT_OK)
        status = measure(s, s->values + draw * s->n_metrics * ERRORS_VALUES, &pair, &err);
    if (status != FEAT_OK && atomic_exchange(&s->failed, 1) == 0)
        fprintf(stderr, "bench_errors: %s\n", err.message);
    feat_free(moments);
    feat_free(gen);
    feat_free(real);
}

static double fid_of_populations(const errors_cell *cell, feat_pool *pool)
{
    const gmet_context context = {.pool = pool};
    size_t d = cell->d;
    gmet_fid_result r;
    feat_error err;
    double *m[2];
    for (size_t side = 0; side < 2; side++) {
        m[side] = feat_alloc_array(d * d + d, sizeof **m);
        if (m[side] == NULL)
            die("no memory", NULL);
        errors_population(m[side], m[side] + d, cell, side);
    }
    if (gmet_fid(&r, m[0], m[0] + d, m[1], m[1] + d, d, &context, &err) != FEAT_OK)
        die("true FID", &err);
    feat_free(m[0]);
    feat_free(m[1]);
    return r.value;
}

static void choose_metrics(simulation *s, const char *names)
{
    const errors_metric *const lists[] = {errors_frechet, errors_neighbours};
    for (size_t l = 0; l < 2; l++)
        for (const errors_metric *m = lists[l]; m->name != NULL && s->n_metrics < MAX_METRICS; m++) {
            char padded[256], wanted[40];
            snprintf(padded, sizeof padded, ",%s,", names != NULL ? names : "");
            snprintf(wanted, sizeof wanted, ",%s,", m->name);
            if (names == NULL || strstr(padded, wanted) != NULL)
                s->metrics[s->n_metrics++] = m;
        }
    if (s->n_metrics == 0)
        die("--metric: no such metric", NULL);
}

static void simulate(simulation *s, const options *o, const errors_cell *cell, feat_pool *pool)
{
    *s = (simulation){.cell = cell, .draws = o->draws, .seed = o->seed};
    choose_metrics(s, o->metrics);
    for (size_t i = 0; i < s->n_metrics; i++)
        if (s->metrics[i]->wants_fid) {
            s->true_fid = fid_of_populations(cell, pool);
            break;
        }
    s->values = feat_calloc(s->draws * s->n_metrics * ERRORS_VALUES, sizeof *s->values);
    if (s->values == NULL)
        die("no memory", NULL);
    feat_parallel_for(pool, s->draws, draw_task, s);
    if (atomic_load(&s->failed))
        exit(2);
}

/* --- what the draws say ------------------------------------------------------------------------------- */

typedef struct tally {
    size_t n, n_errors, n_limits, n_none, held, within_two;
    double mean, spread, error, bias; /* bias: mean of value - truth; only of values that have one */
    bool has_truth;
    const char *why;
} tally;

/* The v-th value of the m-th metric in a draw. */
static const errors_value *at(const simulation *s, size_t draw, size_t m, size_t v)
{
    return &s->values[(draw * s->n_metrics + m) * ERRORS_VALUES + v];
}

static bool holds(const errors_value *x, double truth)
{
    if (x->has_error && x->has_interval)
        return x->low <= truth && truth <= x->high;
    if (x->has_error)
        return fabs(x->value - truth) <= 1.96 * x->error;
    return x->at_most ? truth <= x->limit : truth >= x->limit;
}

static bool counts(const errors_value *x, bool all)
{
    return x->has_value && (all || x->has_error || x->at_most || x->at_least);
}

static void find_mean_and_spread(tally *t, const simulation *s, size_t m, size_t v)
{
    double sum = 0.0, squares = 0.0;
    size_t n_bare = 0, n = 0;
    for (size_t i = 0; i < s->draws; i++) {
        const errors_value *x = at(s, i, m, v);
        t->n += x->has_value;
        n_bare += x->has_value && !x->has_error && !x->at_most && !x->at_least;
    }
    bool all = n_bare == t->n; /* of the values beside which something was printed, if there are such */
    for (size_t i = 0; i < s->draws; i++) {
        const errors_value *x = at(s, i, m, v);
        n += counts(x, all);
        sum += counts(x, all) ? x->value : 0.0;
    }
    t->mean = n > 0 ? sum / (double)n : 0.0;
    for (size_t i = 0; i < s->draws; i++) {
        double off = at(s, i, m, v)->value - t->mean;
        squares += counts(at(s, i, m, v), all) ? off * off : 0.0;
    }
    t->spread = n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0;
}

static tally tally_of(const simulation *s, size_t m, size_t v)
{
    tally t = {0};
    double squares = 0.0;
    find_mean_and_spread(&t, s, m, v);
    for (size_t i = 0; i < s->draws; i++) {
        const errors_value *x = at(s, i, m, v);
        if (!x->has_value || (!x->has_error && !x->at_most && !x->at_least)) {
            t.n_none++;
            t.why = x->why != NULL ? x->why : t.why;
            continue;
        }
        double truth = x->has_truth ? x->truth : t.mean;
        t.has_truth |= x->has_truth;
        t.n_errors += x->has_error;
        t.n_limits += !x->has_error;
        t.held += holds(x, truth);
        squares += x->has_error ? x->error * x->error : 0.0;
        t.bias += x->has_truth ? x->value - truth : 0.0;
        t.within_two += x->has_error && fabs(x->value - truth) <= 2.0 * x->error;
    }
    if (t.n_errors > 0)
        t.error = sqrt(squares / (double)t.n_errors);
    if (t.n_errors + t.n_limits > 0)
        t.bias /= (double)(t.n_errors + t.n_limits);
    return t;
}

static void print_cell(const simulation *s)
{
    const errors_cell *c = s->cell;
    printf("%s %s, D %zu, N %zu v %zu%s, %zu draws\n", errors_set_names[c->set], errors_gap_names[c->gap], c->d,
           c->n_real, c->n_gen, c->statistics ? ", real as statistics" : "", s->draws);
    for (size_t m = 0; m < s->n_metrics; m++)
        for (size_t v = 0; s->metrics[m]->values[v] != NULL; v++) {
            tally t = tally_of(s, m, v);
            size_t shown = t.n_errors + t.n_limits;
            printf("  %-20s mean %-11.5g spread %-9.3g", s->metrics[m]->values[v], t.mean, t.spread);
            if (t.n_errors > 0)
                printf(" error %-9.3g ratio %-5.2f", t.error, t.error / t.spread);
            if (shown > 0)
                printf(" holds %5.1f %%", 100.0 * (double)t.held / (double)shown);
            if (t.n_limits > 0)
                printf(" limits %zu", t.n_limits);
            if (t.has_truth)
                printf(" bias %+.3g = %+.2f errors, within 2: %.1f %%", t.bias, t.bias / t.error,
                       100.0 * (double)t.within_two / (double)t.n_errors);
            if (t.n_none > 0)
                printf(" none %zu (%s)", t.n_none, t.why != NULL ? t.why : "never");
            printf("\n");
        }
    fflush(stdout);
}

/* --- the table ---------------------------------------------------------------------------------------- */


static void print_header(const simulation *s)
{
    printf("| sets | D | N |");
    for (size_t m = 0; m < s->n_metrics; m++)
        for (size_t v = 0; s->metrics[m]->values[v] != NULL; v++)
            printf(" %s |", s->metrics[m]->values[v]);
    printf("\n| --- | --- | --- |");
    for (size_t m = 0; m < s->n_metrics; m++)
        for (size_t v = 0; s->metrics[m]->values[v] != NULL; v++)
            printf(" --- |");
    printf("\n");
}

/* "1.02 (95 %)"; in less than half of the draws "-". */
static void print_entry(const tally *t, size_t draws)
{
    double held = 100.0 * (double)t->held / (double)(t->n_errors + t->n_limits);
    if (2 * (t->n_errors + t->n_limits) < draws)
        printf(" - |");
    else if (2 * t->n_errors < draws)
        printf(" limit (%.0f %%) |", held);
    else if (t->has_truth)
        printf(" %.2f (%.0f %%), off %+.1f |", t->error / t->spread, held, t->bias / t->error);
    else
        printf(" %.2f (%.0f %%) |", t->error / t->spread, held);
}

static void print_row(const simulation *s)
{
    const errors_cell *c = s->cell;
    printf("| %s, %s%s | %zu | %zu", errors_set_names[c->set], errors_gap_names[c->gap],
           c->statistics ? ", real as statistics" : "", c->d, c->n_real);
    if (c->n_gen != c->n_real)
        printf(" v %zu", c->n_gen);
    printf(" |");
    for (size_t m = 0; m < s->n_metrics; m++)
        for (size_t v = 0; s->metrics[m]->values[v] != NULL; v++) {
            tally t = tally_of(s, m, v);
            print_entry(&t, s->draws);
        }
    printf("\n");
    fflush(stdout);
}

/* All sets and gaps at small widths and numbers, then wider ones for the sets that features are like. */
static const errors_cell table_cells[] = {
    {ERRORS_FLAT, ERRORS_EQUAL, 16, 200, 200, false},     {ERRORS_FLAT, ERRORS_APART, 16, 200, 200, false},
    {ERRORS_FLAT, ERRORS_EQUAL, 16, 400, 400, false},     {ERRORS_FLAT, ERRORS_NEAR, 16, 600, 600, false},
    {ERRORS_FLAT, ERRORS_EQUAL, 16, 1100, 1100, false},   {ERRORS_FLAT, ERRORS_APART, 16, 400, 400, true},
    {ERRORS_FLAT, ERRORS_NEAR, 32, 2000, 300, false},     {ERRORS_ROOT, ERRORS_EQUAL, 64, 100, 100, false},
    {ERRORS_ROOT, ERRORS_NEAR, 64, 1000, 1000, false},    {ERRORS_ROOT, ERRORS_APART, 64, 1600, 1600, false},
    {ERRORS_DECAY, ERRORS_EQUAL, 64, 400, 400, false},    {ERRORS_DECAY, ERRORS_NEAR, 256, 640, 640, false},
    {ERRORS_STUDENT, ERRORS_EQUAL, 16, 400, 400, false},  {ERRORS_STUDENT, ERRORS_APART, 16, 600, 600, false},
    {ERRORS_RELU, ERRORS_EQUAL, 256, 520, 520, false},    {ERRORS_RELU, ERRORS_APART, 256, 520, 520, false},
    {ERRORS_RELU, ERRORS_NEAR, 256, 2560, 2560, false},   {ERRORS_CLASSES, ERRORS_EQUAL, 32, 400, 400, false},
    {ERRORS_CLASSES, ERRORS_APART, 32, 800, 800, false},  {ERRORS_CLASSES, ERRORS_EQUAL, 32, 800, 800, true},
    {ERRORS_SHUFFLED, ERRORS_EQUAL, 32, 400, 400, false}, {ERRORS_SHUFFLED, ERRORS_APART, 32, 800, 800, false},
    {ERRORS_ROOT, ERRORS_NEAR, 64, 1600, 1600, true},     {ERRORS_ROOT, ERRORS_NEAR, 512, 256, 256, false},
    {ERRORS_ROOT, ERRORS_EQUAL, 512, 2560, 2560, false},  {ERRORS_RELU, ERRORS_EQUAL, 2048, 1024, 1024, false},
    {ERRORS_ROOT, ERRORS_EQUAL, 2048, 5000, 5000, false}, {ERRORS_ROOT, ERRORS_NEAR, 2048, 20000, 20000, false},
    {ERRORS_ROOT, ERRORS_APART, 2048, 50000, 50000, false}};

/* Products of one draw: what pairs of rows and covariances cost, in 1e9. */
static double work_of(const errors_cell *c)
{
    double n = (double)(c->n_real + c->n_gen), d = (double)c->d;
    return 1e-9 * n * d * (n + d);
}

static void print_table(const options *o, feat_pool *pool)
{
    simulation s;
    for (size_t i = 0; i < sizeof table_cells / sizeof table_cells[0]; i++) {
        if (work_of(&table_cells[i]) > o->max_work)
            continue;
        simulate(&s, o, &table_cells[i], pool);
        if (i == 0)
            print_header(&s);
        print_row(&s);
        feat_free(s.values);
    }
}

/* --- arguments ---------------------------------------------------------------------------------------- */

static size_t name_index(const char *what, const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fprintf(stderr, "bench_errors: %s: '%s' is none of", what, name);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, " %s", names[i]);
    fprintf(stderr, "\n");
    exit(2);
}

static void take_rows(errors_cell *cell, const char *text)
{
    char *end;
    cell->n_real = strtoull(text, &end, 10);
    cell->n_gen = *end == ',' ? strtoull(end + 1, NULL, 10) : cell->n_real;
    if (cell->n_real < 2 || cell->n_gen < 2)
        die("--rows: at least 2", NULL);
}

static bool take_option(options *o, const char *name, const char *value)
{
    if (strcmp(name, "--metric") == 0)
        o->metrics = value;
    else if (strcmp(name, "--set") == 0)
        o->cell.set = (errors_set)name_index(name, value, errors_set_names, ERRORS_N_SETS);
    else if (strcmp(name, "--gap") == 0)
        o->cell.gap = (errors_gap)name_index(name, value, errors_gap_names, ERRORS_N_GAPS);
    else if (strcmp(name, "--dim") == 0)
        o->cell.d = strtoull(value, NULL, 10);
    else if (strcmp(name, "--rows") == 0)
        take_rows(&o->cell, value);
    else if (strcmp(name, "--draws") == 0)
        o->draws = strtoull(value, NULL, 10);
    else if (strcmp(name, "--seed") == 0)
        o->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--threads") == 0)
        o->threads = strtoull(value, NULL, 10);
    else if (strcmp(name, "--max-work") == 0)
        o->max_work = strtod(value, NULL);
    else
        return false;
    return true;
}

static options parse(int argc, char **argv)
{
    options o = {.cell = {ERRORS_FLAT, ERRORS_EQUAL, 16, 400, 400, false},
                 .draws = 200,
                 .threads = 2,
                 .seed = 1,
                 .max_work = 30.0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--table") == 0)
            o.table = true;
        else if (strcmp(argv[i], "--statistics") == 0)
            o.cell.statistics = true;
        else if (i + 1 == argc || !take_option(&o, argv[i], argv[i + 1]))
            die("unknown option, or its value is missing; see the head of bench/bench_errors.c", NULL);
        else
            i++;
    }
    if (o.draws < 2 || o.cell.d == 0)
        die("at least 2 draws and 1 column", NULL);
    return o;
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    feat_pool *pool = NULL;
    feat_error err;
    simulation s;
    if (feat_pool_create(&pool, o.threads, &err) != FEAT_OK)
        die("threads", &err);
    if (o.table) {
        print_table(&o, pool);
    } else {
        simulate(&s, &o, &o.cell, pool);
        print_cell(&s);
        feat_free(s.values);
    }
    feat_pool_close(&pool);
    return 0;
}
