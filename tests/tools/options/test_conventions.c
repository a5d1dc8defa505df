/* The conventions of the tools: one entry for each preset, with the figures their sources have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/feat.h"
#include "tools/options/conventions.h"

static const feat_net *net(void)
{
    return feat_net_find("inception-v3-fid");
}

static void every_preset_has_an_entry(void **state)
{
    (void)state;
    size_t i = 0;
    for (; feat_preset_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        assert_non_null(c);
        assert_string_equal(c->name, feat_preset_at(i)->name);
        assert_ptr_equal(bf_convention_find(net(), c->name), c);
        assert_ptr_equal(bf_preset_find(net(), c->name), feat_preset_at(i));
        assert_true(bf_convention_is_for(c, net()));
        assert_true(c->n_splits > 0 && c->kid_subsets > 0 && c->kid_size > 1 && c->pr_k > 0 && c->dc_k > 0);
        assert_true(c->fid_ddof <= 1 && c->tool != NULL && c->differs != NULL);
        assert_true((c->prints & BF_TOOL_FID) != 0);
    }
    for (; bf_convention_at(i) != NULL; i++) { /* of other networks */
        const bf_convention *c = bf_convention_at(i);
        assert_false(bf_convention_is_for(c, net()));
        assert_true(bf_convention_is_for(c, feat_net_find("vgg16")));
        assert_ptr_equal(bf_convention_find(feat_net_find("vgg16"), c->name), c);
        assert_non_null(feat_preset_find(c->name));
        assert_true(c->pr_k == 3 && c->prints == BF_TOOL_PR && c->tool != NULL && c->differs != NULL);
    }
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
    gmet_is_options_default(&is);
    gmet_kid_options_default(&kid);
    gmet_pr_options_default(&pr);
    gmet_prdc_options_default(&dc);
    gmet_mifid_options_default(&mifid);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_has_an_entry),
        cmocka_unit_test(tf1_is_the_default),
        cmocka_unit_test(tools_differ_where_their_sources_do),
        cmocka_unit_test(presets_agree_on_pixels_and_divisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
