/* The forms in which PyTorch and Python of several versions write one and the same state dict: all give the
 * weights of the plain form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "tests/weights/trial.h"
#include "weights/convert.h"

typedef struct form {
    int checkpoint; /* the dict is one entry of a larger one, behind numbers */
    int parameters; /* tensors are wrapped as parameters */
    int one_by_one; /* entries are set one at a time, not all at once */
    int pairs;      /* OrderedDict called with a list of pairs, as Python 2 wrote it */
    int first;      /* tensors are rebuilt by the first version of the function, which knows no hooks */
    int bytes;      /* texts are byte strings of Python 2 */
    int modules;    /* a tree of modules, as TorchScript has it, with attributes that are no tensors */
    int far;        /* remembered objects have four-byte numbers */
} form;

static void put_text(gen_buf *b, const char *text)
{
    gen_put(b, text, strlen(text));
}

static void put_le(gen_buf *b, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++, value >>= 8)
        gen_put(b, &(unsigned char){(unsigned char)value}, 1);
}

static void text(gen_buf *b, const form *f, const char *s)
{
    put_text(b, f->bytes ? "U" : "X");
    put_le(b, strlen(s), f->bytes ? 1 : 4);
    put_text(b, s);
}

static void integer(gen_buf *b, int64_t value)
{
    put_text(b, "J");
    put_le(b, (uint64_t)value, 4);
}

static void sizes(gen_buf *b, const int64_t *values, size_t n)
{
    put_text(b, "(");
    for (size_t i = 0; i < n; i++)
        integer(b, values[i]);
    put_text(b, "t");
}

/* A function: by name the first time, as remembered object `memo` later. */
static void function(gen_buf *b, const form *f, const char *name, unsigned memo, size_t i)
{
    if (i > 0) {
        put_text(b, f->far ? "j" : "h");
        put_le(b, memo, f->far ? 4 : 1);
        return;
    }
    put_text(b, "c");
    put_text(b, name);
    put_text(b, f->far ? "r" : "q");
    put_le(b, memo, f->far ? 4 : 1);
}

static void tensor(gen_buf *b, const form *f, const gen_tensor *g, size_t i)
{
    char key[24];
    unsigned memo = f->far ? 70000 : 7;
    (void)snprintf(key, sizeof key, "%zu", i);
    if (f->parameters) {
        function(b, f, "torch._utils\n_rebuild_parameter\n", memo, i);
        put_text(b, "(");
    }
    function(b, f, f->first ? "torch._utils\n_rebuild_tensor\n" : "torch._utils\n_rebuild_tensor_v2\n",
             memo + 1, i);
    put_text(b, "((");
    text(b, f, "storage");
    put_text(b, "ctorch\n");
    put_text(b, g->storage);
    put_text(b, "\n");
    text(b, f, key);
    text(b, f, "cpu");
    integer(b, g->numel);
    put_text(b, "tQ");
    integer(b, g->offset);
    sizes(b, g->shape, g->rank);
    sizes(b, g->stride, g->rank);
    put_text(b, f->first ? "tR"
                         : "\x89"
                           "ccollections\nOrderedDict\n)RtR");
    if (f->parameters)
        put_text(b, "\x88"
                    "ccollections\nOrderedDict\n)RtR");
}

static void state_dict(gen_buf *b, const form *f, const gen_list *list)
{
    put_text(b, f->pairs ? "ccollections\nOrderedDict\n]" : "}");
    if (!f->pairs && !f->one_by_one)
        put_text(b, "(");
    for (size_t i = 0; i < list->n; i++) {
        if (f->pairs)
            put_text(b, "](");
        text(b, f, list->t[i].name);
        tensor(b, f, &list->t[i], i);
        if (f->pairs)
            put_text(b, "ea"); /* the pair is a list of two, appended to the list of pairs */
        else if (f->one_by_one)
            put_text(b, "s");
    }
    put_text(b, f->pairs ? "\x85R" : f->one_by_one ? "" : "u");
}

static void convert(const form *f, feat_convert_report *report)
{
    gen_buf pickle = {NULL, 0, 0}, file = {NULL, 0, 0};
    if (!f->modules)
        put_text(&pickle, "\x80\x02");
    if (f->checkpoint) {
        put_text(&pickle, "}(");
        text(&pickle, f, "epoch");
        put_text(&pickle, "K\x07");
        text(&pickle, f, "lr");
        gen_put(&pickle, "G\x3f\xb9\x99\x99\x99\x99\x99\x9a",
                9); /* 0.1, the only big-endian number there is */
        text(&pickle, f, "best");
        put_text(&pickle, "N");
        text(&pickle, f, "state_dict");
    }
    if (f->modules)
        gen_modules(&pickle, &trial.list);
    else
        state_dict(&pickle, f, &trial.list);
    put_text(&pickle, f->checkpoint ? "u." : f->modules ? "" : ".");
    const gen_zip_options zip = {.pickle = &pickle};
    gen_zip(&file, &trial.list, &zip);
    gen_write_file(trial.in, file.p, file.n);
    const feat_convert_options options = {trial.in, trial.out, FEAT_FLOAT32, NULL};
    if (feat_convert_among(&options, gen_maps, report, &trial.err) != FEAT_OK)
        fail_msg("%s", trial.err.message);
    gen_free(&file);
    gen_free(&pickle);
}

static int has_notice(const feat_convert_report *report, const char *part)
{
    for (size_t i = 0; i < report->n_notices; i++)
        if (strstr(report->notices[i], part) != NULL)
            return 1;
    return 0;
}

static void test_forms(void **state)
{
    (void)state;
    static const form forms[] = {
        {0},          {.checkpoint = 1}, {.parameters = 1}, {.one_by_one = 1},     {.pairs = 1},
        {.first = 1}, {.bytes = 1},      {.far = 1},        {1, 1, 0, 1, 1, 1, 0, 1},
        {.modules = 1},
    };
    feat_convert_report report;
    feat_weights *synth = NULL;
    feat_weights_info want;
    assert_int_equal(feat_weights_synth(&synth, 1, &gen_fid, NULL), FEAT_OK);
    assert_int_equal(feat_weights_describe(synth, &want, NULL), FEAT_OK);
    feat_weights_close(&synth);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        gen_fill(&trial.list, &gen_fid, i % 2 == 1, 0);
        convert(&forms[i], &report);
        assert_memory_equal(report.content_sha256, want.content_sha256, 32);
        assert_ptr_equal(report.net, &gen_fid);
        assert_int_equal(has_notice(&report, "the file is a checkpoint; only its 'state_dict' is used"),
                         forms[i].checkpoint);
        assert_string_equal(report.container,
                            forms[i].modules ? "TorchScript archive" : "PyTorch zip container");
        gen_clear(&trial.list);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_forms)};
    return cmocka_run_group_tests_name("pickle_forms", tests, NULL, NULL);
}
