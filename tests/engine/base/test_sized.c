/* Structures of callers that are compiled against another version: shorter, longer, and never filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/sized.h"
#include "engine/feat.h"

/* The same structure in three versions; the second is the library's. */
typedef struct first_version {
    size_t struct_size;
    int64_t a;
} first_version;
typedef struct second_version {
    size_t struct_size;
    int64_t a;
    double b;
} second_version;
typedef struct third_version {
    size_t struct_size;
    int64_t a;
    double b;
    void *c;
} third_version;

static const second_version defaults = {.a = 7, .b = 0.5};

static feat_status take(second_version *own, const void *given, feat_error *err)
{
    *own = defaults;
    return feat_sized_read(own, sizeof *own, given, "it_options", err);
}

static void a_shorter_one_is_filled_no_further(void **state)
{
    (void)state;
    struct {
        first_version it;
        unsigned char behind[64];
    } caller;
    second_version own;
    memset(&caller, 0xa5, sizeof caller);
    feat_sized_init(&caller.it, sizeof caller.it, &defaults, sizeof defaults);
    assert_int_equal(caller.it.struct_size, sizeof caller.it);
    assert_int_equal(caller.it.a, 7);
    for (size_t i = 0; i < sizeof caller.behind; i++)
        assert_int_equal(caller.behind[i], 0xa5);
    caller.it.a = 8;
    assert_int_equal(take(&own, &caller.it, NULL), FEAT_OK);
    assert_int_equal(own.a, 8);
    assert_true(own.b == 0.5);
    assert_int_equal(own.struct_size, sizeof own);
}

static void a_longer_one_keeps_zeros(void **state)
{
    (void)state;
    third_version it;
    second_version own;
    feat_error err = {FEAT_OK, ""};
    memset(&it, 0xa5, sizeof it);
    feat_sized_init(&it, sizeof it, &defaults, sizeof defaults);
    assert_int_equal(it.struct_size, sizeof it);
    assert_int_equal(it.a, 7);
    assert_null(it.c);
    it.b = 0.25;
    assert_int_equal(take(&own, &it, &err), FEAT_OK);
    assert_true(own.a == 7 && own.b == 0.25);
    memset(&it.c, 1, sizeof it.c); /* a setting that this library does not know */
    assert_int_equal(take(&own, &it, &err), FEAT_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "it_options: byte 24 of 32 is set"));
}

static void what_nobody_filled_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, sizeof(size_t) - 1, sizeof(second_version) + 1, 5000, SIZE_MAX};
    second_version it = defaults, own;
    feat_error err = {FEAT_OK, ""};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        it.struct_size = sizes[i];
        assert_int_equal(take(&own, &it, &err), FEAT_ERR_ARG);
        assert_non_null(strstr(err.message, "call it_options_init(&it, sizeof it) first"));
        assert_int_equal(own.a, 7);
    }
    assert_int_equal(take(&own, NULL, &err), FEAT_OK);
    assert_true(own.a == 7 && own.b == 0.5);
    feat_sized_init(NULL, sizeof it, &defaults, sizeof defaults);
    memset(&it, 0xa5, sizeof it);
    feat_sized_init(&it, sizeof it.struct_size - 1, &defaults, sizeof defaults); /* no room for its size */
    assert_int_equal(it.a, INT64_C(-0x5a5a5a5a5a5a5a5b));
}

static void flags_stop(void **state)
{
    (void)state;
    int flag = 0;
    feat_stop stop = feat_stop_flag;
    assert_int_equal(stop(&flag), 0);
    flag = 2;
    assert_int_equal(stop(&flag), 1);
    flag = INT32_MIN;
    assert_int_equal(stop(&flag), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shorter_one_is_filled_no_further),
        cmocka_unit_test(a_longer_one_keeps_zeros),
        cmocka_unit_test(what_nobody_filled_is_refused),
        cmocka_unit_test(flags_stop),
    };
    return cmocka_run_group_tests_name("sized", tests, NULL, NULL);
}
