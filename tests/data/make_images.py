"""Writes images/: one small file of each kind, and image_data.h: what Pillow reads from them, for test_decode.c.

python3 make_images.py (needs numpy, PIL). Sixteen-bit pictures are reduced to their high bytes here, as our
decoder does.
"""
import os
import struct
import zlib
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "images")
H, W = 17, 23
os.makedirs(OUT, exist_ok=True)
rows = []


def path(name):
    return os.path.join(OUT, name)


def picture(channels):
    y, x = np.mgrid[0:H, 0:W]
    planes = [(x * 11 + y * 3) % 256, (y * 15) % 256, (255 - x * 5 - y * 4) % 256, (x * y * 7) % 256]
    return np.stack(planes[:channels], -1).astype(np.uint8)


def note(name, flags, rgb=None):
    if rgb is None:
        rgb = np.asarray(Image.open(path(name)).convert("RGB"))
    crc = zlib.crc32(rgb.tobytes())
    rows.append('    {"%s", %d, %d, 0x%08xu, %s},\n' % (name, rgb.shape[0], rgb.shape[1], crc,
                                                       " | ".join("BF_IMAGE_" + f for f in flags) or "0"))


def png(name, h, w, depth, colour, scanlines, extra=b"", interlace=0):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with open(path(name), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace))
                + extra + chunk(b"IDAT", zlib.compress(scanlines, 9)) + chunk(b"IEND", b""))


def adam7(rgb):
    out = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = rgb[y0::dy, x0::dx]
        if part.size:
            out += b"".join(b"\0" + row.tobytes() for row in part)
    return out


def main():
    rgb, rgba = picture(3), picture(4)
    grey = rgb[:, :, 0]
    rgb_image = Image.fromarray(rgb)

    rgb_image.save(path("rgb.png"), optimize=True); note("rgb.png", [])
    Image.fromarray(grey).save(path("grey.png")); note("grey.png", ["GREY"])
    Image.fromarray(rgba).save(path("rgba.png")); note("rgba.png", ["ALPHA"])
    Image.fromarray(rgba[:, :, [0, 3]], "LA").save(path("grey_alpha.png")); note("grey_alpha.png", ["GREY", "ALPHA"])
    Image.fromarray(grey).convert("1").save(path("bits.png")); note("bits.png", ["GREY"])
    palette = rgb_image.quantize(31)
    palette.save(path("palette.png")); note("palette.png", [])
    palette.save(path("palette_trns.png"), transparency=bytes([0, 128, 255]))
    note("palette_trns.png", ["ALPHA"], np.asarray(palette.convert("RGB")))
    rgb_image.save(path("rgb_trns.png"), transparency=tuple(int(v) for v in rgb[3, 4]))
    note("rgb_trns.png", ["ALPHA"], rgb)
    deep = (rgb.astype(">u2") << 8) + ((rgb.astype(np.uint16) * 77) & 255)
    deep = deep.astype(">u2")
    png("rgb16.png", H, W, 16, 2, b"".join(b"\0" + r.tobytes() for r in deep)); note("rgb16.png", ["16BIT"], rgb)
    png("grey16.png", H, W, 16, 0, b"".join(b"\0" + r.tobytes() for r in deep[:, :, 0]))
    note("grey16.png", ["GREY", "16BIT"], np.repeat(grey[:, :, None], 3, 2))
    png("interlaced.png", H, W, 8, 2, adam7(rgb), interlace=1); note("interlaced.png", [])

    rgb_image.save(path("rgb.jpg"), quality=92); note("rgb.jpg", ["LOSSY"])
    rgb_image.save(path("full.jpg"), quality=95, subsampling=0); note("full.jpg", ["LOSSY"])
    rgb_image.save(path("progressive.jpg"), quality=90, progressive=True)
    note("progressive.jpg", ["LOSSY"])
    Image.fromarray(grey).save(path("grey.jpg"), quality=90); note("grey.jpg", ["GREY", "LOSSY"])

    rgb_image.save(path("rgb.bmp")); note("rgb.bmp", [])
    Image.fromarray(grey).save(path("palette.bmp")); note("palette.bmp", ["GREY"])

    with open(path("raw.ppm"), "wb") as f:
        f.write(b"P6\n# a comment\n%d %d\n255\n" % (W, H) + rgb.tobytes())
    note("raw.ppm", [])
    with open(path("raw.pgm"), "wb") as f:
        f.write(b"P5 %d %d 255\n" % (W, H) + grey.tobytes())
    note("raw.pgm", ["GREY"])
    small = (rgb // 3).astype(np.uint8)                             # maxval 85: times 3 is exact
    with open(path("maxval.ppm"), "wb") as f:
        f.write(b"P6 %d %d 85\n" % (W, H) + small.tobytes())
    note("maxval.ppm", [], (small.astype(int) * 3).astype(np.uint8))
    with open(path("deep.ppm"), "wb") as f:
        f.write(b"P6 %d %d 65535\n" % (W, H) + deep.tobytes())
    note("deep.ppm", ["16BIT"])
    with open(path("plain.pnm"), "wb") as f:
        f.write(b"P3\n%d %d # sizes\n255\n" % (W, H) + b" ".join(b"%d" % v for v in rgb.ravel()) + b"\n")
    note("plain.pnm", [], rgb)

    rgb_image.save(path("rgb.tga")); note("rgb.tga", [])
    rgb_image.save(path("runs.tga"), compression="tga_rle"); note("runs.tga", [])
    Image.fromarray(rgba).save(path("rgba.tga")); note("rgba.tga", ["ALPHA"])
    Image.fromarray(grey).save(path("grey.tga")); note("grey.tga", ["GREY"])

    palette.save(path("one.gif")); note("one.gif", [])
    palette.save(path("interlaced.gif"), interlace=1); note("interlaced.gif", [])
    palette.save(path("transparent.gif"), transparency=3)
    note("transparent.gif", ["ALPHA"], np.asarray(palette.convert("RGB")))
    other = rgb_image.transpose(Image.FLIP_LEFT_RIGHT).quantize(31)
    palette.save(path("two.gif"), save_all=True, append_images=[other], duration=100)
    note("two.gif", ["ANIMATED"])

    with open(os.path.join(HERE, "image_data.h"), "w") as f:
        f.write("/* Made by make_images.py; do not edit. crc: CRC-32 of the RGB bytes. */\n"
                "#include \"tools/sets/set.h\"\n\nstatic const struct {\n    const char *name;\n    size_t h, w;\n    uint32_t crc;\n    unsigned flags;\n"
                "} image_data[] = {\n%s};\n" % "".join(rows))


main()
