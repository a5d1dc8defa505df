/* A command line: words end at line ends. What parses is also asked for its help. */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/options/help.h"
#include "tools/options/parse_args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MOST_BYTES = 4096, MOST_WORDS = 64 };
    static FILE *nowhere;
    static char text[MOST_BYTES + 1];
    char *words[MOST_WORDS + 1];
    bf_args args;
    feat_error err = {FEAT_OK, ""};
    int n_words = 0;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (n > MOST_BYTES || nowhere == NULL)
        return 0;
    if (n > 0)
        memcpy(text, data, n);
    text[n] = 0;
    for (char *p = text; p < text + n && n_words < MOST_WORDS; n_words++) {
        words[n_words] = p;
        p += strcspn(p, "\n");
        *p++ = 0;
    }
    words[n_words] = NULL;
    feat_status status = bf_args_parse(&args, n_words, words, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK && args.command != NULL)
        fuzz_said(bf_help_print(nowhere, args.command->name, args.command->verb, &err), &err);
    if (n_words > 0)
        fuzz_said(bf_help_print(nowhere, words[0], n_words > 1 ? words[1] : NULL, &err), &err);
    rewind(nowhere);
    fuzz_end();
    return 0;
}
