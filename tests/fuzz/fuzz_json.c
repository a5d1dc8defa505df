/* Any JSON text, walked through. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/formats/json_read.h"

/* Asks for everything under the keys the project's own files use. */
static void ask(const bf_jsonread *json, size_t object, int depth)
{
    static const char *const keys[] = {"a", "n", "sets", "results", "version", "path", "tool"};
    feat_error err = {FEAT_OK, ""};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = NULL;
        uint64_t integer;
        double number;
        bool yes;
        size_t node = bf_jsonread_find(json, object, keys[i]);
        if (node == BF_JSON_NONE)
            continue;
        fuzz_said(bf_jsonread_integer(json, object, keys[i], &integer, &err), &err);
        fuzz_said(bf_jsonread_number(json, object, keys[i], &number, &err), &err);
        fuzz_said(bf_jsonread_boolean(json, object, keys[i], &yes, &err), &err);
        fuzz_said(bf_jsonread_nullable(json, object, keys[i], &text, &err), &err);
        volatile size_t length = text != NULL ? strlen(text) : 0;
        (void)length;
        if (bf_jsonread_array(json, object, keys[i], &node, &err) == FEAT_OK)
            for (size_t item = bf_jsonread_first(json, node); item != BF_JSON_NONE && depth < 8;
                 item = bf_jsonread_next(json, node, item))
                if (bf_jsonread_need_object(json, item, &err) == FEAT_OK)
                    ask(json, item, depth + 1);
        if (bf_jsonread_object(json, object, keys[i], &node, &err) == FEAT_OK && depth < 8)
            ask(json, node, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_jsonread *json = NULL;
    feat_error err = {FEAT_OK, ""};
    feat_status status = bf_jsonread_text(&json, "text", (const char *)data, n, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK)
        ask(json, 0, 0);
    bf_jsonread_close(&json);
    fuzz_end();
    return 0;
}
