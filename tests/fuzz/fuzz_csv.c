/* A table of labels: the CSV reader, and what a judge makes of it. */
#include "tests/fuzz/fuzz.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_labels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    bf_csv *csv = NULL;
    bf_labels labels = {0};
    feat_error err = {FEAT_OK, ""};
    const char *path = fuzz_file(data, n), *fields[BF_CSV_MAX_COLUMNS];
    feat_status status = bf_csv_open(&csv, path, &err);
    fuzz_said(status, &err);
    bool more = status == FEAT_OK;
    size_t line = 0;
    while (more && bf_csv_next(csv, fields, &line, &more, &err) == FEAT_OK)
        ;
    bf_csv_close(&csv);
    status = bf_labels_read(&labels, path, NULL, &err);
    fuzz_said(status, &err);
    if (status == FEAT_OK) {
        bf_judge_table table = {0};
        fuzz_said(bf_judge_table_make(&table, &labels, NULL, BF_NO_NAME, &err), &err);
        bf_judge_table_free(&table);
    }
    bf_labels_free(&labels);
    fuzz_end();
    return 0;
}
