/* A refused download is often saved as what was asked for. */
#include "engine/files/not_fetched.h"

#include <string.h>
#include <strings.h>

const char *feat_not_fetched(const void *bytes, size_t n)
{
    static const char *const pages[] = {"<!doctype html", "<html", "<head", "<?xml"};
    static const char pointer[] = "version https://git-lfs";
    const char *text = bytes;
    if (n >= sizeof pointer - 1 && memcmp(text, pointer, sizeof pointer - 1) == 0)
        return "a pointer of Git LFS; fetch the file itself with 'git lfs pull'";
    while (n > 0 && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) {
        text++;
        n--;
    }
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (n >= strlen(pages[i]) && strncasecmp(text, pages[i], strlen(pages[i])) == 0)
            return "an HTML page: the download was refused, or the address is that of a page; fetch the file again";
    return NULL;
}
