/* The page of the disturbance test. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/html/html.h"
#include "tools/html/svg_plot.h"
#include "tools/html/thumbs.h"
#include "tools/pages/page_head.h"
#include "tools/pages/page_names.h"
#include "tools/sanity/sanity.h"

static const char *const level_names[] = {"0", "1", "2", "3"};
_Static_assert(sizeof level_names / sizeof level_names[0] == BF_SANITY_LEVELS, "a name for each level");

/* --- verdicts ------------------------------------------------------------------------------------------ */

static void verdict_cell(bf_text *t, const char *label, const bf_verdict *v)
{
    bf_text_print(t, "<td data-l=\"%s\"", label);
    switch (v->kind) {
    case BF_VERDICT_RISES:
        bf_text_print(t, " class=\"good\">\xe2\x97\x8f&nbsp;from&nbsp;%d</td>", v->reacts);
        break;
    case BF_VERDICT_WAVERS:
        bf_text_print(t, ">\xe2\x97\x90&nbsp;from&nbsp;%d, wavers</td>", v->reacts);
        break;
    case BF_VERDICT_BLIND:
        bf_html_raw(t, " class=\"bad\">\xe2\x97\x8b&nbsp;blind</td>");
        break;
    case BF_VERDICT_WRONG:
        bf_html_raw(t, " class=\"bad\">\xe2\x9c\x95&nbsp;wrong&nbsp;way</td>");
        break;
    case BF_VERDICT_UNKNOWN:
        bf_html_raw(t, " class=\"dim\">&ndash;</td>");
        break;
    }
}

static void trust_cell(bf_text *t, const bf_trust *trust)
{
    bf_html_raw(t, "<td class=\"o\">");
    if (trust->n_kinds > 0)
        bf_text_print(t, "notices %zu of %zu", trust->n_noticed, trust->n_kinds);
    else
        bf_html_raw(t, "&ndash;");
    if (trust->n_noticed > 0)
        bf_text_print(t, ", from level %.1f on average", trust->mean_level);
    if (trust->n_wrong > 0)
        bf_text_print(t, "; %zu the wrong way", trust->n_wrong);
    if (trust->n_kinds > 0 && trust->n_unjudged > 0)
        bf_text_print(t, "; %zu not measured", trust->n_unjudged);
    bf_html_raw(t, "</td>");
}

static void verdicts(bf_text *t, const bf_sanity *s)
{
    bf_html_section(t, "verdicts", "Verdicts");
    bf_text_print(t, "<p>Of %zu images against %zu.</p>\n", s->n_real, s->n_changed);
    bf_html_raw(t, "<div class=\"wrap\" role=\"region\" tabindex=\"0\" "
                   "aria-label=\"table of verdicts\">\n<table class=\"stack\">\n<thead><tr><th "
                   "scope=\"col\">Metric</th><th scope=\"col\">In all</th>");
    for (size_t k = 0; k < BF_SANITY_KINDS; k++)
        if (s->wanted[k]) {
            bf_html_raw(t, "<th scope=\"col\">");
            bf_html_text(t, bf_sanity_kind(k));
            bf_html_raw(t, "</th>");
        }
    bf_html_raw(t, "</tr></thead>\n<tbody>\n");
    for (size_t m = 0; m < BF_SANITY_METRICS; m++) {
        bf_trust trust = bf_sanity_trust(s, m);
        bf_html_raw(t, "<tr><th scope=\"row\">");
        bf_html_text(t, bf_sanity_metric_at(m).label);
        bf_html_raw(t, bf_sanity_metric_at(m).low ? " &darr;</th>" : " &uarr;</th>");
        trust_cell(t, &trust);
        for (size_t k = 0; k < BF_SANITY_KINDS; k++) {
            bf_verdict v = bf_sanity_judge(&s->curves[k][m], bf_sanity_metric_at(m).low);
            if (s->wanted[k])
                verdict_cell(t, bf_sanity_kind(k), &v);
        }
        bf_html_raw(t, "</tr>\n");
    }
    bf_html_table_end(t);
    bf_html_raw(
        t,
        "<p>How to read it: \xe2\x97\x8f from the level given on, the metric stays more than two standard "
        "errors "
        "worse than undisturbed, and no step to the next level looks better by more than one. \xe2\x97\x90 "
        "it "
        "notices, but one such step looks better. \xe2\x97\x8b it stays within the noise, or comes back to "
        "it: on "
        "these images it says nothing about this damage. \xe2\x9c\x95 damage looks like an improvement. A "
        "metric "
        "that is blind to what your generator does wrong cannot rank it. &ndash; not measured: there is no standard "
        "error to judge by, or no value.</p>\n<p class=\"formula\">damage = "
        "(<i>m</i><sub>level</sub> &minus; <i>m</i><sub>0</sub>) / <i>e</i>, turned so that worse is "
        "positive; "
        "<i>e</i> the standard error of <i>m</i><sub>0</sub>, as <code>bonafide eval</code> prints it, where it "
        "holds; for a share of 0 or 1 the distance of its one-sided 95&nbsp;% "
        "limit, by 1.96.</p>\n");
    bf_html_section_end(t);
}

