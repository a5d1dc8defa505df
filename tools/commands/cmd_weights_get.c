/* weights get, list. */
#include "tools/commands/cmd_weights.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/stored/data_folder.h"
#include "tools/base/files.h"
#include "tools/bring/bring_weights.h"
#include "tools/commands/command_table.h"
#include "tools/options/weights_find.h"

/* --- list --------------------------------------------------------------------------------------------------- */

/* Whether weights were made of a published file of their network, as they say. */
static bool is_published(const feat_weights_info *info)
{
    const feat_known_file *known = feat_weights_known_file(info->source_sha256);
    return known != NULL && strcmp(known->network, feat_net_name(info->net)) == 0;
}

/* An installed file with weights of `net`; NULL in *path: there is none, or what is there is another's. */
static feat_status find_here(char **path, bool *published, const feat_net *net, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    feat_error unread;
    *published = false;
    feat_status status = bf_weights_find_installed(path, net, err);
    if (status != FEAT_OK || *path == NULL)
        return status;
    bool good = feat_weights_open(&weights, *path, &unread) == FEAT_OK && feat_weights_net(weights) == net &&
                feat_weights_describe(weights, &info, &unread) == FEAT_OK;
    *published = good && is_published(&info);
    feat_weights_close(&weights);
    if (!good) {
        feat_free(*path);
        *path = NULL;
    }
    return FEAT_OK;
}

/* What of a known file the JSON says. */
static void write_file(bf_json *j, const feat_known_file *file)
{
    bf_json_string(j, "name", file->address != NULL ? bf_published_name(file) : file->name);
    if (file->bytes > 0)
        bf_json_integer(j, "bytes", file->bytes);
    bf_json_string(j, "sha256", file->sha256);
    if (file->licence != NULL)
        bf_json_string(j, "licence", file->licence);
}

