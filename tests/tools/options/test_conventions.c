/* The conventions of the tools: one entry for each preset, with the figures their sources have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/feat.h"
#include "tools/options/conventions.h"
#include "tools/options/metric_names.h"

static const feat_net *net(void)
{
    return feat_net_find("inception-v3-fid");
}

/* A network of that family. */
static const feat_net *net_of(const char *family)
{
    for (size_t i = 0; feat_net_at(i) != NULL; i++)
        if (strcmp(feat_net_family(feat_net_at(i)), family) == 0)
            return feat_net_at(i);
    fail_msg("no network of the family %s", family);
    return NULL;
}

static void assert_good(const bf_convention *c, const feat_net *of)
{
    assert_true(bf_convention_is_for(c, of));
    assert_ptr_equal(bf_convention_find(of, c->name), c); /* so it is there once */
    assert_non_null(feat_preset_find(c->name));
    assert_ptr_equal(bf_preset_find(of, c->name), feat_preset_find(c->name));
    assert_true(c->n_splits > 0 && c->kid_subsets > 0 && c->kid_size > 1 && c->pr_k > 0 && c->dc_k > 0);
    assert_true(c->fid_ddof <= 1 && c->prints != 0 && c->tool != NULL && c->differs != NULL);
}

static void every_preset_has_an_entry(void **state)
{
    (void)state;
    size_t n = 0; /* presets for Inception-v3 */
    for (; bf_convention_at(n) != NULL && bf_convention_is_for(bf_convention_at(n), net()); n++) {
        assert_good(bf_convention_at(n), net());
        assert_string_equal(bf_convention_at(n)->name, feat_preset_at(n)->name);
        assert_true((bf_convention_at(n)->prints & BF_TOOL_FID) != 0);
    }
    for (size_t i = n; bf_convention_at(i) != NULL; i++) { /* of other networks */
        const bf_convention *c = bf_convention_at(i);
        assert_false(bf_convention_is_for(c, net()));
        assert_good(c, net_of(c->network));
        if (strcmp(c->network, "vgg16") == 0)
            assert_true(c->pr_k == 3 && c->prints == BF_TOOL_PR);
    }
    for (size_t i = n; feat_preset_at(i) != NULL; i++) { /* nobody runs Inception-v3 with these */
        const char *name = feat_preset_at(i)->name;
        assert_null(bf_preset_find(net(), name));
        assert_true(bf_preset_find(net_of("dinov2"), name) != NULL || bf_preset_find(net_of("clip"), name) != NULL);
    }
    for (size_t i = 0; feat_net_at(i) != NULL; i++)
        assert_non_null(bf_convention_find(feat_net_at(i), feat_net_preset_name(feat_net_at(i))));
    assert_null(bf_convention_find(feat_net_find("vgg16"), "clean"));
    assert_null(bf_convention_find(net(), "TF1"));
    assert_null(bf_convention_find(net(), NULL));
    assert_null(bf_preset_find(net(), "TF1"));
}

/* The defaults of the library are the conventions of tf1. */
static void tf1_is_the_default(void **state)
{
    (void)state;
    const bf_convention *c = bf_convention_find(net(), "tf1");
    gmet_is_options is;
    gmet_kid_options kid;
    gmet_pr_options pr;
    gmet_prdc_options dc;
    gmet_mifid_options mifid;
    gmet_is_options_init(&is, sizeof is);
    gmet_kid_options_init(&kid, sizeof kid);
    gmet_pr_options_init(&pr, sizeof pr);
    gmet_prdc_options_init(&dc, sizeof dc);
    gmet_mifid_options_init(&mifid, sizeof mifid);
    assert_int_equal(c->split, is.split);
    assert_int_equal(c->n_splits, is.n_splits);
    assert_int_equal(c->shuffle, is.shuffle);
    assert_int_equal(c->is_ddof, is.ddof);
    assert_int_equal(c->kid_subsets, kid.n_subsets);
    assert_int_equal(c->kid_size, kid.subset_size);
    assert_int_equal(c->kid_shrink, kid.shrink);
    assert_int_equal(c->pr_k, pr.k);
    assert_int_equal(c->pr_strict, pr.strict);
    assert_int_equal(c->dc_k, dc.k);
    assert_int_equal(c->dc_strict, dc.strict);
    assert_int_equal(c->mifid, mifid.direction);
    assert_false(c->logits_with_bias);
    assert_int_equal(c->fid_ddof, 1);
}

static void tools_differ_where_their_sources_do(void **state)
{
    (void)state;
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        if (!bf_convention_is_for(c, net()))
            continue;
        bool studiogan = strncmp(c->name, "studiogan-", 10) == 0, adm = strcmp(c->name, "adm") == 0;
        bool stylegan = strcmp(c->name, "stylegan") == 0,
             torchmetrics = strcmp(c->name, "torchmetrics-1.8") == 0;
        assert_int_equal(c->logits_with_bias, studiogan);
        assert_int_equal(c->n_splits, studiogan ? 1 : 10);
        assert_int_equal(c->shuffle, !studiogan && !adm && !stylegan);
        assert_int_equal(c->split, adm            ? GMET_SPLIT_BLOCK
                                   : torchmetrics ? GMET_SPLIT_CHUNK
                                                  : GMET_SPLIT_EVEN);
        assert_int_equal(c->is_ddof, torchmetrics);
        assert_int_equal(c->fid_ddof, !stylegan);
        assert_int_equal(c->kid_shrink, stylegan || strcmp(c->name, "clean") == 0);
        assert_int_equal(c->pr_k, studiogan ? 5 : 3);
        assert_int_equal(c->pr_strict, studiogan);
        assert_int_equal(c->mifid, torchmetrics ? GMET_REAL_TO_GEN : GMET_GEN_TO_REAL);
    }
}