/* --- what the levels look like ------------------------------------------------------------------------ */

static feat_status show_levels(bf_text *t, bf_thumbs *thumbs, const bf_image *image, size_t kind,
                               uint64_t seed, feat_error *err)
{
    feat_status status = FEAT_OK;
    size_t bytes = image->h * image->w * 3;
    bf_html_raw(t, "<div class=\"four\">");
    for (int level = 0; level < BF_SANITY_LEVELS && status == FEAT_OK; level++) {
        bf_image copy = {.rgb = feat_alloc(bytes), .h = image->h, .w = image->w, .flags = image->flags};
        char alt[80];
        if (copy.rgb == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture of the page");
        memcpy(copy.rgb, image->rgb, bytes);
        status = bf_disturb(&copy, (bf_disturbance)kind, level, seed, err);
        snprintf(alt, sizeof alt, "a photograph, %s, level %d", bf_sanity_kind(kind), level);
        if (status == FEAT_OK)
            status = bf_thumbs_show_pixels(thumbs, t, copy.rgb, copy.h, copy.w, alt, err);
        bf_image_release(&copy);
    }
    bf_html_raw(t, "</div>");
    return status;
}

static feat_status levels(bf_text *t, bf_thumbs *thumbs, const bf_sanity *s, const bf_image *image,
                          uint64_t seed, feat_error *err)
{
    feat_status status = FEAT_OK;
    bf_html_section(t, "levels", "The disturbances");
    bf_html_raw(t, "<ul class=\"pics two\">\n");
    for (size_t k = 0; k < BF_SANITY_KINDS && status == FEAT_OK; k++) {
        if (!s->wanted[k])
            continue;
        bf_html_raw(t, "<li class=\"pic\">");
        if (k < BF_N_DISTURB && image->rgb != NULL)
            status = show_levels(t, thumbs, image, k, seed, err);
        bf_html_raw(t, "<b>");
        bf_html_text(t, bf_sanity_kind(k));
        bf_html_raw(t, "</b> ");
        for (int level = 1; level < BF_SANITY_LEVELS; level++) {
            bf_text_print(t, "%slevel %d: ", level > 1 ? "; " : "", level);
            bf_html_text(t, bf_sanity_level(k, level));
        }
        if (k == BF_SANITY_DROP)
            bf_text_print(t,
                          " (modes: eighths along the first principal axis of the features; always %zu "
                          "images)",
                          s->n_drop);
        bf_html_raw(t, "</li>\n");
    }
    bf_html_raw(t, "</ul>\n");
    bf_html_section_end(t);
    return status;
}

/* --- curves ------------------------------------------------------------------------------------------- */

static void curve(bf_text *t, const bf_sanity *s, size_t kind, size_t metric)
{
    const bf_sanity_curve *c = &s->curves[kind][metric];
    const bf_sanity_metric m = bf_sanity_metric_at(metric);
    bf_verdict v = bf_sanity_judge(c, m.low);
    double x[BF_SANITY_LEVELS], error = c->error.known ? c->error.error : 0.0;
    double low = c->value[0] - 2.0 * error, high = c->value[0] + 2.0 * error;
    char alt[240];
    bf_plot p;
    for (int i = 0; i < BF_SANITY_LEVELS; i++) {
        x[i] = i;
        low = c->value[i] < low ? c->value[i] : low;
        high = c->value[i] > high ? c->value[i] : high;
    }
    double room = 0.06 * (high - low);
    snprintf(alt, sizeof alt, "%s under %s: %.4g undisturbed, then %.4g, %.4g, %.4g; %s", m.label,
             bf_sanity_kind(kind), c->value[0], c->value[1], c->value[2], c->value[3],
             bf_verdict_name(v.kind));
    bf_plot_frame frame = {.alt = alt,
                           .x_low = -0.2,
                           .x_high = BF_SANITY_LEVELS - 0.8,
                           .y_low = low - room,
                           .y_high = high + room,
                           .x_names = level_names,
                           .n_names = BF_SANITY_LEVELS,
                           .small = true};
    bf_html_raw(t, "<figure>");
    bf_plot_begin(&p, t, &frame);
    if (c->error.known)
        bf_plot_band(&p, c->value[0] - 2.0 * error, c->value[0] + 2.0 * error);
    bf_plot_line(&p, "la", x, c->value, BF_SANITY_LEVELS);
    bf_plot_dots(&p, "pa", 5.0, x, c->value, BF_SANITY_LEVELS);
    bf_plot_end(&p);
    bf_html_raw(t, "<figcaption>");
    bf_html_text(t, bf_sanity_kind(kind));
    bf_html_raw(t, v.kind == BF_VERDICT_RISES     ? ": <span class=\"good\">"
                   : v.kind == BF_VERDICT_UNKNOWN ? ": <span class=\"dim\">"
                                                  : ": <span class=\"bad\">");
    bf_html_raw(t, bf_verdict_name(v.kind));
    bf_html_raw(t, "</span></figcaption></figure>\n");
}

static void curves(bf_text *t, const bf_sanity *s)
{
    bf_html_section(t, "curves", "Curves");
    bf_html_raw(
        t, "<p>How to read it: left the undisturbed images, to the right rising damage. The band is the "
           "undisturbed value with two standard errors up and down: inside it nothing is noticed; without a standard "
           "error there is none. A good "
           "metric leaves the band early and never turns back.</p>\n");
    for (size_t m = 0; m < BF_SANITY_METRICS; m++) {
        if (bf_sanity_trust(s, m).n_kinds + bf_sanity_trust(s, m).n_unjudged == 0)
            continue;
        bf_html_raw(t, "<h3>");
        bf_html_text(t, bf_sanity_metric_at(m).label);
        bf_html_raw(t, bf_sanity_metric_at(m).low ? ", should rise" : ", should fall");
        bf_html_raw(t, "</h3>\n<div class=\"minis\">\n");
        for (size_t k = 0; k < BF_SANITY_KINDS; k++)
            if (s->curves[k][m].known)
                curve(t, s, k, m);
        bf_html_raw(t, "</div>\n");
    }
    bf_html_section_end(t);
}

/* --- the page ----------------------------------------------------------------------------------------- */

static void head(bf_text *t, const bf_run *run, const bf_sanity *s)
{
    const bf_report *r = &run->report;
    char name[BF_PAGE_NAME_BYTES];
    bf_page_set_name(name, run->args->operands[0], NULL);
    bf_html_begin(t, "bonafide: which metrics can be trusted?");
    bf_html_raw(t, "<h1>Which metrics can be trusted on ");
    bf_html_name(t, name);
    bf_html_raw(t, "?</h1>\n");
    bf_text_print(t,
                  "<p>%zu of its images, drawn by lot, stand for the real ones. %zu others were measured "
                  "against them, first as "
                  "they are, then spoilt at three levels. Preset ",
                  s->n_real, s->n_changed);
    bf_html_text(t, r->made.preset);
    bf_html_raw(t, ", weights ");
    bf_page_text(t, NULL, r->made.weights_name);
    bf_html_text(t, bf_weights_word(&r->made));
    bf_text_print(t, " <code>%.16s</code>, seed %llu, numerics %d.</p>\n", r->made.weights_sha256,
                  (unsigned long long)bf_args_number(run->args, BF_OPT_SEED), FEAT_NUMERICS_VERSION);
    bf_html_raw(
        t, "<nav aria-label=\"Parts of this page\"><ul><li><a href=\"#verdicts\">Verdicts</a></li><li><a "
           "href=\"#levels\">The disturbances</a></li><li><a "
           "href=\"#curves\">Curves</a></li></ul></nav>\n");
    bf_page_warning_lines(t, NULL, r);
}

feat_status bf_sanity_page(bf_text *t, bf_run *run, const bf_sanity *s, const bf_set *set, size_t sample,
                           feat_error *err)
{
    bf_thumbs *thumbs = NULL;
    bf_image image = {0};
    feat_status status = bf_thumbs_create(&thumbs, err);
    if (status == FEAT_OK)
        status = bf_set_read_image(set, sample, &image, err);
    if (status == FEAT_OK) {
        head(t, run, s);
        verdicts(t, s);
        status = levels(t, thumbs, s, &image, bf_args_number(run->args, BF_OPT_SEED), err);
        curves(t, s);
        bf_html_raw(
            t, "<p class=\"dim\">The numbers are in sanity.csv and sanity.json beside this page. The same "
               "images, weights and options give the same bytes on every machine.</p>\n");
        bf_thumbs_write(thumbs, t);
        bf_html_end(t);
        bf_image_release(&image);
    }
    bf_thumbs_close(&thumbs);
    return status;
}
