/* The sidecar: one line for each item of each set. */
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/records/manifest.h"

static const char first_line[] = "bonafide leaves 1\n", last_line[] = "end\n";
enum { DIGEST_TEXT = 64 };

/* --- writing -------------------------------------------------------------------------------------- */

typedef struct text_out {
    char *text;
    size_t n, room;
    bool failed;
} text_out;

static void put(text_out *out, const char *text, size_t n)
{
    if (out->failed)
        return;
    if (n >= out->room - out->n) {
        size_t room = 2 * out->room + n + 4096;
        char *grown = feat_realloc(out->text, room);
        if (grown == NULL) {
            out->failed = true;
            return;
        }
        out->text = grown;
        out->room = room;
    }
    memcpy(out->text + out->n, text, n);
    out->n += n;
    out->text[out->n] = '\0';
}

static void put_text(text_out *out, const char *text)
{
    put(out, text, strlen(text));
}

static bool is_plain(unsigned char c)
{
    return c > 0x1F && c != 0x7F && c != '%';
}

static void put_name(text_out *out, const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        char escaped[4];
        if (is_plain((unsigned char)*c)) {
            put(out, c, 1);
        } else {
            snprintf(escaped, sizeof escaped, "%%%02X", (unsigned)(unsigned char)*c);
            put(out, escaped, 3);
        }
    }
}

static void put_digest(text_out *out, const bf_digest *digest, const char *otherwise)
{
    char hex[65];
    if (digest->known)
        feat_hex(hex, digest->sha256);
    put_text(out, digest->known ? hex : otherwise);
    put(out, " ", 1);
}

static void put_leaf(text_out *out, const bf_manifest_set *set, size_t index)
{
    const bf_leaf *leaf = &set->leaves[index];
    char text[40];
    snprintf(text, sizeof text, "%zu ", index);
    put_text(out, text);
    put_digest(out, &leaf->file, "-");
    put_digest(out, &leaf->pixels, leaf->skipped ? "skipped" : "-");
    put_digest(out, &leaf->features, "-");
    if (leaf->pixels.known)
        snprintf(text, sizeof text, "%lux%lu ", (unsigned long)leaf->w, (unsigned long)leaf->h);
    else
        snprintf(text, sizeof text, "- ");
    put_text(out, text);
    put_name(out, bf_leaf_name(set, index));
    put(out, "\n", 1);
}

feat_status bf_leaves_format(const bf_manifest *m, char **text, feat_error *err)
{
    text_out out = {0};
    char line[64];
    *text = NULL;
    put_text(&out, first_line);
    for (size_t s = 0; s < m->n_sets; s++) {
        snprintf(line, sizeof line, "set %zu %zu\n", s, m->sets[s].n_leaves);
        put_text(&out, line);
        for (size_t i = 0; i < m->sets[s].n_leaves; i++)
            put_leaf(&out, &m->sets[s], i);
    }
    put_text(&out, last_line);
    if (out.failed) {
        feat_free(out.text);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to record the images");
    }
    *text = out.text;
    return FEAT_OK;
}

/* --- reading -------------------------------------------------------------------------------------- */

typedef struct text_in {
    const char *path, *at, *end;
    size_t line;
    feat_error *err;
} text_in;

static bool broken(text_in *in, const char *what)
{
    (void)feat_fail(in->err, FEAT_ERR_FORMAT, "%s: line %zu: %s", in->path, in->line, what);
    return false;
}

static bool take_line(text_in *in, const char *line)
{
    size_t n = strlen(line);
    in->line++;
    if ((size_t)(in->end - in->at) < n || memcmp(in->at, line, n) != 0) {
        char text[80];
        snprintf(text, sizeof text, "expected '%.*s'", (int)n - 1, line);
        return broken(in, text);
    }
    in->at += n;
    return true;
}

static bool take_number(text_in *in, uint64_t limit, uint64_t *number, char stop)
{
    const char *from = in->at;
    for (*number = 0; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        *number = *number * 10 + (uint64_t)(*in->at - '0');
        if (*number > limit)
            return broken(in, "a number is too large");
    }
    if (in->at == from || in->at == in->end || *in->at != stop)
        return broken(in, "a number expected");
    in->at++;
    return true;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A word of the line, with its space. */
static bool take_word(text_in *in, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(in->end - in->at) <= n || memcmp(in->at, word, n) != 0 || in->at[n] != ' ')
        return false;
    in->at += n + 1;
    return true;
}

