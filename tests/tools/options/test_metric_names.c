/* The rows of metrics and of their numbers: that they are complete, and the lists that are made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/figures/papers.h"
#include "tools/options/metric_names.h"

static void every_metric_has_a_row_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < BF_N_METRICS; i++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)i);
        assert_non_null(metric->name);
        assert_non_null(metric->label);
        assert_int_equal(strncmp(metric->library, "gmet_", 5), 0);
        assert_true(metric->needs != 0);
        assert_int_equal(bf_metric_find(metric->name), i); /* no name is there twice */
    }
    assert_int_equal(bf_metric_find("no metric"), BF_N_METRICS);
    assert_int_equal(bf_metric_find(""), BF_N_METRICS);
}

static void layers_of_metrics_are_those_of_the_network(void **state)
{
    (void)state;
    static const struct {
        bf_metric_id metric;
        const char *tap;
    } have[] = {{BF_METRIC_SFID, "spatial"},
                {BF_METRIC_FID64, "64"},
                {BF_METRIC_FID192, "192"},
                {BF_METRIC_FID768, "768"}};
    const feat_net *net = feat_net_find("inception-v3-fid");
    for (size_t i = 0; i < sizeof have / sizeof have[0]; i++) {
        const feat_tap tap = feat_net_find_tap(net, have[i].tap);
        assert_int_not_equal(tap, FEAT_NO_TAP);
        assert_int_equal(bf_metric_tap(bf_metric_at(have[i].metric), net), tap);
    }
    assert_int_equal(bf_metric_tap(bf_metric_at(BF_METRIC_FID), net), FEAT_NO_TAP);
    assert_int_equal(bf_metric_tap(bf_metric_at(BF_METRIC_KID), net), FEAT_NO_TAP);
}

static void every_metric_has_a_number(void **state)
{
    (void)state;
    for (int i = 0; i < BF_N_METRICS; i++) {
        size_t n = 0;
        for (size_t v = 0; bf_metric_value_at(v) != NULL; v++)
            n += bf_metric_value_at(v)->metric == (bf_metric_id)i;
        assert_true(n > 0);
    }
}

static void numbers_are_found_by_key_and_label(void **state)
{
    (void)state;
    for (size_t i = 0; bf_metric_value_at(i) != NULL; i++) {
        const bf_metric_value *value = bf_metric_value_at(i);
        assert_ptr_equal(bf_metric_value_of_key(value->key), value); /* neither is there twice */
        assert_ptr_equal(bf_metric_value_of_label(value->label), value);
        assert_non_null(value->reading);
        assert_non_null(value->formula);
        assert_true(value->least < value->most);
        assert_true(strlen(value->label) < (size_t)BF_METRIC_LABEL);
    }
    assert_null(bf_metric_value_of_key("no key"));
    assert_null(bf_metric_value_of_label("no label"));
}

static void ranked_numbers_come_first(void **state)
{
    (void)state;
    size_t n = 0;
    while (bf_ranked_value_at(n) != NULL)
        n++;
    for (size_t i = 0; bf_metric_value_at(i) != NULL; i++)
        assert_true((bf_metric_value_at(i)->by != NULL) == (i < n)); /* and all of them find room */
    assert_true(n <= (size_t)BF_MAX_RANKED);
}

static void brackets_are_left_out_where_numbers_are_ranked(void **state)
{
    (void)state;
    char text[BF_METRIC_LABEL];
    assert_string_equal(bf_ranked_label(text, bf_metric_value_of_key("prd_f_8")), "PRD F8");
    assert_string_equal(bf_ranked_label(text, bf_metric_value_of_key("vendi_score")), "Vendi score");
}

/* The words of a list, one after another, are those that name() gives. */
static void list_is(char *list, const char *separator, const char *(*name)(size_t i))
{
    size_t n = 0, length = strlen(separator);
    for (char *word = list; word != NULL; n++) {
        char *end = strstr(word, separator);
        if (end != NULL)
            *end = 0;
        assert_string_equal(word, name(n));
        word = end != NULL ? end + length : NULL;
    }
    assert_null(name(n));
}

static const char *name_of_metric(size_t i)
{
    return i < (size_t)BF_N_METRICS ? bf_metric_at((bf_metric_id)i)->name : NULL;
}

static const char *name_to_rank_by(size_t i)
{
    return bf_ranked_value_at(i) != NULL ? bf_ranked_value_at(i)->by : NULL;
}

static void lists_have_the_names_in_order(void **state)
{
    (void)state;
    char text[512];
    bf_metric_list(text, sizeof text, false, ", ");
    list_is(text, ", ", name_of_metric);
    bf_ranked_list(text, sizeof text, ", ");
    list_is(text, ", ", name_to_rank_by);
    bf_metric_list(text, sizeof text, true, ",");
    assert_string_equal(text, "is,fid,kid,pr,dc");
    bf_metric_list(text, 8, true, ","); /* cut, and ended */
    assert_string_equal(text, "is,fid,");
}

/* Every metric names papers that there are, and every paper has a metric. */
static void metrics_come_from_papers(void **state)
{
    (void)state;
    size_t n_papers = 0, used[64] = {0};
    while (bf_paper_at(n_papers) != NULL)
        n_papers++;
    assert_true(n_papers < 64);
    for (int i = 0; i < BF_N_METRICS; i++) {
        const char *list = bf_metric_at((bf_metric_id)i)->papers;
        assert_non_null(list);
        for (size_t n; *list != 0; list += n + (list[n] == ',')) {
            n = strcspn(list, ",");
            const bf_paper *paper = bf_paper_find(list, n);
            assert_non_null(paper);
            used[paper - bf_paper_at(0)]++;
        }
    }
    for (size_t i = 0; i < n_papers; i++) {
        const bf_paper *paper = bf_paper_at(i);
        assert_true(used[i] > 0);
        assert_ptr_equal(bf_paper_find(paper->key, strlen(paper->key)), paper); /* no key is there twice */
        for (const char *c = paper->authors; *c != 0; c++)
            assert_true((unsigned char)*c < 0x80);
        assert_true(strcmp(paper->kind, "inproceedings") == 0 || strcmp(paper->kind, "article") == 0 ||
                    strcmp(paper->kind, "misc") == 0);
        assert_true(paper->year >= 2016 && paper->venue[0] != 0 && paper->title[0] != 0);
    }
    assert_null(bf_paper_find("heusel2017", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_has_a_row_of_its_own),
        cmocka_unit_test(layers_of_metrics_are_those_of_the_network),
        cmocka_unit_test(every_metric_has_a_number),
        cmocka_unit_test(numbers_are_found_by_key_and_label),
        cmocka_unit_test(ranked_numbers_come_first),
        cmocka_unit_test(brackets_are_left_out_where_numbers_are_ranked),
        cmocka_unit_test(lists_have_the_names_in_order),
        cmocka_unit_test(metrics_come_from_papers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
