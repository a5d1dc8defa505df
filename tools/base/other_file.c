/* What a file is that is no image, told by its first bytes, and what to do about it. */
#include "tools/base/other_file.h"

#include <stdbool.h>
#include <string.h>

#include "engine/files/not_fetched.h"

static bool starts(const uint8_t *bytes, size_t n, size_t at, const char *magic, size_t length)
{
    return n >= at + length && memcmp(bytes + at, magic, length) == 0;
}

const bf_other *bf_other_packed(const uint8_t *bytes, size_t n)
{
    static const struct {
        size_t at, length;
        const char *magic;
        bf_other other;
    } packed[] = {
        {257, 5, "ustar", {"a tar archive", "tar xf"}},
        {0, 2, "\x1F\x8B", {"packed by gzip", "tar xf or gunzip"}},
        {0, 3, "BZh", {"packed by bzip2", "tar xf or bunzip2"}},
        {0, 6, "\xFD" "7zXZ\0", {"packed by xz", "tar xf or unxz"}},
        {0, 4, "\x28\xB5\x2F\xFD", {"packed by Zstandard", "tar xf or unzstd"}},
        {0, 6, "7z\xBC\xAF\x27\x1C", {"a 7-Zip archive", "7z x"}},
        {0, 4, "Rar!", {"a RAR archive", "unrar x"}},
    };
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        if (starts(bytes, n, packed[i].at, packed[i].magic, packed[i].length))
            return &packed[i].other;
    return NULL;
}

/* Whether the first bytes have a tag "<svg", as text in front of which is only more text. */
static bool is_svg(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i + 4 < n && i < 1024 && bytes[i] != 0; i++)
        if (memcmp(bytes + i, "<svg", 4) == 0)
            return true;
    return false;
}

/* Whether the first bytes are printable, in ASCII or UTF-8, as far as that shows. */
static bool is_text(const uint8_t *bytes, size_t n)
{
    size_t look = n < 512 ? n : 512;
    for (size_t i = 0; i < look; i++)
        if (bytes[i] == 0x7F || bytes[i] >= 0xF8 || (bytes[i] < ' ' && (bytes[i] < '\t' || bytes[i] > '\r')))
            return false;
    return look > 0;
}

bf_other bf_other_tell(const uint8_t *bytes, size_t n)
{
    static const struct {
        size_t at, length;
        const char *magic;
        bf_other other;
    } known[] = {
        {0, 4, "PK\3\4", {"a ZIP archive", "unpack it (unzip) into the folder, or give it as the set"}},
        {0, 6, "\x93NUMPY", {"a NumPy array", "give the file itself as the set"}},
        {0, 5, "%PDF-", {"a PDF document", "extract its images (pdfimages -png)"}},
        {4, 7, "ftypiso", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {4, 7, "ftypmp4", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {4, 6, "ftypqt", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {0, 4, "\x1A\x45\xDF\xA3", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
    };
    const char *page = feat_not_fetched(bytes, n);
    const bf_other *packed = bf_other_packed(bytes, n);
    if ((page == NULL || starts(bytes, n, 0, "<?xml", 5)) && is_svg(bytes, n))
        return (bf_other){"an SVG drawing", "convert to PNG: rsvg-convert FILE -o FILE.png (librsvg)"};
    if (page != NULL)
        return (bf_other){page, NULL};
    if (packed != NULL)
        return (bf_other){packed->what, "unpack it into the folder"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (starts(bytes, n, known[i].at, known[i].magic, known[i].length))
            return known[i].other;
    if (is_text(bytes, n))
        return (bf_other){"text", "look into it: it may say why a download was refused"};
    return (bf_other){NULL, NULL};
}
