/* A program that writes one format under another's name is found out by the next program, or by nobody. */
#include "tools/options/outputs.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"

/* What is behind the last dot of the last part of a path; "" without one. */
static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    return dot != NULL && dot > name ? dot + 1 : "";
}

static bool is_one_of(const char *ending, const char *list)
{
    char text[64], *rest = text;
    snprintf(text, sizeof text, "%s", list);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        if (strcmp(word, ending) == 0)
            return true;
    return false;
}

/* "FILE.npz or FILE.npy" */
static void name_files(char out[64], const char *list)
{
    char text[64], *rest = text;
    size_t used = 0;
    out[0] = 0;
    snprintf(text, sizeof text, "%s", list);
    for (char *word = strtok_r(text, " ", &rest); word != NULL && used < 48; word = strtok_r(NULL, " ", &rest))
        used += (size_t)snprintf(out + used, 64 - used, "%sFILE.%s", used > 0 ? " or " : "", word);
}

/* Only these endings, separated by blanks. */
static feat_status check(const char *option, const char *path, const char *endings, feat_error *err)
{
    char expected[64];
    if (path == NULL || strcmp(path, "-") == 0 || is_one_of(ending_of(path), endings))
        return FEAT_OK;
    name_files(expected, endings);
    return feat_fail(err, FEAT_ERR_ARG, "%s: expected %s, which is what can be written, found '%s'", option, expected,
                     path);
}

/* The file that the command writes; a shard writes its part. merge asks again when it knows the command. */
static feat_status check_main(const bf_args *args, bool merging, feat_error *err)
{
    const bf_command *command = args->command;
    bool several = args->n_operands > 1;
    const char *endings = several && command->writes_of_more != NULL ? command->writes_of_more : command->writes;
    if (bf_args_given(args, BF_OPT_SHARD) && !merging)
        endings = "part";
    if (endings == NULL)
        return FEAT_OK;
    if (bf_command_is(command, BF_COMMAND_NAMES_OUT))
        return check("OUT", several ? args->operands[1] : NULL, endings, err);
    return check("-o", bf_args_text(args, BF_OPT_OUTPUT), endings, err);
}

feat_status bf_check_output_names(const bf_args *args, bool merging, feat_error *err)
{
    feat_status status = check_main(args, merging, err);
    if (status == FEAT_OK)
        status = check("--json", bf_args_text(args, BF_OPT_JSON), "json", err);
    if (status == FEAT_OK)
        status = check("--manifest", bf_args_text(args, BF_OPT_MANIFEST), "json", err);
    if (status == FEAT_OK)
        status = check("--bundle", bf_args_text(args, BF_OPT_BUNDLE), "tar", err);
    if (status == FEAT_OK)
        status = check("--per-image", bf_args_text(args, BF_OPT_PER_IMAGE), "csv", err);
    return status;
}
