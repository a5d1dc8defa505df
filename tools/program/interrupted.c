/* What is said after Ctrl-C. */
#include "tools/program/interrupted.h"

#include <stdio.h>

/* The first of the files that the options name as outputs; those after it share its fate. What a command writes
 * itself is there when it is done. */
static const char *first_output(const bf_args *args, bool done)
{
    static const bf_option_id outputs[] = {BF_OPT_OUTPUT, BF_OPT_PER_IMAGE, BF_OPT_JSON, BF_OPT_MANIFEST,
                                             BF_OPT_BUNDLE};
    for (size_t i = done ? 2 : 0; i < sizeof outputs / sizeof outputs[0]; i++)
        if (bf_args_given(args, outputs[i]) && bf_args_text(args, outputs[i]) != NULL)
            return bf_args_text(args, outputs[i]);
    return NULL;
}

/* How the work goes on. */
static void say_what_is_kept(char *text, size_t room, const bf_run *run)
{
    const bf_progress *p = &run->report.progress;
    text[0] = 0;
    if (p->total > 0 && run->network.cache != NULL)
        snprintf(text, room, "; their features are in the cache, and the same command goes on from there");
    else if (run->keeper.say_kept != NULL)
        run->keeper.say_kept(run->keeper.ctx, text, room);
    else if (run->source.say_kept != NULL)
        run->source.say_kept(run->source.ctx, text, room);
    else if (p->total > 0 && bf_command_has(run->args->command, BF_OPT_CACHE))
        snprintf(text, room, "; nothing is kept (with --cache DIR the next run would go on from here)");
}

void bf_print_interrupted(const bf_run *run, bool done)
{
    char text[1024], kept[512];
    size_t used = (size_t)snprintf(text, sizeof text, "interrupted");
    if (run == NULL) {
        bf_print_error(text);
        return;
    }
    const bf_progress *p = &run->report.progress;
    const char *output = first_output(run->args, done);
    if (p->bytes)
        used += (size_t)snprintf(text + used, sizeof text - used, "; the same command goes on with what came so far");
    else if (p->total == BF_COUNT_UNKNOWN)
        used += (size_t)snprintf(text + used, sizeof text - used, " after %zu images (%.39s)", p->done, p->label);
    else if (p->total > 0)
        used += (size_t)snprintf(text + used, sizeof text - used, " after %zu of %zu images (%.39s)", p->done,
                                 p->total, p->label);
    if (output != NULL)
        used += (size_t)snprintf(text + used, sizeof text - used, "; %.300s is not written", output);
    say_what_is_kept(kept, sizeof kept, run);
    snprintf(text + used, sizeof text - used, "%s", kept);
    bf_print_error(text);
}
