/* The table and the JSON of judge eval for several networks. */
#include "tools/judge/judge_networks.h"

#include <math.h>
#include <stdio.h>

#include "engine/base/alloc.h"

_Static_assert((int)BF_MAX_NETWORKS <= (int)GMET_JUDGE_MAX_RIVALS, "all networks of a run can be compared");

void bf_judge_networks_free(void *networks)
{
    bf_judge_networks *all = networks;
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->n; i++)
        bf_judge_eval_free(all->of[i].evaluation);
    feat_free(all);
}

static const char *name_of(const bf_judge_networks *all, size_t i)
{
    return i < all->n ? feat_net_name(all->of[i].net) : NULL;
}

/* --- JSON --------------------------------------------------------------------------------------------- */

static void write_rival(bf_json *j, const char *name, const gmet_judge_rival *r)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "network", name);
    bf_judge_interval_json(j, "acc_label", &r->acc);
    bf_judge_interval_json(j, "skill", &r->skill);
    bf_judge_interval_json(j, "edge", &r->edge);
    bf_json_boolean(j, "skilled", r->skilled != 0);
    bf_judge_interval_json(j, "behind", &r->behind);
    bf_json_boolean(j, "beaten", r->beaten != 0);
    bf_judge_interval_json(j, "spearman_within_folds", &r->spearman);
    bf_judge_interval_json(j, "spearman_behind", &r->spearman_behind);
    bf_json_close(j, '}');
}

static void write_networks(bf_json *j, const void *ctx)
{
    const bf_judge_networks *all = ctx;
    bf_json_open(j, "evaluations", '[');
    for (size_t i = 0; i < all->n; i++) {
        const bf_judged_network *network = &all->of[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "network", feat_net_name(network->net));
        bf_json_string(j, "preset", network->made.preset);
        bf_json_string(j, "tap", network->tap);
        bf_judge_eval_json(j, network->evaluation);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
    bf_json_open(j, "networks", '{');
    bf_json_integer(j, "images", all->rivals.images);
    bf_json_integer(j, "labels", all->rivals.labels);
    bf_json_string(j, "verdict", gmet_judge_choice_name(all->rivals.choice));
    bf_json_string(j, "most_accurate", name_of(all, all->rivals.best));
    bf_json_string(j, "highest_spearman", name_of(all, all->rivals.best_spearman));
    bf_json_open(j, "compared", '[');
    for (size_t i = 0; i < all->n; i++)
        write_rival(j, name_of(all, i), &all->rivals.of[i]);
    bf_json_close(j, ']');
    bf_json_close(j, '}');
}

/* --- the table ---------------------------------------------------------------------------------------- */

static void show_network(bf_report *r, const bf_judged_network *network)
{
    const bf_provenance *made = &network->made;
    char text[224];
    snprintf(text, sizeof text, "%s, preset %s, tap %s, weights %.80s (%.12s)", feat_net_name(network->net),
             made->preset, network->tap, made->weights_name, made->weights_sha256);
    bf_report_line(r, "network", text, "", "");
    bf_judge_eval_lines(r, network->evaluation);
    bf_report_line(r, "", "", "", "");
}

static void show_row(bf_report *r, const char *name, const gmet_judge_rival *rival, bool best)
{
    char text[224], label[24], n[5][64];
    snprintf(text, sizeof text, "%-28s %-28s %-28s %-28s %s", bf_judge_interval_text(n[0], &rival->acc),
             bf_judge_interval_text(n[1], &rival->skill), bf_judge_interval_text(n[2], &rival->edge),
             best ? "the most accurate" : bf_judge_interval_text(n[3], &rival->behind),
             bf_judge_interval_text(n[4], &rival->spearman));
    bf_report_line(r, bf_judge_row_label(label, name), text, "", "");
}

/* The networks that the best one is not shown to be better than, by accuracy or by Spearman's correlation. Returns
 * how many; none is the best itself. */
static size_t list_close(char text[96], const bf_judge_networks *all, size_t best, bool spearman)
{
    size_t n = 0, used = 0;
    text[0] = 0;
    for (size_t i = 0; i < all->n; i++) {
        const gmet_judge_rival *r = &all->rivals.of[i];
        if (i == best || (spearman ? r->spearman_behind.low : r->behind.low) > 0.0)
            continue;
        if (used < 95)
            used += (size_t)snprintf(text + used, 96 - used, "%s%s", n > 0 ? ", " : "", name_of(all, i));
        n++;
    }
    return n;
}

static void show_verdict(bf_report *r, const bf_judge_networks *all)
{
    const gmet_judge_rivals *rivals = &all->rivals;
    const char *best = name_of(all, rivals->best);
    char text[224], close[96];
    size_t n = list_close(close, all, rivals->best, false);
    if (rivals->choice == GMET_JUDGE_NONE)
        snprintf(text, sizeof text, "no skill: none of %zu networks is shown to predict better than a constant",
                 all->n);
    else if (rivals->choice == GMET_JUDGE_BEST)
        snprintf(text, sizeof text, "%s predicts people best, by more than the error of each other network", best);
    else if (n > 0)
        snprintf(text, sizeof text, "not told apart: %s is the most accurate, but within the error of it %s %s", best,
                 n > 1 ? "are" : "is", close);
    else
        snprintf(text, sizeof text, "not told apart: %s is the most accurate, but not shown to beat a constant", best);
    bf_report_line(r, "best network", text, "", "");
    if (rivals->best_spearman == all->n) {
        bf_report_line(r, "  by Spearman", "not known: no network has one", "", "");
        return;
    }
    n = list_close(close, all, rivals->best_spearman, true);
    bool above = rivals->of[rivals->best_spearman].spearman.low > 0.0;
    snprintf(text, sizeof text, "%s is the highest%s%s%s%s", name_of(all, rivals->best_spearman),
             above ? "" : ", which may be 0",
             n > 0 ? "; within the error of it " : ", by more than the error of each other network",
             n > 1 ? "are " : n > 0 ? "is " : "", close);
    bf_report_line(r, "  by Spearman", text, "", "");
}

void bf_judge_networks_show(bf_report *r, bf_judge_networks *all)
{
    char text[128];
    for (size_t i = 0; i < all->n; i++)
        show_network(r, &all->of[i]);
    bf_report_line(r, "networks", "accuracy                     skill                        "
                                  "edge                         behind the best              Spearman", "", "");
    for (size_t i = 0; i < all->n; i++)
        show_row(r, name_of(all, i), &all->rivals.of[i], i == all->rivals.best);
    snprintf(text, sizeof text,
             "skill, edge and behind hold for all %zu networks at once (95 %%); %zu labels of %zu images", all->n,
             all->rivals.labels, all->rivals.images);
    bf_report_line(r, "  error", text, "", "");
    show_verdict(r, all);
    bf_report_add_part(r, write_networks, bf_judge_networks_free, all);
}
