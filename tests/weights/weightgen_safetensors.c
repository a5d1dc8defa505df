/* safetensors files for the tests: see weightgen.h. */
#include "tests/weights/weightgen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void put_header(gen_buf *b, const char *text)
{
    gen_put(b, text, strlen(text));
}

static const char *type_of(const gen_tensor *g, const gen_safetensors_options *options)
{
    if (options->bfloat16 && strcmp(g->storage, "FloatStorage") == 0)
        return "BF16";
    return strcmp(g->storage, "HalfStorage") == 0 ? "F16" : strcmp(g->storage, "LongStorage") == 0 ? "I64" : "F32";
}

/* The data of a tensor; of bfloat16 the upper halves. */
static void put_data(gen_buf *b, const gen_tensor *g, const gen_safetensors_options *options)
{
    if (strcmp(type_of(g, options), "BF16") != 0) {
        gen_put(b, g->data, g->data_bytes);
        return;
    }
    for (size_t i = 0; i < g->data_bytes; i += 4)
        gen_put(b, g->data + i + 2, 2);
}

void gen_safetensors(gen_buf *b, const gen_list *list, const gen_safetensors_options *options)
{
    gen_buf header = {NULL, 0, 0}, data = {NULL, 0, 0};
    char text[256];
    put_header(&header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = list->n; i-- > 0;) { /* not in the network's order */
        const gen_tensor *g = &list->t[i];
        size_t begin = data.n;
        put_data(&data, g, options);
        snprintf(text, sizeof text, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", g->name, type_of(g, options));
        put_header(&header, text);
        for (size_t k = 0; k < g->rank; k++) {
            snprintf(text, sizeof text, k == 0 ? "%lld" : ",%lld", (long long)g->shape[k]);
            put_header(&header, text);
        }
        snprintf(text, sizeof text, "],\"data_offsets\":[%zu,%zu]}", begin, data.n);
        put_header(&header, text);
    }
    put_header(&header, options->tail != NULL ? options->tail : "}");
    while (header.n % 8 != 0)
        put_header(&header, " ");
    uint64_t n = header.n;
    for (int i = 0; i < 8; i++)
        gen_put(b, &(unsigned char){(unsigned char)(n >> 8 * i)}, 1);
    gen_put(b, header.p, header.n);
    gen_put(b, data.p, data.n);
    gen_free(&header);
    gen_free(&data);
}
