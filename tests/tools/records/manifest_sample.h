/* A small manifest as a run would have filled it, for the tests of tools/records/manifest*.c. */
#ifndef BONAFIDE_TESTS_TOOLS_RECORDS_MANIFEST_SAMPLE_H
#define BONAFIDE_TESTS_TOOLS_RECORDS_MANIFEST_SAMPLE_H

#include "tools/records/manifest.h"

/* Two sets: three images, the second of them skipped; and a feature file. Totals are computed. */
bf_manifest *manifest_sample(void);

/* Both files as texts; feat_free each. */
void manifest_texts(const bf_manifest *m, char **json, char **leaves);

/* A copy of `text` with the first `from` replaced by `to`; `from` must be there. feat_free it. */
char *replace_text(const char *text, const char *from, const char *to);

#endif
