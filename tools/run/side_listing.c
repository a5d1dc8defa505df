/* What listing a set found beside the images that their names tell, said in warnings. */
#include "tools/run/side.h"

#include <stdio.h>
#include <string.h>

void bf_warn_listing(bf_report *report, const bf_set *set)
{
    const bf_set_listing *l = bf_set_get_listing(set);
    const char *spec = bf_set_spec(set);
    size_t n = l->left_out.n, by_content = l->by_content.n;
    if (n > 0 && l->left_out.n_named == 0)
        bf_report_warn(report, "%s: made without looking at %zu file%s of the set", spec, n, n == 1 ? "" : "s");
    else if (n > 0)
        bf_report_warn(report, "%s: %zu file%s not looked at, the first: %s", spec, n, n == 1 ? "" : "s",
                       l->left_out.name[0]);
    if (by_content > 0 && l->by_content.n_named == 0)
        bf_report_warn(report, "%s: counts %zu file%s without a known extension, images by their content", spec,
                       by_content, by_content == 1 ? "" : "s");
    else if (by_content == 1)
        bf_report_warn(report, "%s: 1 file without a known extension is an image by its content and is counted: %s",
                       spec, l->by_content.name[0]);
    else if (by_content > 1)
        bf_report_warn(report,
                       "%s: %zu files without a known extension are images by their content and are counted, the "
                       "first: %s",
                       spec, by_content, l->by_content.name[0]);
}

/* The default preset is nobody's wish to get a tool's number; a preset that is named, and --as, are. */
static void warn_of_subfolders(bf_run *run, const bf_side *side)
{
    char tools[128] = "";
    size_t n = bf_set_get_listing(side->set)->in_subfolders, used = 0, n_tools = 0;
    bool all = bf_args_given(run->args, BF_OPT_AS);
    if (n == 0 || !(all || bf_args_given(run->args, BF_OPT_PRESET)))
        return;
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        if (c->one_level == NULL || used >= sizeof tools ||
            !(all || (run->network.preset != NULL && strcmp(run->network.preset->name, c->name) == 0)))
            continue;
        used += (size_t)snprintf(tools + used, sizeof tools - used, "%s%s", n_tools++ > 0 ? " and " : "", c->one_level);
    }
    if (n_tools > 0)
        bf_report_warn(&run->report, "%s: images in subfolders are counted: %zu; %s leave%s them out",
                       bf_set_spec(side->set), n, tools, n_tools == 1 ? "s" : "");
}

void bf_side_say_listing(bf_run *run, bf_side *side)
{
    side->input->listing = *bf_set_get_listing(side->set);
    bf_warn_listing(&run->report, side->set);
    warn_of_subfolders(run, side);
}
