"""Writes pixels/: small files of every kind, to be read as Pillow does or refused; and pixels.txt, which says what.

/usr/bin/python3 make_pixels.py     (Debian 12: python3-pil 9.4, python3-numpy, libjpeg-turbo-progs for jpegtran)

A line of pixels.txt is "NAME WIDTH HEIGHT SHA256", the hash of the bytes of Image.open(NAME).convert("RGB"); or
"NAME refused TEXT" for a file that must be refused with a message that has TEXT in it. Some of these Pillow reads,
half-decoded or in spite of damage; such files are errors here (tools/images/PIXELS.md). Where later versions of Pillow changed
their mind (indices beyond a palette, which are black since 10.1, and jumps in run-length BMPs), it is asked for the
same picture in another form. Pictures are made of formulas: every run writes the same bytes, as long as Pillow, libwebp
and jpegtran do.
"""
import hashlib
import io
import os
import shutil
import struct
import subprocess
import warnings
import zlib
import numpy as np
from PIL import Image, ImageFile, features

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "pixels")
W, H = 23, 17
lines = []


def put(name, data, refused=None, like=None):
    """like: another file of the same picture, to be asked where Pillow 9.4 is wrong about this one."""
    path = os.path.join(OUT, name)
    with open(path, "wb") as f:
        f.write(data)
    if refused is not None:
        lines.append("%s refused %s\n" % (name, refused))
        return
    with Image.open(path if like is None else io.BytesIO(like)) as image:
        rgb = image.convert("RGB")
    lines.append("%s %d %d %s\n" % (name, rgb.size[0], rgb.size[1], hashlib.sha256(rgb.tobytes()).hexdigest()))


def noise(n, seed):
    """n bytes, the same on every machine and with every NumPy."""
    x = np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed * 0x632BE59B)
    for multiplier in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        x = (x ^ (x >> np.uint64(31))) * np.uint64(multiplier)
    return (x >> np.uint64(56)).astype(np.uint8)


def plane(w, h, seed):
    """A slope with an edge in it and some noise."""
    y, x = np.mgrid[0:h, 0:w]
    smooth = x * (11 - 5 * (seed % 4)) + y * (3 + 2 * (seed % 3)) + 128 * ((2 * x + y + 5 * seed) % 29 < 11)
    return (smooth + noise(w * h, seed).reshape(h, w) % 32).astype(np.uint8)


def picture(w=W, h=H, channels=3, seed=0):
    return np.stack([plane(w, h, seed + c) for c in range(channels)], -1)


# --- JPEG: every component is a grey JPEG of Pillow's, put together as the scans of one frame; jpegtran then makes the
# --- other forms of the same coefficients

