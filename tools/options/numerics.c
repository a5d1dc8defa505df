/* --numerics on this machine. */
#include "tools/options/numerics.h"

#include <string.h>

#include "engine/base/status.h"

feat_numerics bf_numerics_wanted(const bf_args *args)
{
    const char *text = bf_args_text(args, BF_OPT_NUMERICS), *name;
    for (int i = FEAT_NUMERICS_EXACT; text != NULL && (name = feat_numerics_name((feat_numerics)i)) != NULL; i++)
        if (strcmp(text, name) == 0)
            return (feat_numerics)i;
    return FEAT_NUMERICS_EXACT;
}

const char *bf_numerics_mode(const bf_args *args)
{
    uint32_t mask = UINT32_MAX;
    const char *isa = bf_args_text(args, BF_OPT_ISA);
    if (isa != NULL && feat_isa_mask_parse(&mask, isa, NULL) != FEAT_OK)
        mask = UINT32_MAX; /* the run will say what is wrong with it */
    return feat_numerics_name(feat_numerics_here(bf_numerics_wanted(args), mask));
}

feat_status bf_numerics_check(const char *mode, const char *path, feat_error *err)
{
    if (strcmp(mode, "exact") == 0 || strcmp(mode, "split") == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%.120s: numerics: mode \"exact\" or \"split\" expected, \"%.20s\" found", path, mode);
}
