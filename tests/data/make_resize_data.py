"""Writes resize_data.h: what NumPy, PyTorch and Pillow make of some pictures, for tests/engine/resize/test_resize.c.

python3 make_resize_data.py [GOLDEN.npz] (needs numpy, torch, PIL). GOLDEN.npz, when given, holds input/PRESET arrays of
every 13th pixel; the figures for the pictures in resize/ are compared with it.
"""
import os
import sys
import zlib
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [(1, 1), (2, 5), (32, 32), (48, 64), (299, 299), (299, 100), (100, 299), (298, 300), (256, 256), (600, 299),
         (1500, 2), (375, 500), (700, 901)]
FILES = ["plasma_32x32", "discs_64x48", "checker_500x375"]
N = 40
# Pictures of which presets on bytes make bytes: both ways of lying, sides of one pixel, sides that are right already, and
# crops of halves of pixels that Python rounds down (301) and up (303).
BYTES_SIZES = [(1, 1), (1, 5), (7, 1), (2, 2), (32, 32), (48, 64), (64, 48), (224, 224), (224, 301), (303, 224), (223, 225),
               (225, 224), (225, 449), (336, 500), (375, 500), (500, 375), (901, 702), (1500, 33)]
BYTES_SIDES = (224, 336)


def noise(h, w):
    """The same bytes as noise() in test_resize.c."""
    x = np.arange(h * w * 3, dtype=np.uint32)
    x ^= x >> np.uint32(16)
    x = (x * np.uint64(0x7FEB352D)).astype(np.uint32)
    x ^= x >> np.uint32(15)
    x = (x * np.uint64(0x846CA68B)).astype(np.uint32)
    x ^= x >> np.uint32(16)
    return (x & np.uint32(255)).astype(np.uint8).reshape(h, w, 3)


def tf1(img):
    x = img.astype(np.float32)
    if x.shape[:2] != (299, 299):
        def axis(n):
            at = np.arange(299, dtype=np.float32) * (np.float32(n) / np.float32(299))
            lo = np.floor(at).astype(int)
            return lo, np.minimum(lo + 1, n - 1), at - lo.astype(np.float32)
        (y0, y1, fy), (x0, x1, fx) = axis(x.shape[0]), axis(x.shape[1])
        fx, fy = fx[None, :, None], fy[:, None, None]
        rows = [x[y][:, x0] + (x[y][:, x1] - x[y][:, x0]) * fx for y in (y0, y1)]
        x = rows[0] + (rows[1] - rows[0]) * fy
    return ((x - np.float32(128)) * np.float32(1 / 128)).transpose(2, 0, 1)


def pytorch_fid(img):
    x = torch.from_numpy((img.astype(np.float32) / np.float32(255)).transpose(2, 0, 1).copy())[None]
    return (2 * F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False) - 1)[0].numpy()


def clean(img):
    out = []
    for c in range(3):
        channel = Image.fromarray(img[:, :, c].astype(np.float32), mode="F")
        out.append(np.asarray(channel.resize((299, 299), Image.BICUBIC)).clip(0, 255))
    return (np.stack(out) - np.float32(128)) / np.float32(128)


def pil_float(img, how):
    """Channels as floats through Pillow, not clipped."""
    channels = [Image.fromarray(img[:, :, c].astype(np.float32), mode="F") for c in range(3)]
    return np.stack([np.asarray(c.resize((299, 299), how)) for c in channels])


def torchmetrics(img):
    x = torch.from_numpy(img.astype(np.float32).transpose(2, 0, 1).copy())[None]
    x = F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False, antialias=True)
    return ((x - 128) / 128)[0].numpy()


def edm2(img):
    x = torch.from_numpy(img.astype(np.float32).transpose(2, 0, 1).copy())[None]
    x = F.interpolate(x, size=(299, 299), mode="bicubic", antialias=True)
    return ((x - 128) / 128)[0].numpy()


def dgm_bytes(img, side):
    return np.asarray(Image.fromarray(img).resize((side, side), Image.BICUBIC))


def clip_bytes(img, side):
    """torchvision's Resize, then its CenterCrop."""
    h, w = img.shape[:2]
    to_w, to_h = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
    y = np.asarray(Image.fromarray(img).resize((to_w, to_h), Image.BICUBIC))
    top, left = int(round((to_h - side) / 2.0)), int(round((to_w - side) / 2.0))
    return y[top:top + side, left:left + side]


def cmmd_bytes(img, side):
    h, w = img.shape[:2]
    n = min(h, w)
    left, top = (w - n) // 2, (h - n) // 2
    return np.asarray(Image.fromarray(img).crop((left, top, left + n, top + n)).resize((side, side), Image.BICUBIC))


