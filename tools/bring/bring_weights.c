/* Published weights: fetched or taken, checked, converted, put in place. */
#include "tools/bring/bring_weights.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/digest.h"
#include "tools/base/files.h"
#include "tools/base/say.h"
#include "tools/base/signals.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/bring/ask.h"
#include "tools/stored/data_folder.h"
#include "tools/bring/download.h"

const char *bf_published_name(const feat_known_file *file)
{
    return strrchr(file->address, '/') + 1;
}

/* Whether a file of this digest is a published one of the network. */
static bool is_published(const feat_known_file *file, const char hex[65])
{
    if (strcmp(hex, file->sha256) == 0)
        return true;
    for (size_t i = 0; feat_weights_known_at(i) != NULL; i++) {
        const feat_known_file *other = feat_weights_known_at(i);
        if (strcmp(other->network, file->network) == 0 && strcmp(other->sha256, hex) == 0)
            return true;
    }
    return false;
}

static feat_status check(const bf_bringing *b, const char *path, bf_progress *progress, feat_error *err)
{
    bf_digest digest;
    char hex[65];
    bf_progress_step(progress, "checking");
    feat_status status = bf_digest_file(&digest, path, err);
    bf_progress_clear(progress);
    if (status != FEAT_OK)
        return status;
    feat_hex(hex, digest.sha256);
    if (is_published(b->file, hex))
        return FEAT_OK;
    if (b->from != NULL)
        return feat_fail(err, FEAT_ERR_CHECKSUM,
                         "%s: not a published file of %s: SHA-256 %s expected, %s found\nto convert it all the same: "
                         "bonafide weights convert FILE OUT.iv3",
                         b->from, b->file->network, b->file->sha256, hex);
    return feat_fail(err, FEAT_ERR_CHECKSUM,
                     "%s: what came from there is not the published file, and is removed: SHA-256 %s expected, %s "
                     "found",
                     b->file->address, b->file->sha256, hex);
}

/* The file where a download that is under way lies: beside `out`, where there is room for it. */
static char *part_path(const bf_bringing *b)
{
    const char *name = bf_published_name(b->file);
    char *folder = bf_path_dir(b->out), *path = NULL, part[256];
    snprintf(part, sizeof part, "%.240s.part", name);
    if (folder != NULL)
        path = bf_path_join(folder, part);
    feat_free(folder);
    return path;
}

/* Says after what went wrong how it is done on another machine. */
static feat_status by_hand(const bf_bringing *b, feat_error *err)
{
    char why[96];
    const char *name = bf_published_name(b->file);
    snprintf(why, sizeof why, "%.95s", err->message);
    return feat_fail(err, FEAT_ERR_IO,
                     "%s; on a machine with a network, then here:\ncurl -fLO %s\necho '%s  %s' | sha256sum -c\n"
                     "bonafide weights get %s --from %s",
                     why, b->file->address, b->file->sha256, name, b->file->network, name);
}

static feat_status fetch(const bf_bringing *b, const char *part, bf_progress *progress, feat_error *err)
{
    struct stat info;
    feat_error unheard;
    err = err != NULL ? err : &unheard;
    bool whole = stat(part, &info) == 0 && b->file->bytes > 0 && (uint64_t)info.st_size >= b->file->bytes;
    feat_status status = whole ? FEAT_OK : bf_download(b->file->address, part, b->file->bytes, progress, err);
    if (status == FEAT_ERR_IO && stat(part, &info) == 0 && info.st_size == 0)
        (void)unlink(part);
    return status == FEAT_ERR_IO && !bf_interrupted() ? by_hand(b, err) : status;
}

feat_status bf_bring_weights(const bf_bringing *b, bf_progress *progress, feat_convert_report *report, feat_error *err)
{
    char *part = NULL;
    feat_status status = FEAT_OK;
    if (b->from == NULL) {
        part = part_path(b);
        status =
            part != NULL ? fetch(b, part, progress, err) : feat_fail(err, FEAT_ERR_NOMEM, "no memory to fetch weights");
    }
    const char *source = b->from != NULL ? b->from : part;
    if (status == FEAT_OK) {
        status = check(b, source, progress, err);
        if (status == FEAT_ERR_CHECKSUM && part != NULL)
            (void)unlink(part);
    }
    if (status == FEAT_OK) {
        const feat_convert_options options = {source, b->out, FEAT_AS_IS, b->net};
        bf_progress_step(progress, "converting");
        status =
            b->maps == NULL ? feat_convert(&options, report, err) : feat_convert_among(&options, b->maps, report, err);
        bf_progress_clear(progress);
        if (status == FEAT_OK && part != NULL)
            (void)unlink(part);
    }
    feat_free(part);
    return status;
}

