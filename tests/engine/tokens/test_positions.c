/* Positions of patches, brought from 37 x 37 to 16 x 16 when weights are loaded, against figures made elsewhere. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/net/model.h"
#include "engine/nets/vit_rows.h"

/* An embedding of 64 channels, and as little behind it as makes a network. */
enum { WIDTH = 64, SIDE = 16, REGISTERS = 4, TOKENS = 1 + REGISTERS + SIDE * SIDE };
enum { IMAGE, EMBEDDED, QKV, CLASS, N_TENSORS };

static const feat_op ops[] = {
    ROW_EMBED(0, "", EMBEDDED, WIDTH, 14),
    ROW_QKV(1, "blocks.0.attn.qkv", EMBEDDED, QKV, WIDTH, 1),
    ROW_ATTENTION(QKV, CLASS, WIDTH),
    ROW_VECTOR(0, CLASS),
};
static const feat_tap_info taps[] = {{"cls", WIDTH}};

typedef struct own {
    feat_shape shapes[N_TENSORS];
    feat_net net;
    feat_weights *weights;
    feat_model *model;
} own;

static void make(own *o, feat_position_resize resize, size_t side, size_t n_tokens)
{
    feat_error err;
    memset(o, 0, sizeof *o);
    o->shapes[IMAGE] = (feat_shape){3, 224, 224};
    o->shapes[EMBEDDED] = (feat_shape){WIDTH, 1, (uint16_t)n_tokens};
    o->shapes[QKV] = (feat_shape){3 * WIDTH, 1, (uint16_t)n_tokens};
    o->shapes[CLASS] = (feat_shape){WIDTH, 1, 1};
    o->net = feat_dinov2_vits14;
    o->net.tensors = o->shapes;
    o->net.n_tensors = N_TENSORS;
    o->net.ops = ops;
    o->net.n_ops = sizeof ops / sizeof ops[0];
    o->net.taps = taps;
    o->net.position_side = side;
    o->net.position_resize = resize;
    assert_int_equal(feat_weights_synth(&o->weights, 1, &o->net, NULL), FEAT_OK);
    if (feat_model_create_net(&o->model, o->weights, &o->net, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
}

static void end(own *o)
{
    feat_model_close(&o->model);
    feat_weights_close(&o->weights);
}

/* What is added to a token, from the model's table [WIDTH / 16][tokens][16]. */
static float added(const own *o, size_t token, size_t channel)
{
    const float *table = o->model->packed + o->model->steps[0].scale_offset;
    return table[(channel / FEAT_BLOCK * o->shapes[EMBEDDED].w + token) * FEAT_BLOCK + channel % FEAT_BLOCK];
}

/* Relative to the largest there is. */
static double worst_of(const char *way, const own *o)
{
    char name[32];
    size_t row, column, channel, n = 0;
    double value, worst = 0.0, largest = 0.0;
    FILE *f = fopen("tests/data/vit_positions.txt", "r");
    assert_non_null(f);
    while (fscanf(f, "%31s %zu %zu %zu %lf", name, &row, &column, &channel, &value) == 5) {
        if (strcmp(name, way) != 0)
            continue;
        size_t before = o->shapes[EMBEDDED].w - (size_t)SIDE * SIDE;
        double got = (double)added(o, before + row * SIDE + column, channel);
        worst = fmax(worst, fabs(got - value));
        largest = fmax(largest, fabs(value));
        n++;
    }
    assert_true(feof(f));
    fclose(f);
    assert_int_equal(n, 24);
    return worst / largest;
}

static void positions_are_those_of_the_reference(void **state)
{
    (void)state;
    own cubic, antialiased;
    make(&cubic, FEAT_POSITIONS_CUBIC, 37, TOKENS - REGISTERS);
    make(&antialiased, FEAT_POSITIONS_ANTIALIASED, 37, TOKENS);
    double worst[2] = {worst_of("cubic", &cubic), worst_of("antialiased", &antialiased)};
    print_message("error: cubic %.1e, antialiased %.1e\n", worst[0], worst[1]);
    assert_true(worst[0] <= 1e-6 && worst[1] <= 1e-6);
    assert_true(worst_of("antialiased", &cubic) > 1e-2); /* the figures of one would not do for the other */
    end(&cubic);
    end(&antialiased);
    assert_int_equal(feat_alloc_live(), 0);
}

static float *tensor(const feat_weights *w, const char *name)
{
    size_t index = feat_weights_find(w, name);
    assert_true(index != SIZE_MAX);
    float *values = feat_alloc_array((size_t)feat_weights_at(w, index)->n_elements, sizeof *values);
    assert_non_null(values);
    assert_int_equal(feat_weights_read(w, index, values, NULL), FEAT_OK);
    return values;
}

/* The class token has the first position, registers have none; and of as many positions as patches each is itself. */
static void tokens_that_are_weights_come_first(void **state)
{
    (void)state;
    own o;
    make(&o, FEAT_POSITIONS_AS_STORED, 0, TOKENS);
    float *class_token = tensor(o.weights, "cls_token"), *positions = tensor(o.weights, "pos_embed");
    float *registers = tensor(o.weights, "register_tokens");
    for (size_t c = 0; c < WIDTH; c++) {
        assert_true(added(&o, 0, c) == class_token[c] + positions[c]);
        for (size_t i = 0; i < REGISTERS; i++)
            assert_true(added(&o, 1 + i, c) == registers[i * WIDTH + c]);
        for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
            assert_true(added(&o, 1 + REGISTERS + i, c) == positions[(1 + i) * WIDTH + c]);
    }
    feat_free(class_token);
    feat_free(positions);
    feat_free(registers);
    end(&o);
    assert_int_equal(feat_alloc_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_those_of_the_reference),
        cmocka_unit_test(tokens_that_are_weights_come_first),
    };
    return cmocka_run_group_tests_name("positions", tests, NULL, NULL);
}
