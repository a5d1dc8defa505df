/* Structures that are shorter or longer than the library's. */
#include "engine/base/sized.h"

#include <string.h>

#include "engine/base/status.h"

/* No structure of options will ever be larger: a size beyond it was never set. */
enum { MOST_BYTES = 4096 };

void feat_sized_init(void *to, size_t size, const void *defaults, size_t full)
{
    if (to == NULL || size < sizeof size)
        return;
    memcpy(to, defaults, size < full ? size : full);
    if (size > full)
        memset((unsigned char *)to + full, 0, size - full);
    memcpy(to, &size, sizeof size);
}

feat_status feat_sized_read(void *own, size_t full, const void *given, const char *name, feat_error *err)
{
    const unsigned char *bytes = given;
    size_t size;
    if (given == NULL)
        return FEAT_OK;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > MOST_BYTES || size % sizeof size != 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s: a struct_size of %zu was found; call %s_init(&it, sizeof it) first",
                         name, size, name);
    for (size_t i = full; i < size; i++)
        if (bytes[i] != 0)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                             "%s: byte %zu of %zu is set, and this library, which is older than its caller, knows %zu",
                             name, i, size, full);
    memcpy(own, given, size < full ? size : full);
    memcpy(own, &full, sizeof full);
    return FEAT_OK;
}