JFIF = (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
EOI = b"\xff\xd9"


def adobe(transform):
    return (0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def parse(data):
    """[(marker, body)] of a JPEG without its EOI; in an SOS, body is that of the header and the coded data."""
    out, i = [], 2
    while data[i:i + 2] != EOI:
        n = struct.unpack(">H", data[i + 2:i + 4])[0]
        marker, end = data[i + 1], i + 2 + n
        if marker == 0xDA:
            while not (data[end] == 0xFF and data[end + 1] != 0 and not 0xD0 <= data[end + 1] <= 0xD7):
                end += 1
        out.append((marker, data[i + 4:end]))
        i = end
    return out


def build(segments, end=EOI):
    out = b"\xff\xd8"
    for marker, body in segments:
        if marker == 0xDA:
            n = 4 + 2 * body[0]
            out += segment(marker, body[:n]) + body[n:]
        else:
            out += body if marker is None else segment(marker, body)
    return out + end


def before(data, marker, raw):
    """Raw bytes in front of the first segment of a kind."""
    at = data.index(bytes([0xFF, marker]))
    return data[:at] + raw + data[at:]


def frame(sampling, w=W, h=H, quality=80, ids=None, markers=(JFIF,), seed=0, planes=None):
    """A sequential JPEG that is not interleaved; sampling: [(h, v)] of its components."""
    most_h, most_v = max(s[0] for s in sampling), max(s[1] for s in sampling)
    ids = ids or [1, 2, 3, 4]
    sof = struct.pack(">BHHB", 8, h, w, len(sampling))
    scans, tables = [], []
    for c, (sh, sv) in enumerate(sampling):
        size = -(-w * sh // most_h), -(-h * sv // most_v)
        stream = io.BytesIO()
        grey = plane(*size, seed + c) if planes is None else planes[c]
        Image.fromarray(grey).save(stream, "JPEG", quality=quality)
        parts = parse(stream.getvalue())
        tables = [p for p in parts if p[0] in (0xDB, 0xC4)]
        coded = [body for m, body in parts if m == 0xDA][0][6:]
        sof += bytes([ids[c], sh << 4 | sv, 0])
        scans.append((0xDA, bytes([1, ids[c], 0, 0, 63, 0]) + coded))
    return build(list(markers) + tables[:1] + [(0xC0, sof)] + tables[1:] + scans)


def transform(data, *options):
    """By jpegtran, which neither sees nor makes the markers that tell colours."""
    bare = without(data, 0xE0, 0xEE)
    out = subprocess.run(["jpegtran", *options], input=bare, capture_output=True, check=True).stdout
    return build([p for p in parse(data) if p[0] in (0xE0, 0xEE)] + parse(without(out, 0xE0, 0xEE)))


def edit(data, marker, change):
    return build([(m, change(body) if m == marker else body) for m, body in parse(data)])


def without(data, *markers):
    return build([p for p in parse(data) if p[0] not in markers])


def wide_tables(data):
    """16-bit quantisation tables with values beyond a byte."""
    def widen(body):
        values = [v * (3 if k % 5 else 20) for k, v in enumerate(body[1:65])]
        return bytes([body[0] | 0x10]) + struct.pack(">64H", *values)
    return build([(0xC1, b) if m == 0xC0 else (m, widen(b) if m == 0xDB else b) for m, b in parse(data)])


def exif(orientation):
    return (0xE1, b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x112, 3, 1, orientation, 0))


S444, S422, S420, S440 = [[(a, b), (1, 1), (1, 1)] for a, b in ((1, 1), (2, 1), (2, 2), (1, 2))]


def jpeg_samplings():
    kinds = {"444": S444, "422": S422, "420": S420, "440": S440, "411": [(4, 1), (1, 1), (1, 1)],
             "410": [(4, 2), (1, 1), (1, 1)], "441": [(1, 4), (1, 1), (1, 1)], "311": [(3, 1), (1, 1), (1, 1)],
             "422_as_2x2_1x2": [(2, 2), (1, 2), (1, 2)], "440_as_2x2_2x1": [(2, 2), (2, 1), (2, 1)],
             "cb_2x1_cr_1x2": [(2, 2), (2, 1), (1, 2)], "luma_below": [(1, 1), (2, 2), (2, 2)],
             "luma_2x1_chroma_1x2": [(2, 1), (1, 2), (1, 2)], "cr_full": [(2, 2), (1, 1), (2, 2)]}
    for k, (name, sampling) in enumerate(kinds.items()):
        put("sampling_%s.jpg" % name, transform(frame(sampling, seed=k)))
    put("sampling_4x4.jpg", frame([(4, 4), (1, 1), (1, 1)]))  # too many blocks to be interleaved
    for name in ("444", "422", "420", "440", "411"):
        put("progressive_%s.jpg" % name, transform(frame(kinds[name], seed=3), "-progressive"))
    for name, sampling in (("422", S422), ("420", S420), ("440", S440)):  # past the ends of unrolled loops
        put("wide_%s.jpg" % name, transform(frame(sampling, 71, 9, seed=2)))
    for w, h, name in ((1, 1, "420"), (2, 1, "422"), (3, 5, "422"), (5, 3, "422"), (1, 17, "420"), (4, 4, "420"),
                       (5, 5, "420"), (3, 5, "440"), (8, 8, "444"), (9, 1, "411"), (17, 16, "420")):
        put("tiny_%dx%d_%s.jpg" % (w, h, name), transform(frame(kinds[name], w, h, seed=w)))


def jpeg_codings():
    base = frame(S420, seed=1)
    put("not_interleaved.jpg", base)
    for name, options in (("optimised", "-optimize"), ("restart_blocks", "-restart 1B"), ("restart_rows", "-restart 1"),
                          ("restart_progressive", "-restart 1B -progressive"), ("arithmetic", "-arithmetic"),
                          ("arithmetic_progressive", "-arithmetic -progressive"),
                          ("arithmetic_restart", "-arithmetic -restart 1B")):
        put(name + ".jpg", transform(base, *options.split()))
    put("arithmetic_conditioned.jpg", before(transform(frame(S444), "-arithmetic"), 0xDA,
                                             segment(0xCC, bytes([0, 0x32, 1, 0x41, 0x10, 9, 0x11, 3]))))
    for quality in (1, 25, 100):
        put("quality_%d.jpg" % quality, transform(frame(S420, quality=quality, seed=quality)))
    loud = [noise(n[0] * n[1], k).reshape(n[1], n[0]) // 128 * 255 for k, n in enumerate(((W, H), (12, 9), (12, 9)))]
    put("noise.jpg", transform(frame(S420, quality=95, planes=loud)))
    put("tables_16_bits.jpg", wide_tables(transform(base)))
    put("extended.jpg", build([(0xC1 if m == 0xC0 else m, b) for m, b in parse(transform(base))]))
    put("grey.jpg", frame([(1, 1)]))
    put("grey_2x2.jpg", frame([(2, 2)]))
    put("grey_progressive.jpg", transform(frame([(1, 1)]), "-progressive"))
    put("grey_arithmetic.jpg", transform(frame([(1, 1)], seed=2), "-arithmetic"))


def jpeg_colours():
    rgb = [82, 71, 66]
    plain = transform(frame(S444, markers=[], ids=rgb))
    put("rgb_ids.jpg", plain)
    put("rgb_ids_420.jpg", transform(frame(S420, markers=[], ids=rgb)))
    put("rgb_ids_jfif.jpg", build([JFIF] + parse(plain)))
    put("rgb_ids_adobe_1.jpg", build([adobe(1)] + parse(plain)))
    put("rgb_ids_exif.jpg", build([exif(1)] + parse(plain)))
    put("adobe_0.jpg", transform(frame(S444, markers=[adobe(0)])))
    put("adobe_0_progressive.jpg", transform(frame(S444, markers=[adobe(0)]), "-progressive"))
    for name, markers in (("adobe_1", [adobe(1)]), ("adobe_2_three", [adobe(2)]), ("jfif_adobe_0", [JFIF, adobe(0)]),
                          ("no_marker", []), ("adobe_0_1", [adobe(0), adobe(1)])):
        put(name + ".jpg", transform(frame(S420, markers=markers)))
    put("ids_0_1_2.jpg", transform(frame(S420, markers=[], ids=[0, 1, 2])))
    put("ids_7_8_9.jpg", transform(frame(S422, markers=[], ids=[7, 8, 9])))
    full, half = [(1, 1)] * 4, [(2, 2), (1, 1), (1, 1), (2, 2)]
    put("cmyk_adobe.jpg", transform(frame(full, markers=[adobe(0)], seed=4)))
    put("cmyk_no_adobe.jpg", transform(frame(full, markers=[], seed=5)))
    put("cmyk_no_adobe_420.jpg", transform(frame(half, markers=[], seed=5)))
    put("four_adobe_1.jpg", transform(frame(full, markers=[adobe(1)], seed=5)))
    put("ycck_444.jpg", transform(frame(full, markers=[adobe(2)], seed=6)))
    put("ycck_420.jpg", transform(frame(half, markers=[adobe(2)], seed=7)))
    put("ycck_420_progressive.jpg", transform(frame(half, markers=[adobe(2)], seed=8), "-progressive"))
    put("ycck_black_below.jpg", transform(frame([(2, 1), (1, 1), (1, 1), (1, 1)], markers=[JFIF, adobe(2)], seed=8)))


def jpeg_oddities():
    base = transform(frame(S420, seed=9))
    restarts = transform(frame(S420, 39, 33, seed=9), "-restart", "1B")
    for marker, name in ((0xDB, "dqt"), (0xC4, "dht"), (0xC0, "sof"), (0xDA, "sos")):
        put("stray_before_%s.jpg" % name, before(base, marker, b"\0\1stray\xff\0\x80"))
    put("stray_behind_scan.jpg", build(parse(base), b"stray\xff\0bytes" + EOI))
    put("restart_in_header.jpg", before(base, 0xDB, b"\xff\xd0"))
    put("fill_bytes.jpg", before(before(base, 0xDA, b"\xff" * 5), 0xDB, b"\xff" * 3))
    put("orientation.jpg", build([exif(6)] + parse(base)))
    put("comment_icc.jpg", before(base, 0xDB, segment(0xFE, b"\xff\xd9 is no end")
                                  + segment(0xE2, b"ICC_PROFILE\0\1\1x")))
    put("second_jpeg_behind.jpg", base + transform(frame([(1, 1)], 8, 8)))
    put("two_ends.jpg", base + EOI + bytes(40))
    put("mjpeg.jpg", without(base, 0xC4))
    put("mjpeg_avi1.jpg", build([(0xE0, b"AVI1" + bytes(10))] + parse(without(transform(frame(S422)), 0xC4, 0xE0))))

    def at(body, k):
        return [i for i in range(len(body) - 1) if body[i] == 0xFF and 0xD0 <= body[i + 1] <= 0xD7][k]
    put("restart_missing.jpg", edit(restarts, 0xDA, lambda b: b[:at(b, 2)] + b[at(b, 2) + 2:]))
    put("restart_wrong_number.jpg", edit(restarts, 0xDA, lambda b: b[:at(b, 3) + 1] + b"\xd5" + b[at(b, 3) + 2:]))
    put("restart_interval_lost.jpg", edit(restarts, 0xDA, lambda b: b[:at(b, 1)] + b[at(b, 3):]))

    parts, progressive = parse(base), parse(transform(frame(S420, seed=9), "-progressive"))
    coded = parts[-1][1]
    put("bad_cut_scan.jpg", build(parts[:-1] + [(0xDA, coded[:len(coded) * 2 // 3])]), "truncated")
    put("bad_unfinished.jpg", build(progressive[:-3]), "truncated")
    put("bad_scan_missing.jpg", build(parse(frame(S420))[:-1]), "truncated")
    put("bad_cut_file.jpg", base[:-150], "truncated")
    put("bad_no_end.jpg", base[:-2], "truncated")
    put("bad_no_height.jpg", edit(base, 0xC0, lambda b: b[:1] + b"\0\0" + b[3:]), "height")
    put("bad_12_bits.jpg", edit(base, 0xC0, lambda b: b"\x0c" + b[1:]), "8 bits")
    put("bad_lossless.jpg", build([(0xC3 if m == 0xC0 else m, b) for m, b in parts]), "lossless")
    put("bad_two_frames.jpg", before(base, 0xDA, segment(*[p for p in parts if p[0] == 0xC0][0])), "two frame headers")
    put("bad_fraction.jpg", edit(frame(S444), 0xC0, lambda b: b[:7] + b"\x31" + b[8:10] + b"\x21" + b[11:]),
        "sampling factors")


# --- PNG

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, body, flip=0):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) ^ flip)


def packed(samples, depth):
    """Rows [h][w][c] as bytes of `depth` bits a sample."""
    flat = samples.reshape(samples.shape[0], -1)
    if depth >= 8:
        return [row.astype(">u%d" % (depth // 8)).tobytes() for row in flat]
    bits = flat[:, :, None] >> np.arange(depth - 1, -1, -1, dtype=np.uint8) & 1
    return [np.packbits(row.ravel()).tobytes() for row in bits]


def filtered(rows, step):
    """All five filters in turn."""
    out, above = b"", bytes(len(rows[0]))
    for y, row in enumerate(rows):
        x, b = [np.frombuffer(r, np.uint8).astype(int) for r in (row, above)]
        a, c = [np.frombuffer(bytes(step) + r, np.uint8)[:len(row)].astype(int) for r in (row, above)]
        p = a + b - c
        near_a, near_b = (abs(p - a) <= abs(p - b)) & (abs(p - a) <= abs(p - c)), abs(p - b) <= abs(p - c)
        guess = [0, a, b, (a + b) // 2, np.where(near_a, a, np.where(near_b, b, c))][y % 5]
        out += bytes([y % 5]) + (x - guess & 255).astype(np.uint8).tobytes()
        above = row
    return out


def scanlines(samples, depth, colour, interlaced=False):
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    step = max(1, CHANNELS[colour] * depth // 8)
    return b"".join(filtered(packed(p, depth), step) for p in parts if p.size)


def png(samples, depth, colour, interlaced=False, extra=b"", data=None, flip=0, split=0):
    h, w = samples.shape[:2]
    data = zlib.compress(scanlines(samples, depth, colour, interlaced), 9) if data is None else data
    pieces = [data[i:i + split] for i in range(0, len(data), split)] if split else [data]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced))
    return (b"\x89PNG\r\n\x1a\n" + head + extra
            + b"".join(chunk(b"IDAT", piece, flip) for piece in pieces) + chunk(b"IEND", b""))


def colours(n, seed=0, black=0):
    """n colours, and black for as many more."""
    return np.concatenate([noise(3 * n, 77 + seed).reshape(n, 3), np.zeros((black, 3), np.uint8)])


def indices(w, h, n, seed=0):
    return noise(w * h, 5 + seed).reshape(h, w) % np.uint16(n)


def pngs():
    def plte(n, black=0):
        return chunk(b"PLTE", colours(n, black=black).tobytes())
    for depth in (1, 2, 4, 8):
        n = 1 << depth
        few = {1: 1, 2: 3, 4: 9, 8: 200}[depth]
        put("palette_%d.png" % depth, png(indices(W, H, n)[:, :, None], depth, 3, extra=plte(n)))
        beyond = indices(W, H, n)[:, :, None]
        put("palette_%d_beyond.png" % depth, png(beyond, depth, 3, depth % 4 == 0, plte(few)),
            like=png(beyond, depth, 3, extra=plte(few, n - few)))
        put("grey_%d.png" % depth, png(indices(W, H, n)[:, :, None], depth, 0, True))
    pal16 = indices(9, 7, 16)[:, :, None]
    put("palette_trns.png", png(pal16, 4, 3, extra=plte(16) + chunk(b"tRNS", bytes([0, 128, 255, 7]))))
    put("palette_one_clear.png", png(pal16, 4, 3, extra=plte(16) + chunk(b"tRNS", b"\xff\xff\0")))
    for colour, name in ((2, "rgb"), (4, "grey_alpha"), (6, "rgba")):
        deep = picture(9, 7, CHANNELS[colour]).astype(np.uint16) * 256 + picture(9, 7, CHANNELS[colour], 3)
        put("%s_16.png" % name, png(deep, 16, colour, colour == 4))
        put("%s_8.png" % name, png(picture(channels=CHANNELS[colour], seed=colour), 8, colour, colour == 6, split=50))
    for w, h in ((1, 1), (3, 2), (2, 5)):
        put("interlaced_%dx%d.png" % (w, h), png(picture(w, h), 8, 2, True))
    rgb = picture(9, 7)
    rows = scanlines(rgb, 8, 2)
    put("stored.png", png(rgb, 8, 2, data=zlib.compress(rows, 0)))
    fixed = zlib.compressobj(9, zlib.DEFLATED, 9, 9, zlib.Z_FIXED)
    put("fixed.png", png(rgb, 8, 2, data=fixed.compress(rows) + fixed.flush()))
    put("trns_rgb.png", png(rgb, 8, 2, extra=chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"tRNS", bytes(6))))
    put("bad_checksum.png", png(rgb, 8, 2, flip=1), "checksum")
    put("bad_cut.png", png(rgb, 8, 2)[:-60], "truncated")
    put("bad_short.png", png(rgb, 8, 2, data=zlib.compress(rows[:-9])), "not enough data")
    put("bad_no_palette.png", png(pal16, 4, 3), "palette")
    put("bad_filter.png", png(rgb, 8, 2, data=zlib.compress(b"\5" + rows[1:])), "filter")


# --- BMP

def bmp(w, h, bits, data, palette=b"", header=40, compression=0, masks=b"", n_colours=0, gap=b"", top_down=False):
    if header == 12:
        head = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, w, -h if top_down else h, 1, bits, compression, len(data), 2835,
                           2835, n_colours, 0) + masks
        head += bytes(max(0, header - len(head)))
    offset = 14 + len(head) + len(palette) + len(gap)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + palette + gap + data


def bmp_rows(samples, bits):
    """[h][w] or [h][w][c], the lowest row first, padded to four bytes."""
    rows = packed(samples, bits) if bits < 16 else [row.astype("<u%d" % (bits // 8)).tobytes() for row in samples]
    return b"".join(row + bytes(-len(row) % 4) for row in reversed(rows))


def bmps():
    def entries(n, size=4, black=0):
        return b"".join(bytes([b, g, r, 0][:size]) for r, g, b in colours(n, black=black).tolist())
    for bits in (1, 4, 8):
        n, few = 1 << bits, {1: 1, 4: 9, 8: 200}[bits]
        data = bmp_rows(indices(11, 5, n), bits)
        put("os2_%d.bmp" % bits, bmp(11, 5, bits, data, entries(n, 3), header=12))
        put("os2_2_%d.bmp" % bits, bmp(11, 5, bits, data, entries(n), header=64))
        put("palette_%d_beyond.bmp" % bits, bmp(11, 5, bits, data, entries(few), n_colours=few),
            like=bmp(11, 5, bits, data, entries(few, black=n - few)))
        put("palette_%d_gap.bmp" % bits, bmp(11, 5, bits, data, entries(n), gap=b"a gap"))
    rgb = picture(11, 5)
    put("os2_24.bmp", bmp(11, 5, 24, bmp_rows(rgb, 8), header=12))
    put("v5_24.bmp", bmp(11, 5, 24, bmp_rows(rgb, 8), header=124))
    put("palette_behind_24.bmp", bmp(11, 5, 24, bmp_rows(rgb, 8), entries(16), n_colours=16))
    put("top_down.bmp", bmp(11, 5, 24, bmp_rows(rgb[::-1], 8), top_down=True))
    words = noise(2 * 55, 3).view("<u2").reshape(5, 11)
    longs = noise(4 * 55, 4).view("<u4").reshape(5, 11)
    rgb_masks = struct.pack("<3I", 0xFF0000, 0xFF00, 0xFF)
    put("bits_16.bmp", bmp(11, 5, 16, bmp_rows(words, 16)))
    put("bits_565.bmp", bmp(11, 5, 16, bmp_rows(words, 16), compression=3,
                            masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F)))
    put("bits_555_v4.bmp", bmp(11, 5, 16, bmp_rows(words, 16), header=108, compression=3,
                               masks=struct.pack("<4I", 0x7C00, 0x3E0, 0x1F, 0)))
    put("bits_32.bmp", bmp(11, 5, 32, bmp_rows(longs, 32)))
    put("masks_32.bmp", bmp(11, 5, 32, bmp_rows(longs, 32), compression=3, masks=rgb_masks))
    put("masks_32_v5_repeated.bmp", bmp(11, 5, 32, bmp_rows(longs, 32), header=124, compression=3,
                                        masks=rgb_masks + struct.pack("<I", 0xFF000000), gap=rgb_masks))
    put("masks_32_xbgr.bmp", bmp(11, 5, 32, bmp_rows(longs, 32), compression=3,
                                 masks=struct.pack("<3I", 0xFF000000, 0xFF0000, 0xFF00)))
    ends = b"\0\0"
    run8 = b"".join(bytes([5, y, 0, 4, y + 9, 3, 2, 1, 2, 7 * y]) + ends for y in range(5)) + b"\0\1"
    put("rle8.bmp", bmp(11, 5, 8, run8, entries(256), compression=1))
    short = b"".join(bytes([3 + y, y]) + ends for y in range(5)) + b"\0\1"
    put("rle8_short_rows.bmp", bmp(11, 5, 8, short, entries(256), compression=1))
    jumps = bytes([4, 9, 0, 2, 3, 2, 2, 11]) + ends + bytes([11, 5, 0, 0, 11, 6, 0, 1])
    plain = np.array([[9] * 4 + [0] * 7, [0] * 11, [0] * 7 + [11] * 2 + [0] * 2, [5] * 11, [6] * 11])[::-1]
    put("rle8_delta.bmp", bmp(11, 5, 8, jumps, entries(256), compression=1),
        like=bmp(11, 5, 8, bmp_rows(plain, 8), entries(256)))
    run4 = b"".join(bytes([5, 0x1A + y, 0, 6, 0x12, 0x34, 0x5F, 0]) + ends for y in range(5)) + b"\0\1"
    put("rle4.bmp", bmp(11, 5, 4, run4, entries(16), compression=2))
    odd4 = bytes([0, 5, 0x12, 0x34, 0x50, 0, 6, 0xAB]) + ends
    put("rle4_odd.bmp", bmp(11, 2, 4, odd4 * 2 + b"\0\1", entries(16), compression=2),
        like=bmp(11, 2, 4, bmp_rows(np.array([[1, 2, 3, 4, 5, 10, 11, 10, 11, 10, 11]] * 2), 4), entries(16)))
    put("bad_cut.bmp", bmp(11, 5, 8, bmp_rows(indices(11, 5, 256), 8), entries(256))[:-14], "truncated")
    put("bad_cut_rle8.bmp", bmp(11, 5, 8, run8[:20], entries(256), compression=1), "truncated")
    put("bad_masks.bmp", bmp(11, 5, 16, bmp_rows(words, 16), compression=3, masks=bytes(12)), "masks")


# --- GIF

def lzw(pixels, bits, clear_first=True):
    clear = 1 << bits
    out, held, n_held, size, table, codes, prefix = bytearray(), 0, 0, bits + 1, {}, [], ()
    for p in pixels:
        if prefix + (p,) in table or not prefix:
            prefix += (p,)
            continue
        codes.append((prefix, size))
        table[prefix + (p,)] = clear + 2 + len(table)
        if clear + 2 + len(table) > 1 << size:
            size += 1
        prefix = (p,)
    codes.append((prefix, size))
    size += clear + 3 + len(table) > 1 << size
    stream = [(clear, bits + 1)] * clear_first + [(table.get(p, p[0]), s) for p, s in codes] + [(clear + 1, size)]
    for code, n in stream:
        held |= code << n_held
        n_held += n
        while n_held >= 8:
            out.append(held & 255)
            held, n_held = held >> 8, n_held - 8
    return bytes(out) + bytes([held & 255]) * (n_held > 0)


def gif_frame(index, x=0, y=0, bits=4, table=None, interlaced=False, clear=None, block=255, keep=None,
              clear_first=True):
    h, w = index.shape
    control = b"" if clear is None else b"\x21\xf9\x04\1\0\0" + bytes([clear, 0])
    flags = (0x40 if interlaced else 0) | (0 if table is None else 0x80 | bits - 1)
    if interlaced:
        index = np.concatenate([index[0::8], index[4::8], index[2::4], index[1::2]])
    data = lzw(index.ravel().tolist(), bits, clear_first)[:keep]
    blocks = b"".join(bytes([len(data[i:i + block])]) + data[i:i + block] for i in range(0, len(data), block))
    return (control + b"\x2c" + struct.pack("<HHHHB", x, y, w, h, flags) + (b"" if table is None else table.tobytes())
            + bytes([bits]) + blocks + b"\0")


def gif(w, h, frames, table=None, background=0):
    flags = 0x70 | (0 if table is None else 0x80 | (len(table) - 1).bit_length() - 1)
    return (b"GIF89a" + struct.pack("<HHBBB", w, h, flags, background, 0) + (b"" if table is None else table.tobytes())
            + b"".join(frames) + b"\x3b")


def gifs():
    index, table = indices(13, 11, 16), colours(16)
    put("whole.gif", gif(13, 11, [gif_frame(index)], table))
    put("interlaced.gif", gif(13, 11, [gif_frame(index, interlaced=True)], table))
    put("local_table.gif", gif(13, 11, [gif_frame(index, table=colours(16, 9))], table))
    put("no_table.gif", gif(13, 11, [gif_frame(index)]))
    put("no_clear_code.gif", gif(13, 11, [gif_frame(index, clear_first=False)], table))
    put("small_blocks.gif", gif(13, 11, [gif_frame(index, block=3)], table))
    many = gif_frame(indices(13, 11, 256), bits=8)
    put("beyond_table.gif", gif(13, 11, [many], table), like=gif(13, 11, [many], colours(16, black=240)))
    put("small_frame.gif", gif(20, 16, [gif_frame(index, 3, 2)], table, background=5))
    put("small_frame_clear.gif", gif(20, 16, [gif_frame(index, 3, 2, clear=5)], table, background=5))
    put("small_frame_local.gif", gif(20, 16, [gif_frame(index, 3, 2, table=colours(16, 9), clear=1)], table, 7))
    put("beyond_screen.gif", gif(10, 9, [gif_frame(index, 2, 1)], table))
    put("clear_whole.gif", gif(13, 11, [gif_frame(index, clear=3)], table))
    put("two_frames.gif", gif(13, 11, [gif_frame(index), gif_frame(index[::-1])], table))
    put("large.gif", gif(60, 40, [gif_frame(indices(60, 40, 200) // 100, bits=8)], colours(256)))
    put("bad_short.gif", gif(13, 11, [gif_frame(index, keep=40)], table), "truncated")


# --- TGA, PNM

def tga(w, h, kind, bits, data, descriptor=0, table=b"", first=0, n_table=0, table_bits=0, ident=b""):
    return struct.pack("<BBBHHBHHHHBB", len(ident), n_table > 0, kind, first, n_table, table_bits, 0, 0, w, h, bits,
                       descriptor) + ident + table + data


def tgas():
    rgb = picture(9, 5)
    runs = b"".join(bytes([0x83]) + rgb[y, 0].tobytes() + bytes([4]) + rgb[y, 4:].tobytes() for y in range(5))
    across = bytes([30]) + rgb.tobytes()[:93] + bytes([13]) + rgb.tobytes()[93:]  # Pillow refuses runs that do this
    for descriptor, name in ((0x00, "lower_left"), (0x10, "lower_right"), (0x20, "upper_left"), (0x30, "upper_right")):
        put("%s.tga" % name, tga(9, 5, 2, 24, rgb.tobytes(), descriptor))
        put("%s_runs.tga" % name, tga(9, 5, 10, 24, runs, descriptor, ident=b"ident"))
    put("runs_across_rows.tga", tga(9, 5, 10, 24, across, 0x20))
    put("rgba.tga", tga(9, 5, 2, 32, picture(9, 5, 4).tobytes(), 0x28))
    put("grey.tga", tga(9, 5, 3, 8, plane(9, 5, 1).tobytes(), 0x10))
    put("grey_alpha.tga", tga(9, 5, 3, 16, picture(9, 5, 2).tobytes(), 0x28))
    put("bits_16.tga", tga(9, 5, 2, 16, picture(9, 5, 2).tobytes(), 0x20))
    low = indices(9, 5, 20).astype(np.uint8)
    put("palette_24.tga", tga(9, 5, 1, 8, low.tobytes(), 0x20, colours(20).tobytes(), 0, 20, 24))
    put("palette_24_first.tga", tga(9, 5, 1, 8, (low + 5).tobytes(), 0x20, colours(20).tobytes(), 5, 20, 24))
    put("palette_24_beyond.tga", tga(9, 5, 1, 8, (low * 9).tobytes(), 0x20, colours(20).tobytes(), 0, 20, 24),
        like=tga(9, 5, 1, 8, (low * 9).tobytes(), 0x20, colours(20, black=236).tobytes(), 0, 256, 24))
    put("palette_16.tga", tga(9, 5, 1, 8, low.tobytes(), 0x00, noise(40, 3).tobytes(), 0, 20, 16))
    put("bad_cut.tga", tga(9, 5, 2, 24, rgb.tobytes()[:-1]), "truncated")
    put("bad_cut_runs.tga", tga(9, 5, 10, 24, runs[:-1]), "truncated")


def pnms():
    bits, grey, rgb = indices(9, 5, 2), plane(9, 5, 2), picture(9, 5)

    def text(values):
        return b" ".join(b"%d" % v for v in values.ravel())
    put("p1.pbm", b"P1\n# bits\n9 5\n" + text(bits) + b"\n")
    put("p1_tight.pbm", b"P1 9 5\n" + text(bits).replace(b" ", b""))
    put("p4.pbm", b"P4\n9 5\n" + b"".join(packed(bits[:, :, None], 1)))
    put("p2.pgm", b"P2 9 5 100\n" + text(grey % 101))
    put("p3.ppm", b"P3 9 5 # size\n37\n" + text(rgb % 38))
    put("p5.pgm", b"P5 9 5 255\n" + grey.tobytes())
    put("p5_37.pgm", b"P5 9 5 37\n" + (grey % 38).tobytes())
    put("p6.ppm", b"P6\n9\t5\n255\n" + rgb.tobytes())
    put("p6_100.ppm", b"P6 9 5 100\n" + (rgb % 101).tobytes())
    put("p6_65535.ppm", b"P6 9 5 65535\n" + picture(18, 5).tobytes())
    put("p6_1000.ppm", b"P6 9 5 1000\n" + (picture(9, 5).astype(">u2") * 3).tobytes())
    put("bad_cut.ppm", b"P6 9 5 255\n" + rgb.tobytes()[:-1], "truncated")
    put("bad_cut.pbm", b"P4 9 5\n" + bytes(9), "truncated")
    put("bad_pam.pnm", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\n\0", "")


# --- WebP

def webp(samples, **options):
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "WEBP", **options)
    return stream.getvalue()


def riff(chunks):
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(d)) + d + bytes(len(d) % 2) for k, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunks_of(data):
    out, i = [], 12
    while i < len(data):
        n = struct.unpack("<I", data[i + 4:i + 8])[0]
        out.append((data[i:i + 4], data[i + 8:i + 8 + n]))
        i += 8 + n + n % 2
    return out


def animation(w, h, frames):
    def three(v):
        return struct.pack("<I", v)[:3]
    out = [(b"VP8X", b"\x12\0\0\0" + three(w - 1) + three(h - 1)), (b"ANIM", b"\x20\x80\xff\xff\0\0")]
    for x, y, fw, fh, data in frames:
        kept = [c for c in chunks_of(data) if c[0] in (b"ALPH", b"VP8 ", b"VP8L")]
        out.append((b"ANMF", three(x // 2) + three(y // 2) + three(fw - 1) + three(fh - 1) + three(100) + b"\0"
                    + riff(kept)[12:]))
    return riff(out)


def webps():
    rgb, rgba = picture(), picture(channels=4)
    put("lossy.webp", webp(rgb, quality=70))
    put("lossy_q5.webp", webp(picture(40, 33, seed=2), quality=5))
    put("lossy_1x1.webp", webp(rgb[:1, :1], quality=70))
    put("lossy_17x1.webp", webp(rgb[:1, :17], quality=90))
    put("lossy_3x16.webp", webp(rgb[:16, :3], quality=90))
    put("lossless.webp", webp(rgb, lossless=True))
    put("lossless_palette.webp", webp(colours(16)[indices(W, H, 16)], lossless=True))
    put("lossless_alpha.webp", webp(rgba, lossless=True, exact=True))
    put("lossless_1x1.webp", webp(rgb[:1, :1], lossless=True))
    put("lossy_alpha.webp", webp(rgba, quality=60))
    put("exif_icc.webp", webp(rgb, quality=60, exif=exif(6)[1], icc_profile=b"profile"))
    turned = webp(rgb[::-1], quality=70)
    put("animated.webp", animation(W, H, [(0, 0, W, H, webp(rgb, quality=70)), (0, 0, W, H, turned)]))
    for name, frame_of in (("lossy", webp(rgb, quality=70)), ("alpha", webp(rgba, quality=60)),
                           ("lossless", webp(rgba, lossless=True, exact=True))):
        put("small_frame_%s.webp" % name, animation(34, 25, [(4, 6, W, H, frame_of), (0, 0, W, H, frame_of)]))
    put("bad_cut.webp", webp(rgb, quality=70)[:-20], "truncated")
    kind, body = chunks_of(webp(rgb, lossless=True))[0]
    put("bad_cut_inside.webp", riff([(kind, body[:len(body) // 2])]), "")


def main():
    warnings.simplefilter("ignore")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    for make in (jpeg_samplings, jpeg_codings, jpeg_colours, jpeg_oddities, pngs, bmps, gifs, tgas, pnms, webps):
        make()
    with open(os.path.join(HERE, "pixels.txt"), "w") as f:
        f.write("# Made by make_pixels.py with Pillow %s, libjpeg-turbo %s, libwebp %s; do not edit.\n" % (
            Image.__version__, features.version("libjpeg_turbo"), features.version("webp")))
        f.writelines(sorted(lines))


main()
