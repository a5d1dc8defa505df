/* Comma-separated values. A file is read whole and cut up in place. */
#include "tools/formats/csv.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

#define MAX_BYTES ((size_t)1 << 30)

struct bf_csv {
    char *path;
    char *bytes, *at, *end; /* *end is 0 */
    size_t line;
    size_t n_columns;
    const char *header[BF_CSV_MAX_COLUMNS];
};

/* Takes one quoted field; `at` is behind the opening quote. The text moves left over doubled quotes. */
static feat_status take_quoted(bf_csv *csv, char **field, size_t line, feat_error *err)
{
    char *to = csv->at;
    *field = to;
    for (;; csv->at++) {
        if (csv->at == csv->end)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: a quote is never closed", csv->path, line);
        if (*csv->at == '"') {
            if (csv->at[1] != '"')
                break;
            csv->at++;
        }
        csv->line += *csv->at == '\n';
        *to++ = *csv->at;
    }
    csv->at++;
    char next = *csv->at;
    if (csv->at != csv->end && next != ',' && next != '\n' && !(next == '\r' && csv->at[1] == '\n'))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: text after a closing quote", csv->path, line);
    *to = 0; /* the closing quote at the latest */
    return FEAT_OK;
}

static void take_plain(bf_csv *csv, char **field)
{
    *field = csv->at;
    csv->at += strcspn(csv->at, ",\r\n");
    while (*csv->at == '\r' && csv->at[1] != '\n') { /* a lone carriage return is text */
        csv->at++;
        csv->at += strcspn(csv->at, ",\r\n");
    }
}

/* One record into fields; *n counts those that there are, also beyond `most`. */
static feat_status take_record(bf_csv *csv, const char **fields, size_t most, size_t *n, feat_error *err)
{
    size_t line = csv->line;
    *n = 0;
    for (;;) {
        char *field;
        if (*csv->at == '"') {
            csv->at++;
            feat_status status = take_quoted(csv, &field, line, err);
            if (status != FEAT_OK)
                return status;
        } else {
            take_plain(csv, &field);
        }
        if (*n < most)
            fields[*n] = field;
        ++*n;
        bool last = csv->at == csv->end, comma = *csv->at == ',';
        if (!last && *csv->at == '\r')
            *csv->at++ = 0;
        if (!last && !comma)
            csv->line++;
        if (!last)
            *csv->at++ = 0;
        if (!comma)
            return FEAT_OK;
    }
}

static void skip_empty_lines(bf_csv *csv)
{
    for (;;) {
        if (*csv->at == '\n')
            csv->at++;
        else if (csv->at[0] == '\r' && csv->at[1] == '\n')
            csv->at += 2;
        else
            return;
        csv->line++;
    }
}

feat_status bf_csv_next(bf_csv *csv, const char **fields, size_t *line, bool *more, feat_error *err)
{
    size_t n;
    skip_empty_lines(csv);
    *line = csv->line;
    *more = csv->at != csv->end;
    if (!*more)
        return FEAT_OK;
    feat_status status = take_record(csv, fields, csv->n_columns, &n, err);
    if (status == FEAT_OK && n != csv->n_columns)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: expected %zu fields, found %zu", csv->path,
                           *line, csv->n_columns, n);
    return status;
}

static feat_status read_header(bf_csv *csv, feat_error *err)
{
    skip_empty_lines(csv);
    if (csv->at == csv->end)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: the file is empty; expected a header line", csv->path);
    feat_status status = take_record(csv, csv->header, BF_CSV_MAX_COLUMNS, &csv->n_columns, err);
    if (status != FEAT_OK)
        return status;
    if (csv->n_columns > BF_CSV_MAX_COLUMNS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: at most %d columns can be read, found %zu", csv->path,
                         BF_CSV_MAX_COLUMNS, csv->n_columns);
    for (size_t i = 0; i < csv->n_columns; i++)
        if (bf_csv_find(csv, csv->header[i]) != i)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: two columns are called '%s'", csv->path,
                             csv->header[i]);
    return FEAT_OK;
}

feat_status bf_csv_open(bf_csv **out, const char *path, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    *out = NULL;
    feat_status status = bf_file_read(&bytes, &n, path, MAX_BYTES, err);
    if (status != FEAT_OK)
        return status;
    bf_csv *csv = feat_calloc(1, sizeof *csv);
    if (csv == NULL || (csv->path = feat_strdup(path)) == NULL) {
        feat_free(csv);
        feat_free(bytes);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    }
    csv->bytes = csv->at = (char *)bytes;
    csv->end = csv->bytes + n;
    csv->line = 1;
    if (memchr(bytes, 0, n) != NULL)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: holds a zero byte; expected UTF-8 text", path);
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        csv->at += 3;
    if (status == FEAT_OK)
        status = read_header(csv, err);
    if (status == FEAT_OK)
        *out = csv;
    else
        bf_csv_close(&csv);
    return status;
}

void bf_csv_close(bf_csv **csv)
{
    if (csv == NULL || *csv == NULL)
        return;
    feat_free((*csv)->path);
    feat_free((*csv)->bytes);
    feat_free(*csv);
    *csv = NULL;
}

size_t bf_csv_columns(const bf_csv *csv)
{
    return csv->n_columns;
}

const char *bf_csv_header(const bf_csv *csv, size_t column)
{
    return csv->header[column];
}

size_t bf_csv_find(const bf_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            return i;
    return SIZE_MAX;
}

/* --- writing --------------------------------------------------------------------------------------------- */

void bf_text_field(bf_text *t, const char *field)
{
    if (strpbrk(field, ",\"\r\n") == NULL && field[0] != 0) {
        bf_text_add(t, field, strlen(field));
        return;
    }
    bf_text_add(t, "\"", 1);
    for (const char *c = field; *c != 0; c++) {
        bf_text_add(t, c, 1);
        if (*c == '"')
            bf_text_add(t, c, 1);
    }
    bf_text_add(t, "\"", 1);
}
