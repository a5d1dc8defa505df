/* Published references: fetched, checked, put in place. */
#include "tools/bring/bring_reference.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/bring/ask.h"
#include "tools/bring/bring_weights.h"
#include "tools/bring/download.h"
#include "tools/options/weights_find.h"
#include "tools/sets/set.h"
#include "tools/stored/data_folder.h"

#define COMING "refs/coming/" /* what is under way lies here, under the name that its publisher gave it */

/* Where a reference comes from. */
typedef struct origin {
    const bf_known_stats *known; /* NULL: clean-fid's */
    const char *address;
    char cleanfid[BF_ADDRESS_BYTES];
    uint64_t bytes; /* 0: not known */
} origin;

/* False: no such reference can be had. */
static bool find_origin(origin *o, const char *name)
{
    o->known = bf_reference_known(name);
    o->address = o->known != NULL ? o->known->address : bf_known_stats_cleanfid(o->cleanfid, name);
    o->bytes = o->known != NULL ? o->known->bytes : 0;
    return o->address != NULL;
}

feat_status bf_add_references(bf_reference *out, const bf_known_stats *known, const char *name, const char *file,
                              feat_error *err)
{
    feat_status status = bf_reference_add(out, known, name, file, err);
    for (size_t i = 0; known != NULL && bf_known_stats_at(i) != NULL && status == FEAT_OK; i++) {
        const bf_known_stats *other = bf_known_stats_at(i);
        bf_reference added;
        if (other == known || strcmp(other->sha256, known->sha256) != 0)
            continue;
        status = bf_reference_add(&added, other, NULL, file, err);
        bf_reference_release(&added);
    }
    if (status != FEAT_OK)
        bf_reference_release(out);
    return status;
}

/* Says after what went wrong how it is done on another machine. */
static feat_status by_hand(const origin *o, const char *name, feat_error *err)
{
    char why[96];
    const char *file = strrchr(o->address, '/') + 1;
    snprintf(why, sizeof why, "%.95s", err->message);
    if (o->known == NULL)
        return feat_fail(err, FEAT_ERR_IO,
                         "%s; on a machine with a network, then here:\ncurl -fLO %s\nbonafide refs add %s --name %s",
                         why, o->address, file, name);
    return feat_fail(err, FEAT_ERR_IO,
                     "%s; on a machine with a network, then here:\ncurl -fLO %s\necho '%s  %s' | sha256sum -c\n"
                     "bonafide refs add %s",
                     why, o->address, o->known->sha256, file, file);
}

/* What nobody has published a SHA-256 of must at least be what it is called. */
static feat_status check_statistics(const char *file, feat_error *err)
{
    bf_set *set = NULL;
    feat_status status = bf_set_open_as(&set, file, &(bf_set_how){.prefer_stats = true}, err);
    if (status == FEAT_OK && bf_set_get_kind(set) != BF_SET_STATS)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: what came is no file of statistics, and is removed", file);
    bf_set_close(&set);
    return status;
}

static feat_status take_in(bf_reference *out, const origin *o, const char *name, const char *file, bf_report *report,
                           feat_error *err)
{
    feat_status status = o->known != NULL ? FEAT_OK : check_statistics(file, err);
    bf_progress_step(&report->progress, "checking");
    if (status == FEAT_OK)
        status = bf_add_references(out, o->known, name, file, err);
    bf_progress_clear(&report->progress);
    if (status == FEAT_OK && o->known == NULL)
        bf_report_warn(report, "ref:%s: its SHA-256 is published nowhere that was found; it is kept as it came", name);
    if (status == FEAT_OK || status == FEAT_ERR_CHECKSUM || status == FEAT_ERR_FORMAT)
        (void)unlink(file);
    return status;
}

feat_status bf_bring_reference(bf_reference *out, const char *name, bf_report *report, feat_error *err)
{
    char relative[BF_ADDRESS_BYTES + sizeof COMING], spec[256], *file = NULL;
    feat_error unheard;
    origin o;
    err = err != NULL ? err : &unheard;
    memset(out, 0, sizeof *out);
    if (!find_origin(&o, name)) {
        snprintf(spec, sizeof spec, BF_REFERENCE "%.200s", name);
        feat_status status = bf_reference_find(out, spec, err); /* says which there are, unless it is the user's own */
        bf_reference_release(out);
        return status != FEAT_OK
                   ? status
                   : feat_fail(err, FEAT_ERR_ARG, "%s: your own, and here already; nothing can be got", spec);
    }
    snprintf(relative, sizeof relative, COMING "%s", strrchr(o.address, '/') + 1);
    feat_status status = bf_data_place(&file, relative, err);
    if (status == FEAT_OK)
        status = bf_data_make_folders(file, err);
    if (status == FEAT_OK) {
        bf_bring_say(report, o.address, o.bytes);
        status = bf_download(o.address, file, o.bytes, &report->progress, err);
        if (status == FEAT_ERR_IO && !bf_interrupted())
            status = by_hand(&o, name, err);
    }
    if (status == FEAT_OK)
        status = take_in(out, &o, name, file, report, err);
    char *folder = file != NULL ? bf_path_dir(file) : NULL;
    if (folder != NULL)
        (void)rmdir(folder); /* stays where a download is under way */
    feat_free(folder);
    feat_free(file);
    return status;
}

feat_status bf_offer_reference(const char *spec, bf_report *report, feat_error *err)
{
    char question[BF_ADDRESS_BYTES + 160], size[BF_SIZE_TEXT] = "of unknown size", *path = NULL;
    const char *name = spec + sizeof BF_REFERENCE - 1;
    bf_reference brought;
    bool yes = false;
    origin o;
    if (!bf_reference_is(spec) || report->quiet || !bf_can_ask() || !find_origin(&o, name))
        return FEAT_OK;
    feat_status status = bf_reference_path(&path, name, o.known == NULL, err);
    bool here = path != NULL;
    feat_free(path);
    if (status != FEAT_OK || here)
        return status;
    if (o.bytes > 0)
        bf_weights_size_text(size, o.bytes);
    snprintf(question, sizeof question, "bonafide: %s is not here; it comes from\n    %s\nDownload it (%s)?", spec,
             o.address, size);
    status = bf_ask(&yes, question, err);
    if (status != FEAT_OK || !yes)
        return status;
    status = bf_bring_reference(&brought, name, report, err);
    bf_reference_release(&brought);
    return status;
}