static bool take_digest(text_in *in, bf_digest *digest)
{
    if (take_word(in, "-"))
        return true;
    if (in->end - in->at <= DIGEST_TEXT || in->at[DIGEST_TEXT] != ' ')
        return broken(in, "a SHA-256 of 64 digits expected");
    for (int i = 0; i < DIGEST_TEXT / 2; i++, in->at += 2) {
        int high = hex_value(in->at[0]), low = hex_value(in->at[1]);
        if (high < 0 || low < 0)
            return broken(in, "a SHA-256 of 64 digits expected");
        digest->sha256[i] = (unsigned char)(high * 16 + low);
    }
    digest->known = true;
    in->at++;
    return true;
}

/* The rest of the line, unescaped into `name`, which has room for all of it. */
static bool take_name(text_in *in, char *name)
{
    size_t n = 0;
    for (; in->at < in->end && *in->at != '\n'; in->at++) {
        char c = *in->at;
        if (c == '%') {
            int high = in->end - in->at > 2 ? hex_value(in->at[1]) : -1;
            int low = high >= 0 ? hex_value(in->at[2]) : -1;
            if (low < 0 || high + low == 0)
                return broken(in, "a broken % escape in a name");
            c = (char)(high * 16 + low);
            in->at += 2;
        } else if (!is_plain((unsigned char)c)) {
            return broken(in, "a control character in a name");
        }
        name[n++] = c;
    }
    if (in->at == in->end || n == 0)
        return broken(in, "a name expected");
    name[n] = '\0';
    in->at++;
    return true;
}

static bool take_size(text_in *in, bf_leaf *leaf)
{
    uint64_t w = 0, h = 0;
    if (!leaf->pixels.known)
        return take_word(in, "-") ? true : broken(in, "'-' expected");
    if (!take_number(in, UINT32_MAX, &w, 'x') || !take_number(in, UINT32_MAX, &h, ' '))
        return false;
    leaf->w = (uint32_t)w;
    leaf->h = (uint32_t)h;
    return true;
}

static bool take_leaf(text_in *in, uint64_t index, bf_leaf *leaf, char *name)
{
    uint64_t number = 0;
    memset(leaf, 0, sizeof *leaf);
    in->line++;
    if (!take_number(in, SIZE_MAX / 16, &number, ' '))
        return false;
    if (number != index)
        return broken(in, "a line is missing or out of order");
    if (!take_digest(in, &leaf->file))
        return false;
    leaf->skipped = take_word(in, "skipped");
    if (!leaf->skipped && !take_digest(in, &leaf->pixels))
        return false;
    return take_digest(in, &leaf->features) && take_size(in, leaf) && take_name(in, name);
}

static bool take_set(text_in *in, bf_manifest *m, size_t index, char *name)
{
    char line[32];
    uint64_t n = 0;
    bf_leaf leaf;
    snprintf(line, sizeof line, "set %zu ", index);
    in->line++;
    if ((size_t)(in->end - in->at) < strlen(line) || memcmp(in->at, line, strlen(line)) != 0)
        return broken(in, "a line 'set NUMBER COUNT' expected");
    in->at += strlen(line);
    if (!take_number(in, SIZE_MAX / 16, &n, '\n'))
        return false;
    for (uint64_t i = 0; i < n; i++) {
        if (!take_leaf(in, i, &leaf, name))
            return false;
        bf_manifest_add_leaf(m, &m->sets[index], name, &leaf);
        if (m->failed)
            break;
    }
    return true;
}

feat_status bf_leaves_parse(bf_manifest *m, const char *path, const char *text, size_t bytes, feat_error *err)
{
    feat_error own = {FEAT_OK, ""};
    text_in in = {path, text, text + bytes, 0, err != NULL ? err : &own};
    char *name = feat_alloc(bytes + 1);
    if (name == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    bool good = take_line(&in, first_line);
    for (size_t s = 0; s < m->n_sets && good && !m->failed; s++)
        good = take_set(&in, m, s, name);
    if (good && !m->failed)
        good = take_line(&in, last_line);
    if (good && !m->failed && in.at != in.end)
        good = broken(&in, "something follows the end");
    feat_free(name);
    if (m->failed)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", path);
    return good ? FEAT_OK : FEAT_ERR_FORMAT;
}