static void presets_are_listed(void **state)
{
    (void)state;
    char text[BF_PRESETS_TEXT];
    assert_string_equal(bf_presets_of(text, feat_net_find("vgg16")), "tf1|stylegan");
    for (size_t i = 0; feat_net_at(i) != NULL; i++) { /* with room to spare */
        assert_true(strlen(bf_presets_of(text, feat_net_at(i))) + 32 < sizeof text);
        assert_non_null(strstr(text, "tf1"));
    }
}

/* Figures of the sources of dgm-eval, EDM2, clean-fid, torch-fidelity and CMMD. */
static void tools_of_transformers(void **state)
{
    (void)state;
    const feat_net *dinov2 = net_of("dinov2"), *clip = net_of("clip");
    static const char *const dgm[] = {"dgm", "dgm-clean"};
    for (size_t i = 0; i < 2; i++) {
        const bf_convention *c = bf_convention_find(dinov2, dgm[i]);
        assert_string_equal(c->tool, "dgm-eval");
        assert_int_equal(c->prints, BF_TOOL_FID | BF_TOOL_KID | BF_TOOL_PR | BF_TOOL_DC);
        assert_true(c->pr_k == 5 && c->dc_k == 5 && c->pr_strict && c->dc_strict);
        assert_true(c->kid_subsets == 100 && c->kid_size == 1000 && c->kid_shrink && c->fid_ddof == 1);
        assert_null(bf_convention_find(clip, dgm[i]));
    }
    assert_int_equal(bf_convention_find(dinov2, "edm2")->prints, BF_TOOL_FID);
    assert_int_equal(bf_convention_find(clip, "clip")->prints, BF_TOOL_FID);
    assert_string_equal(bf_convention_find(clip, "clip")->tool, "clean-fid");
    assert_int_equal(bf_convention_find(clip, "cmmd")->prints, BF_TOOL_CMMD);
    assert_null(bf_convention_find(dinov2, "cmmd"));
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        if (bf_convention_is_for(c, dinov2) || bf_convention_is_for(c, clip))
            assert_true(c->fid_ddof == 1 && !c->pr_of_vgg16 && (c->prints & (BF_TOOL_IS | BF_TOOL_SFID)) == 0);
    }
}

/* A row of --preset-of names networks, presets that tools run them with, and metrics of those networks. */
static void what_papers_print(void **state)
{
    (void)state;
    char text[BF_PUBLISHED_TEXT];
    for (size_t i = 0; bf_published_at(i) != NULL; i++) {
        const bf_published *row = bf_published_at(i);
        assert_ptr_equal(bf_published_find(row->name), row);
        assert_true(strlen(bf_published_text(text, row)) + 16 < sizeof text);
        for (size_t k = 0; k < 2 && row->runs[k].network != NULL; k++) {
            const feat_net *of = feat_net_find(row->runs[k].network);
            assert_non_null(of);
            assert_non_null(bf_convention_find(of, row->runs[k].preset));
            assert_string_equal(bf_published_preset(row, of), row->runs[k].preset);
            assert_non_null(strstr(text, row->runs[k].preset));
        }
        char words[64];
        snprintf(words, sizeof words, "%s", row->metrics);
        for (char *word = strtok(words, ","); word != NULL; word = strtok(NULL, ",")) {
            bool found = false;
            assert_true(bf_metric_find(word) < BF_N_METRICS);
            const bf_metric *metric = bf_metric_at(bf_metric_find(word));
            for (size_t k = 0; k < 2 && row->runs[k].network != NULL; k++)
                found = found || bf_metric_is_of(metric, feat_net_find(row->runs[k].network));
            assert_true(found);
        }
    }
    const bf_published *edm2 = bf_published_find("edm2");
    assert_string_equal(bf_published_preset(edm2, feat_net_find("dinov2-vits14")), "edm2");
    assert_string_equal(bf_published_preset(edm2, net()), "tf1");
    assert_null(bf_published_preset(edm2, net_of("clip")));
    assert_null(bf_published_preset(NULL, net()));
    assert_null(bf_published_find("EDM2"));
    assert_null(bf_published_find(NULL));
    assert_string_equal(bf_published_text(text, edm2),
                        "fid,fd-dinov2; inception-v3-fid with preset tf1, dinov2-vitl14 with preset edm2");
    assert_int_equal(bf_convention_find(feat_net_find("dinov2-vitl14"), "dgm")->pr_k, 5);
}

static void presets_agree_on_pixels_and_divisor(void **state)
{
    (void)state;
    assert_true(bf_presets_agree(net(), "tf1", "tf1"));
    assert_true(bf_presets_agree(net(), "tf1", "adm"));
    assert_false(bf_presets_agree(net(), "tf1", "stylegan"));
    assert_false(bf_presets_agree(net(), "tf1", "clean"));
    assert_false(bf_presets_agree(net(), "pytorch-fid", "studiogan-legacy"));
    assert_true(bf_presets_agree(net(), "of another tool", "of another tool"));
    assert_false(bf_presets_agree(net(), "of another tool", "tf1"));
    assert_false(bf_presets_agree(net_of("dinov2"), "dgm", "dgm-clean"));
    assert_false(bf_presets_agree(net_of("dinov2"), "dgm", "edm2"));
    assert_false(bf_presets_agree(net_of("clip"), "clip", "cmmd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_has_an_entry),
        cmocka_unit_test(tf1_is_the_default),
        cmocka_unit_test(tools_differ_where_their_sources_do),
        cmocka_unit_test(presets_are_listed),
        cmocka_unit_test(tools_of_transformers),
        cmocka_unit_test(what_papers_print),
        cmocka_unit_test(presets_agree_on_pixels_and_divisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
