/* What a file is that is no image, told by its first bytes, and what to do about it. */
#include "tools/base/other_file.h"

#include <stdbool.h>
#include <string.h>

#include "engine/files/not_fetched.h"
#include "tools/base/bytes.h"

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

/* CRC-32C of n bytes: polynomial 0x82F63B78, lowest bit first. */
static uint32_t crc32c(const uint8_t *bytes, size_t n)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

/* A TFRecord begins with a length of eight bytes and its checksum, turned and moved as TensorFlow does. */
static bool is_tfrecord(const uint8_t *bytes, size_t n)
{
    uint32_t crc = n >= 12 ? crc32c(bytes, 8) : 0;
    return n >= 12 && bf_le32(bytes + 8) == ((crc >> 15 | crc << 17) + 0xA282EAD8u) && bf_le32(bytes + 4) == 0;
}

/* An Arrow stream: a mark, the length of a flat buffer, and where its table begins, 16 bytes in. */
static bool is_arrow_stream(const uint8_t *bytes, size_t n)
{
    return starts(bytes, n, 0, "\xFF\xFF\xFF\xFF", 4) && starts(bytes, n, 8, "\x10\0\0\0", 4) &&
           bf_le32(bytes + 4) % 8 == 0;
}

/* A safetensors file: the length of a header in JSON, and that. */
static bool is_safetensors(const uint8_t *bytes, size_t n)
{
    return n >= 10 && bf_le32(bytes + 4) == 0 && bf_le32(bytes) >= 2 && bytes[8] == '{' &&
           (bytes[9] == '"' || bytes[9] == '}');
}

#define AS_ARRAY "take its array of images [n][h][w][3] and numpy.save it as uint8"
#define AS_FILES "write its images to files"

const bf_other *bf_other_data(const uint8_t *bytes, size_t n)
{
    static const struct {
        size_t at, length;
        const char *magic;
        bf_other other;
    } known[] = {
        {0, 8, "\x89HDF\r\n\x1A\n", {"an HDF5 file", AS_ARRAY " (h5py.File(FILE)[KEY][:])"}},
        {0, 10, "MATLAB 7.3", {"a MATLAB 7.3 file, which is HDF5", AS_ARRAY " (h5py.File(FILE)[KEY][:])"}},
        {0, 10, "MATLAB 5.0", {"a MATLAB file", AS_ARRAY " (scipy.io.loadmat(FILE)[KEY])"}},
        {16, 4, "\xDE\xC0\xEF\xBE", {"an LMDB", AS_FILES " (lmdb.open(FOLDER), each value one image)"}},
        {0, 4, "PAR1", {"a Parquet file", AS_FILES " (datasets.load_dataset('parquet', data_files=FILE))"}},
        {0, 6, "ARROW1", {"an Arrow file", AS_FILES " (datasets.Dataset.from_file(FILE))"}},
        {0, 4, "FEA1", {"a Feather file", AS_FILES " (pyarrow.feather.read_table(FILE))"}},
        {0, 4, "\x0A\x23\xD7\xCE", {"an MXNet RecordIO file", AS_FILES " (mxnet.recordio)"}},
        {0, 15, "SQLite format 3", {"an SQLite database", AS_FILES}},
        {0, 4, "%PDF", {"a PDF document", "extract its images (pdfimages -png)"}},
        {0, 0, "", {"an Arrow stream", AS_FILES " (datasets.Dataset.from_file(FILE))"}},
        {0, 0, "", {"a TFRecord", AS_FILES " (tf.data.TFRecordDataset(FILE), feature image/encoded)"}},
        {0, 0, "", {"a safetensors file", AS_ARRAY " (safetensors.numpy.load_file(FILE)[KEY])"}},
    };
    enum { N = sizeof known / sizeof known[0] };
    for (size_t i = 0; i < N - 3; i++)
        if (starts(bytes, n, known[i].at, known[i].magic, known[i].length))
            return &known[i].other;
    return is_arrow_stream(bytes, n)  ? &known[N - 3].other
           : is_tfrecord(bytes, n)    ? &known[N - 2].other
           : is_safetensors(bytes, n) ? &known[N - 1].other
                                      : NULL;
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
        {257, 5, "ustar", {"a tar archive", "unpack it (tar xf) into the folder, or give it as the set"}},
        {0, 6, "\x93NUMPY", {"a NumPy array", "give the file itself as the set"}},
        {4, 7, "ftypiso", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {4, 7, "ftypmp4", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {4, 6, "ftypqt", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
        {0, 4, "\x1A\x45\xDF\xA3", {"a film", "extract its frames (ffmpeg -i FILE %06d.png)"}},
    };
    const char *page = feat_not_fetched(bytes, n);
    const bf_other *packed = bf_other_packed(bytes, n), *data = bf_other_data(bytes, n);
    if ((page == NULL || starts(bytes, n, 0, "<?xml", 5)) && is_svg(bytes, n))
        return (bf_other){"an SVG drawing", "convert to PNG: rsvg-convert FILE -o FILE.png (librsvg)"};
    if (page != NULL)
        return (bf_other){page, NULL};
    if (packed != NULL)
        return (bf_other){packed->what, "unpack it into the folder"};
    if (data != NULL)
        return *data;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (starts(bytes, n, known[i].at, known[i].magic, known[i].length))
            return known[i].other;
    if (is_text(bytes, n))
        return (bf_other){"text", "look into it: it may say why a download was refused"};
    return (bf_other){NULL, NULL};
}
