/* --numerics on this machine. */
#include "tools/options/numerics.h"

#include <string.h>

#include "engine/base/status.h"

iv3_numerics bf_numerics_wanted(const bf_args *args)
{
    const char *text = bf_args_text(args, BF_OPT_NUMERICS), *name;
    for (int i = IV3_NUMERICS_EXACT; text != NULL && (name = iv3_numerics_name((iv3_numerics)i)) != NULL; i++)
        if (strcmp(text, name) == 0)
            return (iv3_numerics)i;
    return IV3_NUMERICS_EXACT;
}

const char *bf_numerics_mode(const bf_args *args)
{
    uint32_t mask = UINT32_MAX;
    const char *isa = bf_args_text(args, BF_OPT_ISA);
    if (isa != NULL && iv3_isa_mask_parse(&mask, isa, NULL) != IV3_OK)
        mask = UINT32_MAX; /* the run will say what is wrong with it */
    return iv3_numerics_name(iv3_numerics_here(bf_numerics_wanted(args), mask));
}

iv3_status bf_numerics_check(const char *mode, const char *path, iv3_error *err)
{
    if (strcmp(mode, "exact") == 0 || strcmp(mode, "split") == 0)
        return IV3_OK;
    return iv3_fail(err, IV3_ERR_FORMAT,
                    "%.120s: numerics: mode \"exact\" or \"split\" expected, \"%.20s\" found", path, mode);
}
