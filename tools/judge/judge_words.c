/* The labelling page's words. */
#include "tools/judge/judge_words.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/html/html.h"

/* Keys as they stand in the page and in files, and what they say in English. */
static const struct {
    const char *key, *text;
} english[] = {
    {"lang", "en"},
    {"title", "Real or fake?"},
    {"question", "Is this a real photograph, or was it made by a machine?"},
    {"name", "First, your name or a nickname"},
    {"need-name", "Please enter a name first: answers of different people must not mix."},
    {"consent", ""}, /* a box to tick where there is a text */
    {"need-consent", "Please tick the box first."},
    {"start", "start"},
    {"real", "real"},
    {"fake", "fake"},
    {"unsure", "not sure"},
    {"undo", "undo"},
    {"picture", "the picture to judge"},
    {"practice", "For practice: this picture does not count."},
    {"counts", "From here on your answers count."},
    {"thanks", "That was the last picture. Thank you! Please save your answers."},
    {"save", "save answers"},
    {"saved", "Saved as a file: please send it to whoever gave you this page."},
    {"other", "another person"},
    {"shrunk", "Large pictures are shown smaller than they are."},
    {"forgetful", "This browser keeps nothing: save your answers before you close the page."},
};
enum { N_WORDS = sizeof english / sizeof english[0], MOST = 1 << 20 };
_Static_assert((size_t)N_WORDS < (size_t)BF_JUDGE_MAX_WORDS, "room for all words");

static const char english_instructions[] =
    "You will see pictures, one after the other. Some are photographs, some were made or changed by a machine. Say of "
    "each which it is, by your first impression; there is no hurry. Where you cannot tell, say \"not sure\" and do not "
    "guess.\n"
    "\n"
    "Pictures for practice come first and say so. A few others may come again later: that is meant. Without a mouse: "
    "R real, F fake, N not sure, U undoes the last answer.\n"
    "\n"
    "Nothing is sent. Your answers stay in this browser until you save them as a file, which holds the name you enter, "
    "your answers and how long each took.";

const char *bf_judge_words_key(size_t i)
{
    return i < N_WORDS ? english[i].key : NULL;
}

static size_t place_of(const char *key, size_t n)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(english[i].key) == n && memcmp(english[i].key, key, n) == 0)
            return i;
    return SIZE_MAX;
}

/* How many letters, digits and hyphens a line begins with before ": "; 0 where it is no line of a word. */
static size_t key_length(const char *line)
{
    size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz-");
    return n > 0 && line[n] == ':' && (line[n + 1] == ' ' || line[n + 1] == '\n' || line[n + 1] == 0) ? n : 0;
}

/* Carriage returns go, so that files of any system give the same page. */
static void one_newline(char *text)
{
    char *to = text;
    for (const char *from = text; *from != 0; from++)
        if (*from != '\r')
            *to++ = *from;
    *to = 0;
}

/* Reads the lines of words; *rest is what follows them. A first line that has no key of the list is text already; a
 * later one is a mistake. */
static feat_status read_words(bf_judge_words *words, char *text, char **rest, const char *path, feat_error *err)
{
    size_t line = 1;
    *rest = text;
    for (; *text != 0 && *text != '\n'; line++) {
        size_t n = key_length(text), place = n > 0 ? place_of(text, n) : SIZE_MAX;
        if (place == SIZE_MAX && line == 1)
            return FEAT_OK;
        if (place == SIZE_MAX)
            return feat_fail(err, FEAT_ERR_FORMAT,
                             "%s: line %zu: expected one of the page's words (key: text) or an empty line and then the "
                             "instructions, found '%.*s'",
                             path, line, (int)(strcspn(text, "\n") < 60 ? strcspn(text, "\n") : 60), text);
        char *end = text + strcspn(text, "\n"), *value = text + n + 1;
        while (*value == ' ')
            value++;
        words->of[place] = value < end ? value : "";
        text = *end != 0 ? end + 1 : end;
        *end = 0;
    }
    *rest = text;
    return FEAT_OK;
}

