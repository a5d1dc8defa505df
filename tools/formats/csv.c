/* Comma-separated values. A file is read whole and cut up in place. */
#include "tools/formats/csv.h"

#include <stdint.h>
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

/* --- what a spreadsheet would run --------------------------------------------------------------------------- */

/* Whether all of it is a number, as -1 or 2.5e-3: no program runs that. */
static bool is_number(const char *text)
{
    static const char digits[] = "0123456789";
    text += *text == '+' || *text == '-';
    size_t before = strspn(text, digits);
    text += before;
    size_t after = *text == '.' ? strspn(text + 1, digits) : 0;
    text += *text == '.' ? 1 + after : 0;
    if (before + after == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text += 1 + (text[1] == '+' || text[1] == '-');
        if (*text == 0)
            return false;
        text += strspn(text, digits);
    }
    return *text == 0;
}

/* Whether an apostrophe goes before it: before what is run, and before what only its apostrophes keep from it. */
static bool is_formula(const char *text)
{
    const char *bare = text + strspn(text, "'");
    return *bare != 0 && strchr("=+-@", *bare) != NULL && (bare > text || !is_number(text));
}

/* The value of a digit of \xHH; -1 for what is none. */
static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that "\xHH" at `text` stands for; 0 where it is none of those that bf_text_field writes so. */
static unsigned char hidden_byte(const char *text)
{
    if (text[0] != '\\' || text[1] != 'x' || hex_value(text[2]) < 0 || hex_value(text[3]) < 0)
        return 0;
    int byte = 16 * hex_value(text[2]) + hex_value(text[3]);
    return byte < 0x20 || byte >= 0x7f || byte == '\\' ? (unsigned char)byte : 0;
}

static void show_field(char *field)
{
    char *to = field;
    const char *from = field + (field[0] == '\'' && is_formula(field));
    while (*from != 0) {
        unsigned char byte = hidden_byte(from);
        *to++ = byte != 0 ? (char)byte : *from;
        from += byte != 0 ? 4 : 1;
    }
    *to = 0;
}

/* --- reading --------------------------------------------------------------------------------------------- */

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
        show_field(field);
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

/* Its bytes as they may stand in a cell that everything can read: what does not show as \xHH. */
static void add_shown(bf_text *t, const char *field)
{
    for (const char *c = field; *c != 0;) {
        uint32_t code;
        size_t n = feat_letter(c, &code);
        bool hidden = n == 0 || !feat_letter_shows(code) || hidden_byte(c) != 0;
        n = n > 0 ? n : 1;
        for (size_t i = 0; i < n && hidden; i++)
            bf_text_print(t, "\\x%02X", (unsigned)(unsigned char)c[i]);
        if (!hidden)
            bf_text_add(t, c, n);
        if (*c == '"')
            bf_text_add(t, c, 1);
        c += n;
    }
}

static void add_plain(bf_text *t, const char *field)
{
    for (const char *c = field; *c != 0; c++) {
        bf_text_add(t, c, 1);
        if (*c == '"')
            bf_text_add(t, c, 1);
    }
}

void bf_text_field(bf_text *t, const char *field)
{
    bool quoted = strpbrk(field, ",\"\r\n") != NULL || field[0] == 0;
    bf_text_add(t, "\"", quoted);
    bf_text_add(t, "'", !t->csv_plain && is_formula(field));
    (t->csv_plain ? add_plain : add_shown)(t, field);
    bf_text_add(t, "\"", quoted);
}