BYTES_PRESETS = [("dgm", dgm_bytes), ("clip", clip_bytes), ("cmmd", cmmd_bytes)]


def studiogan_scale(x):
    return ((torch.from_numpy(np.ascontiguousarray(x)) / 255.0 - 0.5) / 0.5).numpy()


def studiogan_legacy(img):
    x = torch.from_numpy(img.astype(np.float32).transpose(2, 0, 1).copy())[None]
    x = F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)
    return studiogan_scale(x[0].numpy().clip(0, 255))


def studiogan_clean(img):
    return studiogan_scale(pil_float(img, Image.BICUBIC))


def studiogan_friendly(img):
    return studiogan_scale(pil_float(img, Image.BILINEAR))


PRESETS = [("tf1", tf1), ("pytorch-fid", pytorch_fid), ("clean", clean), ("torchmetrics-1.8", torchmetrics),
           ("studiogan-legacy", studiogan_legacy), ("studiogan-clean", studiogan_clean),
           ("studiogan-friendly", studiogan_friendly)]
LATER_PRESETS = [("edm2", edm2)]
# PyTorch's own rounding differs from machine to machine.
CLOSE = ("pytorch-fid", "torchmetrics-1.8", "studiogan-legacy", "edm2")


def text(v):
    """A float32 as a C hexadecimal constant without trailing zeros."""
    mantissa, exponent = float(v).hex().split("p")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + "p" + exponent + "f"


def samples(y):
    """N values of planes y, in lines."""
    lines, line = [], ""
    for k in range(N):
        v = text(y[k % 3, 13 * (k * 5 % 23), 13 * (k * 7 % 23)])
        if len(line) + len(v) > 98:
            lines.append(line)
            line = ""
        line += (" " if line else "") + v + ","
    return "\n     ".join(lines + [line])


def float_rows(pictures, presets, golden):
    rows = []
    for name, img in pictures:
        for preset, function in presets:
            y = np.ascontiguousarray(function(img), np.float32)
            if golden is not None and name is not None and "input/" + preset in golden:
                row = list(golden["names"]).index(name)
                difference = np.abs(golden["input/" + preset][row] - y[:, ::13, ::13]).max()
                assert difference <= (3e-7 if preset == "pytorch-fid" else 0), (name, preset, difference)
            crc = 0 if preset in CLOSE else zlib.crc32(y.astype("<f4").tobytes())
            file = '"tests/data/resize/%s.png"' % name if name else "NULL"
            rows.append("    {%s, %d, %d, \"%s\", 0x%08xu, {\n     %s}},\n"
                        % (file, img.shape[0], img.shape[1], preset, crc, samples(y)))
    return rows


def bytes_rows():
    rows = []
    for side in BYTES_SIDES:
        for h, w in BYTES_SIZES:
            crcs = [zlib.crc32(np.ascontiguousarray(f(noise(h, w), side)).tobytes()) for _, f in BYTES_PRESETS]
            rows.append("    {%d, %d, %d, {%s}},\n" % (side, h, w, ", ".join("0x%08xu" % c for c in crcs)))
    return rows


def main():
    golden = np.load(sys.argv[1]) if len(sys.argv) > 1 else None
    pictures = [(None, noise(h, w)) for h, w in SIZES]
    pictures += [(f, np.asarray(Image.open("%s/resize/%s.png" % (HERE, f)).convert("RGB"))) for f in FILES]
    rows = float_rows(pictures, PRESETS, golden) + float_rows(pictures, LATER_PRESETS, golden)
    with open(os.path.join(HERE, "resize_data.h"), "w") as f:
        f.write("/* Made by make_resize_data.py; do not edit. Sample k is plane k %% 3, row 13 * (5k %% 23), column\n"
                " * 13 * (7k %% 23). crc: CRC-32 of all floats, 0 where only closeness is asked for. */\n"
                "enum { RESIZE_SAMPLES = %d };\n"
                "static const struct {\n    const char *file; /* NULL: noise(h, w) */\n    size_t h, w;\n"
                "    const char *preset;\n    uint32_t crc;\n    float sample[RESIZE_SAMPLES];\n"
                "} resize_data[] = {\n%s};\n\n" % (N, "".join(rows)))
        f.write("/* Pillow's bytes [side][side][3] of noise(h, w), by CRC-32. */\n"
                "static const char *const bytes_presets[] = {%s};\n"
                "static const struct {\n    size_t side, h, w;\n    uint32_t crc[%d];\n} bytes_data[] = {\n%s};\n"
                % (", ".join('"%s"' % p for p, _ in BYTES_PRESETS), len(BYTES_PRESETS), "".join(bytes_rows())))


main()
