/* One layer of a set: kept in memory, mapped or summed, the same moments come out of it, and each state is left the way
 * it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/run/layer.h"

enum { N = 70, D = 5 };

static float rows[N * D];

static void fill_rows(void)
{
    for (size_t i = 0; i < N * D; i++)
        rows[i] = (float)((i * 37 + i * i % 11) % 101) / 8.0f;
}

static void check_moments(bf_layer *layer, const bf_layer *same_as)
{
    const bf_work work = {.team = NULL};
    assert_false(bf_layer_has_moments(layer));
    assert_int_equal(bf_layer_moments(layer, &work, NULL, N, "set", NULL), FEAT_OK);
    assert_int_equal(layer->state, BF_LAYER_MOMENTS);
    assert_true(bf_layer_has_moments(layer));
    assert_null(layer->sums);
    if (same_as == NULL)
        return;
    assert_memory_equal(layer->mu, same_as->mu, D * sizeof(double));
    assert_memory_equal(layer->sigma, same_as->sigma, D * D * sizeof(double));
}

static void rows_and_sums_give_the_same_moments(void **state)
{
    (void)state;
    bf_layer held = {.d = 0}, mapped = {.d = 0}, summed = {.d = 0};
    assert_int_equal(bf_layer_keep_rows(&held, D, N, false, "set", NULL), FEAT_OK);
    assert_int_equal(bf_layer_keep_rows(&mapped, D, N, true, "set", NULL), FEAT_OK);
    assert_int_equal(bf_layer_keep_sums(&summed, D, NULL, NULL), FEAT_OK);
    assert_int_equal(held.state, BF_LAYER_ROWS);
    assert_int_equal(mapped.state, BF_LAYER_MAPPED);
    assert_int_equal(summed.state, BF_LAYER_SUMS);
    bf_layer *const all[] = {&held, &mapped, &summed};
    for (size_t i = 0; i < 3; i++) {
        assert_true(bf_layer_has_room(all[i], 0, N));
        assert_int_equal(bf_layer_add(all[i], 0, 40, rows, NULL, NULL), FEAT_OK);
        assert_int_equal(bf_layer_add(all[i], 40, N - 40, rows + 40 * D, NULL, NULL), FEAT_OK);
        check_moments(all[i], i > 0 ? &held : NULL);
    }
    assert_null(summed.rows);
    assert_memory_equal(held.rows, rows, sizeof rows);
    assert_memory_equal(mapped.rows, rows, sizeof rows);
    for (size_t i = 0; i < 3; i++) {
        bf_layer_release(all[i]);
        assert_int_equal(all[i]->state, BF_LAYER_EMPTY);
        assert_int_equal(all[i]->d, 0);
    }
}

static void rows_that_become_too_many_are_summed(void **state)
{
    (void)state;
    bf_layer grown = {.d = 0}, held = {.d = 0};
    assert_int_equal(bf_layer_keep_rows(&held, D, N, false, "set", NULL), FEAT_OK);
    assert_int_equal(bf_layer_add(&held, 0, N, rows, NULL, NULL), FEAT_OK);
    check_moments(&held, NULL);
    assert_int_equal(bf_layer_keep_rows(&grown, D, 4, false, "set", NULL), FEAT_OK);
    assert_int_equal(bf_layer_add(&grown, 0, 4, rows, NULL, NULL), FEAT_OK);
    assert_false(bf_layer_has_room(&grown, 4, 1));
    assert_int_equal(bf_layer_make_room(&grown, 4, 20, "set", NULL), FEAT_OK);
    assert_true(bf_layer_has_room(&grown, 4, 20));
    assert_int_equal(bf_layer_add(&grown, 4, 20, rows + 4 * D, NULL, NULL), FEAT_OK);
    assert_int_equal(bf_layer_sum_up(&grown, 24, NULL, NULL), FEAT_OK);
    assert_int_equal(grown.state, BF_LAYER_SUMS);
    assert_null(grown.rows);
    assert_true(bf_layer_has_room(&grown, 24, N));
    assert_int_equal(bf_layer_add(&grown, 24, N - 24, rows + 24 * D, NULL, NULL), FEAT_OK);
    check_moments(&grown, &held);
    bf_layer_release(&grown);
    bf_layer_release(&held);
}

static void moments_can_be_spent(void **state)
{
    (void)state;
    bf_layer layer = {.d = 0};
    feat_error err;
    const bf_work work = {.team = NULL};
    assert_int_equal(bf_layer_keep_rows(&layer, D, N, false, "set", NULL), FEAT_OK);
    assert_int_equal(bf_layer_add(&layer, 0, N, rows, NULL, NULL), FEAT_OK);
    assert_int_equal(bf_layer_moments(&layer, &work, NULL, 1, "set", &err), FEAT_ERR_NUMERIC);
    assert_string_equal(err.message, "set: a covariance needs at least 2 images, found 1");
    assert_int_equal(layer.state, BF_LAYER_ROWS);
    check_moments(&layer, NULL);
    bf_layer_free_sigma(&layer);
    assert_true(layer.sigma == NULL && layer.mu != NULL && bf_layer_has_moments(&layer));
    bf_layer_spend(&layer);
    assert_true(layer.mu == NULL && layer.rows != NULL && bf_layer_has_moments(&layer));
    assert_int_equal(layer.state, BF_LAYER_SPENT);
    bf_layer_release(&layer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_sums_give_the_same_moments),
        cmocka_unit_test(rows_that_become_too_many_are_summed),
        cmocka_unit_test(moments_can_be_spent),
    };
    fill_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