/* --- where a run finds none --------------------------------------------------------------------------------- */

void bf_bring_say(const bf_report *report, const char *address, uint64_t bytes)
{
    char size[BF_SIZE_TEXT];
    if (report->quiet)
        return;
    bf_say("bonafide: downloading %s", address);
    if (bytes > 0)
        bf_say(" (%s)", bf_weights_size_text(size, bytes));
    bf_say("\n");
}

static feat_status ask(bool *yes, const feat_known_file *file, const char *out, feat_error *err)
{
    char question[512], size[BF_SIZE_TEXT] = "of unknown size";
    if (file->bytes > 0)
        bf_weights_size_text(size, file->bytes);
    bf_say("bonafide: no weights of %s are installed; they come from\n    %s\n", file->network, file->address);
    snprintf(question, sizeof question, "Download them (%s), and keep them as %.300s?", size, out);
    return bf_ask(yes, question, err);
}

/* Published weights come to the user's own folder. *path stays NULL where nobody wants that, or has none. */
static feat_status bring_wanted(char **path, bf_report *report, const feat_known_file *file, bool get, feat_error *err)
{
    char name[BF_INSTALLED_NAME], *place = NULL;
    const feat_net *net = feat_net_find(file->network);
    feat_convert_report said;
    bool wanted = get;
    bf_weights_installed_name(name, net);
    feat_status status = bf_data_place(&place, name, err);
    if (status == FEAT_OK && !get)
        status = ask(&wanted, file, place, err);
    if (status == FEAT_OK && wanted) {
        const bf_bringing b = {file, NULL, place, net, NULL};
        status = bf_data_make_folders(place, err);
        if (status == FEAT_OK)
            status = bf_check_output(place, err);
        if (status == FEAT_OK) {
            bf_bring_say(report, file->address, file->bytes);
            status = bf_bring_weights(&b, &report->progress, &said, err);
        }
        for (size_t i = 0; status == FEAT_OK && i < said.n_notices; i++)
            bf_report_warn(report, "%s", said.notices[i]);
    }
    if (status == FEAT_OK && wanted)
        *path = place;
    else
        feat_free(place);
    return status;
}

feat_status bf_find_or_bring(char **spec, const bf_args *args, bf_report *report, const feat_net *net, bool beside,
                             feat_error *err)
{
    const char *option = bf_args_text(args, BF_OPT_WEIGHTS);
    const feat_known_file *file = feat_weights_published(feat_net_name(net));
    bool get = false, installed = bf_weights_installed_meant(option, &get);
    feat_status status = (beside ? bf_weights_find_other : bf_weights_find)(spec, option, net, err);
    if (status != FEAT_ERR_IO || !installed || file == NULL || !(get || (bf_can_ask() && !report->quiet)))
        return status;
    feat_status brought = bring_wanted(spec, report, file, get, err);
    if (brought == FEAT_OK && *spec == NULL) /* the first error again */
        return (beside ? bf_weights_find_other : bf_weights_find)(spec, option, net, err);
    return brought;
}

feat_status bf_check_or_bring(const bf_args *args, bf_report *report, feat_error *err)
{
    feat_status status = FEAT_OK;
    bool get, installed = bf_weights_installed_meant(bf_args_text(args, BF_OPT_WEIGHTS), &get);
    for (size_t i = 0; installed && i < bf_networks_asked(args) && status == FEAT_OK; i++) {
        const feat_net *net;
        char *spec = NULL;
        status = bf_network_asked(&net, args, i, err);
        if (status == FEAT_OK)
            status = bf_find_or_bring(&spec, args, report, net, true, err);
        feat_free(spec);
    }
    return status == FEAT_OK ? bf_weights_check(args, err) : status;
}