static void write_others(bf_json *j, const feat_known_file *published)
{
    bf_json_open(j, "others", '[');
    for (size_t i = 0; feat_weights_known_at(i) != NULL; i++) {
        const feat_known_file *file = feat_weights_known_at(i);
        if (file == published || strcmp(file->network, published->network) != 0)
            continue;
        bf_json_open(j, NULL, '{');
        write_file(j, file);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_networks(bf_json *j, const void *ctx)
{
    (void)ctx;
    bf_json_open(j, "networks", '[');
    for (size_t i = 0; feat_net_at(i) != NULL; i++) {
        const feat_known_file *file = feat_weights_published(feat_net_name(feat_net_at(i)));
        char *path = NULL;
        bool published;
        if (file == NULL)
            continue;
        if (find_here(&path, &published, feat_net_at(i), NULL) != FEAT_OK)
            j->failed = true;
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "network", file->network);
        write_file(j, file);
        bf_json_string(j, "address", file->address);
        bf_json_string(j, "installed", path);
        if (path != NULL)
            bf_json_boolean(j, "installed_published", published);
        write_others(j, file);
        bf_json_close(j, '}');
        feat_free(path);
    }
    bf_json_close(j, ']');
}

static void release_nothing(void *ctx)
{
    (void)ctx;
}

feat_status bf_cmd_weights_list(bf_run *run, feat_error *err)
{
    feat_status status = FEAT_OK;
    run->report.command = "weights list";
    for (size_t i = 0; feat_net_at(i) != NULL && status == FEAT_OK; i++) {
        const feat_net *net = feat_net_at(i);
        const feat_known_file *file = feat_weights_published(feat_net_name(net));
        char text[224], size[BF_SIZE_TEXT] = "?", *path = NULL;
        bool published;
        if (file == NULL)
            continue;
        status = find_here(&path, &published, net, err);
        if (file->bytes > 0)
            bf_weights_size_text(size, file->bytes);
        if (path != NULL)
            snprintf(text, sizeof text, "%6s   here%s: %s", size,
                     published ? ", of the published file as it says" : ", not the published ones", path);
        else
            snprintf(text, sizeof text, "%6s   not here: bonafide weights get %s", size, file->network);
        bf_report_line(&run->report, file->network, text, "", "");
        feat_free(path);
    }
    bf_report_add_part(&run->report, write_networks, release_nothing, NULL);
    return status;
}

/* --- get ---------------------------------------------------------------------------------------------------- */

static feat_status find_published(const feat_known_file **file, const bf_args *args, feat_error *err)
{
    const feat_net *net = bf_network_default();
    feat_status status = FEAT_OK;
    if (args->n_operands > 0)
        status = bf_network_parse(&net, args->operands[0], err);
    if (status != FEAT_OK)
        return status;
    *file = feat_weights_published(feat_net_name(net));
    return *file != NULL ? FEAT_OK
                         : feat_fail(err, FEAT_ERR_ARG,
                                     "no published file of %s is known here by its whole SHA-256; bring one and say: "
                                     "bonafide weights convert FILE OUT.iv3 ('bonafide weights list' has the others)",
                                     feat_net_name(net));
}

/* Whether the user's own place may be written. *done: nothing is left to do, as these weights are there. */
static feat_status look_at_place(bf_run *run, const feat_known_file *file, const char *path, bool *done,
                                 feat_error *err)
{
    feat_weights *weights = NULL;
    feat_weights_info info;
    feat_error why;
    *done = false;
    if (access(path, F_OK) != 0)
        return FEAT_OK;
    feat_status status = feat_weights_open(&weights, path, &why);
    if (status == FEAT_OK)
        status = feat_weights_describe(weights, &info, &why);
    feat_weights_close(&weights);
    if (status == FEAT_ERR_NOMEM)
        return feat_fail(err, status, "%s", why.message);
    if (status != FEAT_OK) {
        bf_report_warn(&run->report, "%s; it is replaced", why.message);
        return FEAT_OK;
    }
    if (strcmp(feat_net_name(info.net), file->network) != 0 || !is_published(&info))
        return feat_fail(err, FEAT_ERR_IO,
                         "%s: holds other weights (%s); remove or rename it, or name another place: -o FILE.iv3", path,
                         info.name);
    *done = true;
    return FEAT_OK;
}

/* Where the weights go: -o, else the user's own folder. */
static feat_status find_place(bf_run *run, const feat_known_file *file, char **path, bool *done, feat_error *err)
{
    const char *named = bf_args_text(run->args, BF_OPT_OUTPUT);
    char name[BF_INSTALLED_NAME];
    feat_status status = FEAT_OK;
    *done = false;
    *path = NULL;
    if (named != NULL) {
        *path = feat_strdup(named);
        return *path != NULL ? bf_check_output(named, err) : feat_fail(err, FEAT_ERR_NOMEM, "no memory to start");
    }
    bf_weights_installed_name(name, feat_net_find(file->network));
    status = bf_data_place(path, name, err);
    if (status == FEAT_OK)
        status = look_at_place(run, file, *path, done, err);
    if (status == FEAT_OK && !*done)
        status = bf_data_make_folders(*path, err);
    return status == FEAT_OK && !*done ? bf_check_output(*path, err) : status;
}

static feat_status bring(bf_run *run, const bf_bringing *b, feat_error *err)
{
    feat_convert_report report;
    if (b->from == NULL)
        bf_bring_say(&run->report, b->file->address, b->file->bytes);
    feat_status status = bf_bring_weights(b, &run->report.progress, &report, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < report.n_notices; i++)
        bf_report_warn(&run->report, "%s", report.notices[i]);
    bf_tell_text(run, "wrote", "output", b->out);
    bf_tell_text(run, "from", "container", report.container);
    return FEAT_OK;
}

feat_status bf_cmd_weights_get(bf_run *run, feat_error *err)
{
    const feat_known_file *file = NULL;
    char *out = NULL;
    bool there = false;
    run->report.command = "weights get";
    feat_status status = find_published(&file, run->args, err);
    const char *from = bf_args_text(run->args, BF_OPT_FROM);
    if (status == FEAT_OK && from != NULL && access(from, R_OK) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "--from: %s: there is no such file, or it cannot be read", from);
    if (status == FEAT_OK)
        status = find_place(run, file, &out, &there, err);
    if (status == FEAT_OK && there)
        bf_tell_text(run, "there already", "output", out);
    else if (status == FEAT_OK)
        status = bring(run, &(bf_bringing){file, from, out, feat_net_find(file->network), NULL}, err);
    if (status == FEAT_OK) {
        bf_report_boolean(&run->report, "already_there", there);
        status = bf_tell_weights(run, out, err);
    }
    feat_free(out);
    return status;
}
