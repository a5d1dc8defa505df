/* Names and paths as the page shows them, and the command line to paste. */
#include "tools/pages/page_names.h"

#include <stdio.h>
#include <string.h>

#include "tools/html/html.h"
#include "tools/options/option_table.h"

const char *bf_page_file_name(const char *name)
{
    const char *last = strrchr(name, '/');
    return name[0] == '/' && last[1] != 0 ? last + 1 : name;
}

/* --- sets ---------------------------------------------------------------------------------------------- */

static size_t without_slashes(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

/* Where the last `parts` parts of a path of n bytes begin. */
static size_t tail_of(const char *path, size_t n, size_t parts)
{
    size_t at = n;
    while (at > 0 && (path[at - 1] != '/' || --parts > 0))
        at--;
    return at;
}

void bf_page_set_name(char name[BF_PAGE_NAME_BYTES], const char *spec, const char *other)
{
    size_t n = without_slashes(spec), m = other != NULL ? without_slashes(other) : 0, at = 0;
    bool same = m == n && other != NULL && strncmp(spec, other, n) == 0;
    for (size_t parts = 1; spec[0] == '/' && n > 1; parts++) {
        at = tail_of(spec, n, parts);
        size_t b = m > 0 ? tail_of(other, m, parts) : 0;
        if (same || m == 0 || at <= 1 || n - at != m - b || strncmp(spec + at, other + b, n - at) != 0)
            break;
    }
    if (n - at >= BF_PAGE_NAME_BYTES)
        at = n - BF_PAGE_NAME_BYTES + 1;
    snprintf(name, BF_PAGE_NAME_BYTES, "%.*s", (int)(n - at), spec + at);
}

void bf_page_side_name(char name[BF_PAGE_NAME_BYTES], const bf_page_input *in, const bf_side *side)
{
    const bf_side *other = side == in->gen ? in->real : in->gen;
    bf_page_set_name(name, bf_set_spec(side->set), bf_set_spec(other->set));
}

/* --- texts --------------------------------------------------------------------------------------------- */

/* How many bytes of s are the path of an input, whose name is then set; 0: none of them. */
static size_t known_path(char name[BF_PAGE_NAME_BYTES], const bf_page_input *in, const char *s)
{
    const bf_side *sides[2] = {in != NULL ? in->real : NULL, in != NULL ? in->gen : NULL};
    size_t longest = 0;
    for (size_t i = 0; i < 2 && in != NULL; i++) {
        const char *spec = bf_set_spec(sides[i]->set);
        size_t n = without_slashes(spec);
        if (spec[0] == '/' && n > longest && strncmp(s, spec, n) == 0) {
            longest = n;
            bf_page_side_name(name, in, sides[i]);
        }
    }
    return longest;
}

/* How many bytes of the absolute path at s come before its last part; 0 when no path begins there. It ends where a
 * quote that came before it is closed, else at a blank or a mark. */
static size_t folders(const char *s, char before)
{
    size_t n, last = 0;
    if (s[0] != '/' || s[1] == 0 || strchr(" /", s[1]) != NULL ||
        (before != 0 && strchr(" \n'\"(=:,[", before) == NULL))
        return 0;
    const char closing[2] = {before, 0};
    n = strcspn(s, before == '\'' || before == '"' ? closing : " \n'\",;:()[]=");
    for (size_t i = 0; i + 1 < n; i++)
        if (s[i] == '/')
            last = i + 1;
    return last;
}

void bf_page_plain(bf_text *t, const bf_page_input *in, const char *text)
{
    char name[BF_PAGE_NAME_BYTES];
    for (const char *s = text; *s != 0;) {
        size_t n = known_path(name, in, s);
        if (n > 0) {
            bf_text_add(t, name, strlen(name));
            s += n;
            continue;
        }
        s += folders(s, s > text ? s[-1] : 0);
        bf_text_add(t, s++, 1);
    }
}

/* What was made as plain text, escaped. */
static void add_escaped(bf_text *t, bf_text *plain)
{
    if (plain->data != NULL && !plain->failed) {
        bf_text_add(plain, "", 1);
        if (!plain->failed)
            bf_html_text(t, plain->data);
    }
    t->failed = t->failed || plain->failed;
    bf_text_free(plain);
}

void bf_page_text(bf_text *t, const bf_page_input *in, const char *text)
{
    bf_text plain = {0};
    bf_page_plain(&plain, in, text);
    add_escaped(t, &plain);
}

/* --- the command line ---------------------------------------------------------------------------------- */

/* A word of a shell's line, in quotes where it needs them. */
static void add_word(bf_text *t, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,=@%";
    if (word[0] != 0 && strspn(word, plain) == strlen(word)) {
        bf_text_add(t, word, strlen(word));
        return;
    }
    bf_text_add(t, "'", 1);
    for (const char *s = word; *s != 0; s++)
        bf_text_add(t, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
    bf_text_add(t, "'", 1);
}

/* The same of a value that may name files. */
static void add_value(bf_text *t, const bf_page_input *in, const char *value)
{
    bf_text plain = {0};
    bf_page_plain(&plain, in, value);
    bf_text_add(&plain, "", 1);
    if (!plain.failed)
        add_word(t, plain.data);
    t->failed = t->failed || plain.failed;
    bf_text_free(&plain);
}

static bool belongs_to_line(const bf_option *option)
{
    return (option->flags & BF_OPTION_SHAPES_RESULT) != 0 || option->id == BF_OPT_WEIGHTS ||
           option->id == BF_OPT_TEST || option->id == BF_OPT_REAL || option->id == BF_OPT_GEN ||
           option->id == BF_OPT_TITLE;
}

void bf_page_command(bf_text *t, const bf_page_input *in)
{
    const bf_args *args = in->run->args;
    bf_text_print(t, "bonafide %s", args->command->name);
    for (size_t i = 0; i < args->n_operands; i++) {
        bf_text_add(t, " ", 1);
        add_value(t, in, args->operands[i]);
    }
    for (int id = 0; id < BF_N_OPTIONS; id++) {
        const bf_option *option = bf_option_at((bf_option_id)id);
        if (!bf_args_given(args, option->id) || !belongs_to_line(option))
            continue;
        if (option->name != NULL)
            bf_text_print(t, " --%s", option->name);
        else
            bf_text_print(t, " -%c", option->letter);
        if (option->kind == BF_VALUE_NONE)
            continue;
        bf_text_add(t, " ", 1);
        /* The folder of the page is no part of the page. */
        add_value(t, in, option->id == BF_OPT_REPORT ? "report" : bf_args_text(args, option->id));
    }
}

void bf_page_class_name(char name[FEAT_CLASS_NAME_BYTES], const bf_page_input *in, size_t class)
{
    if (!feat_class_name(name, &in->run->network.weights_info, class))
        snprintf(name, FEAT_CLASS_NAME_BYTES, "%zu", class);
}
