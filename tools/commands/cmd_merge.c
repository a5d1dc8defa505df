/* merge: the command that the parts are of, done again with them in the place of its images. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/options/option_table.h"
#include "tools/options/outputs.h"
#include "tools/options/parse_args.h"
#include "tools/run/source_parts.h"

/* An option of the merge that goes to the command. */
static bool is_passed(const bf_option *option, const bf_args *own)
{
    return (option->flags & BF_OPTION_MERGE_SAYS) != 0 && bf_args_given(own, option->id);
}

static char *add_text(char *to, const char *word)
{
    size_t n = strlen(word) + 1;
    memcpy(to, word, n);
    return to + n;
}

/* Room for every word, ours and the part's. */
static size_t text_bytes(const bf_part *part, const bf_args *args)
{
    char word[BF_OPTION_WORD];
    size_t bytes = (size_t)part->text.bytes;
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        if (is_passed(option, args))
            bytes += strlen(bf_option_word(option, word)) + strlen(bf_args_text(args, option->id)) + 2;
    }
    return bytes;
}

/* A part comes from elsewhere: it says what was computed, and only the caller of the merge says where to and how. The
 * first option that is neither, or NULL. */
static const bf_option *first_foreign(const bf_args *args, const bf_args *own)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        bool ours = (option->flags & BF_OPTION_GOES_TO_PART) != 0;
        const char *text = bf_args_text(args, option->id);
        const char *given = is_passed(option, own) ? bf_args_text(own, option->id) : NULL;
        if (bf_args_given(args, option->id) && !ours && (given == NULL || strcmp(text, given) != 0))
            return option;
    }
    return NULL;
}

static feat_status parse_command(bf_parts *r, const bf_args *own, feat_error *err)
{
    char *words[BF_PART_MAX_WORDS + 16];
    const bf_part *part = r->parts[0];
    feat_error found = {FEAT_OK, ""};
    int n = 0;
    r->text = feat_alloc(text_bytes(part, own));
    if (r->text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to merge");
    char *at = r->text;
    for (size_t i = 0; i < part->n_words; i++) {
        words[n++] = at;
        at = add_text(at, part->words[i]);
        for (size_t k = 0; i == 0 && bf_option_at(k) != NULL; k++) {
            const bf_option *option = bf_option_at(k);
            char word[BF_OPTION_WORD];
            if (!is_passed(option, own))
                continue;
            words[n++] = at;
            at = add_text(at, bf_option_word(option, word));
            words[n++] = at;
            at = add_text(at, bf_args_text(own, option->id));
        }
    }
    feat_status status = bf_args_parse(&r->args, n, words, &found);
    if (status != FEAT_OK)
        return feat_fail(err, status, "merge: %s is a part of '%s': %s", part->path, part->words[0], found.message);
    if (!bf_command_is(r->args.command, BF_COMMAND_DEALS_IMAGES))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a part of '%s', which has none", part->path, part->words[0]);
    const bf_option *foreign = first_foreign(&r->args, own);
    if (foreign != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: its command has '%s', which is for the merge to say; a file that --shard wrote expected",
                         part->path, foreign->name != NULL ? foreign->name : "-o");
    return FEAT_OK;
}

feat_status bf_cmd_merge(bf_run *run, feat_error *err)
{
    const bf_args *own = run->args;
    bf_parts *parts = NULL;
    bf_progress_step(&run->report.progress, "reading parts");
    feat_status status = bf_source_parts(&parts, run, own->operands, own->n_operands, err);
    bf_progress_clear(&run->report.progress);
    if (status == FEAT_OK)
        status = parse_command(parts, own, err);
    if (status == FEAT_OK)
        status = bf_check_output_names(&parts->args, true, err);
    if (status != FEAT_OK)
        return status;
    run->args = &parts->args;
    bf_run_bits(run->args);
    run->report.command = run->args->command->name;
    return run->again(run, err);
}