feat_status bf_judge_words_read(bf_judge_words *words, const char *path, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    *words = (bf_judge_words){.instructions = english_instructions};
    for (size_t i = 0; i < N_WORDS; i++)
        words->of[i] = english[i].text;
    if (path == NULL)
        return FEAT_OK;
    feat_status status = bf_file_read(&bytes, &n, path, MOST, err);
    if (status != FEAT_OK)
        return status;
    words->file = (char *)bytes;
    if (strlen(words->file) != n)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: has a zero byte; expected text in UTF-8", path);
    char *rest = words->file + (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    one_newline(rest);
    if (status == FEAT_OK)
        status = read_words(words, rest, &rest, path, err);
    rest += strspn(rest, " \n");
    if (*rest != 0)
        words->instructions = rest;
    if (status != FEAT_OK)
        bf_judge_words_free(words);
    return status;
}

void bf_judge_words_free(bf_judge_words *words)
{
    feat_free(words->file);
    *words = (bf_judge_words){0};
}

/* --- writing -------------------------------------------------------------------------------------------- */

void bf_judge_words_fill(bf_text *t, const bf_judge_words *words, const char *const *lines)
{
    for (; *lines != NULL; lines++) {
        const char *at = *lines, *key;
        while ((key = strstr(at, "{{")) != NULL) {
            const char *end = strstr(key, "}}");
            size_t place = end != NULL ? place_of(key + 2, (size_t)(end - key) - 2) : SIZE_MAX;
            if (place == SIZE_MAX)
                break;
            bf_text_add(t, at, (size_t)(key - at));
            bf_html_text(t, words->of[place]);
            at = end + 2;
        }
        bf_text_add(t, at, strlen(at));
        bf_text_add(t, "\n", 1);
    }
}

/* The text up to `end`, escaped, with <br> where lines end. */
static void add_paragraph(bf_text *t, const char *text, const char *end)
{
    char line[512];
    bf_text_print(t, "<p>");
    while (text < end) {
        size_t n = strcspn(text, "\n"), take = n;
        if (take > sizeof line - 1)
            for (take = sizeof line - 1; take > 0 && ((unsigned char)text[take] & 0xc0) == 0x80;)
                take--; /* no letter of several bytes is cut */
        if (take == 0 && n > 0)
            take = n < sizeof line - 1 ? n : sizeof line - 1;
        memcpy(line, text, take);
        line[take] = 0;
        bf_html_text(t, line);
        text += take;
        if (*text == '\n' && ++text < end)
            bf_text_print(t, "<br>\n");
    }
    bf_text_print(t, "</p>\n");
}

void bf_judge_words_instructions(bf_text *t, const bf_judge_words *words)
{
    const char *at = words->instructions;
    while (*at != 0) {
        const char *end = strstr(at, "\n\n");
        end = end != NULL ? end : at + strlen(at);
        const char *last = end;
        while (last > at && last[-1] == '\n')
            last--;
        add_paragraph(t, at, last);
        at = end + strspn(end, "\n");
    }
}

/* A text in quotes for JavaScript inside HTML. */
static void script_string(bf_text *t, const char *text)
{
    bf_text_add(t, "\"", 1);
    for (const char *c = text; *c != 0; c++) {
        if ((unsigned char)*c < 32 || strchr("\"\\<>&", *c) != NULL)
            bf_text_print(t, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            bf_text_add(t, c, 1);
    }
    bf_text_add(t, "\"", 1);
}

void bf_judge_words_object(bf_text *t, const bf_judge_words *words)
{
    bf_text_print(t, "const WORDS = {");
    for (size_t i = 0; i < N_WORDS; i++) {
        bf_text_print(t, "%s\n    \"%s\": ", i > 0 ? "," : "", english[i].key);
        script_string(t, words->of[i]);
    }
    bf_text_print(t, " };\n");
}
