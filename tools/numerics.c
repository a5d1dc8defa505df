/* --numerics on this machine. */
#include "tools/numerics.h"

#include <string.h>

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
