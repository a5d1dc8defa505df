"""Writes vit_features.txt and vit_positions.txt, for tests/engine/net/test_vit.c and test_vit_positions.c, next to this file.

    python3 make_vit_data.py GOLDEN_DIR     (needs numpy)

GOLDEN_DIR holds, for each network, NETWORK.npz: what a PyTorch transformer in float64 with the weights synth:1 makes of
pictures, as arrays "preset/tap" [picture][value], and their names. Kept are the two pictures that tests/data has:

    vit_features.txt    one block per network, preset, picture and tap: a line "network preset picture tap size step", then
                        every step-th value. The tap "input" is rows and columns 0, 16, 32, ... of the network's input.
    vit_positions.txt   positions of DINOv2's networks, drawn as synth:1 is for 64 channels and brought from 37 x 37 to
                        16 x 16 in double, as its models do it without registers ("cubic", a scale factor of 16.1 / 37) and
                        with them ("antialiased"): lines "way row column channel value".
"""
import math
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = ["plasma_32x32", "discs_64x48"]
# Presets and taps by their names here and there; every step-th value.
PRESETS = {"tf1": "tf1", "dgm": "dgm", "dgm-clean": "dgm-clean", "edm2": "edm2", "openai": "clip", "cmmd": "cmmd"}
TAPS = {"dinov2": {"out": ("cls", 2), "input": ("input", 4)},
        "clip": {"out": ("embedding", 2), "pooled": ("pooled", 4), "input": ("input", 4)}}
SMALL = {"dinov2-vits14", "clip-vit-b-32"}  # of the others half as many values, and no input that these have too


def features(golden):
    with open(os.path.join(HERE, "vit_features.txt"), "w") as f:
        for file in sorted(os.listdir(golden)):
            network, family = file[:-4], file.split("-")[0]
            if not file.endswith(".npz") or family not in TAPS:
                continue
            z = np.load(os.path.join(golden, file))
            names = [str(n) for n in z["names"]]
            for key in sorted(z.files):
                preset, _, tap = key.partition("/")
                if preset not in PRESETS or tap not in TAPS[family]:
                    continue
                called, step = TAPS[family][tap]
                if network not in SMALL:
                    step *= 2
                    if called == "input" and preset != "cmmd":
                        continue
                for picture in PICTURES:
                    values = z[key][names.index(picture)].ravel()
                    f.write("%s %s %s %s %d %d\n" % (network, PRESETS[preset], picture, called, len(values), step))
                    kept = ["%.9g" % v for v in values[::step]]
                    for i in range(0, len(kept), 10):
                        f.write(" ".join(kept[i:i + 10]) + "\n")


# ---- positions ---------------------------------------------------------------------------------------------------
SIDE, TO, WIDTH = 37, 16, 64
PLACES = [(0, 0), (0, 1), (1, 0), (3, 7), (8, 8), (12, 2), (15, 14), (15, 15)]
CHANNELS = [0, 17, 63]


def drawn(name, n, amplitude):
    """The first n values of a tensor of synth:1 (engine/flat/FORMAT.md), exactly as floats."""
    mask = (1 << 64) - 1
    state, values = 0xcbf29ce484222325, []
    for byte in ("1:" + name).encode():
        state = (state ^ byte) * 0x100000001b3 & mask
    for _ in range(n):
        state = state + 0x9E3779B97F4A7C15 & mask
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        z ^= z >> 31
        values.append((2 * (z >> 40) - (1 << 24)) * 2.0 ** -24 * amplitude)
    return values


def keys(x, a):
    x = abs(x)
    if x <= 1:
        return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1
    return a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a if x < 2 else 0.0


def cubic(i):
    """Weights of the 37 positions of an axis for position i of 16: borders repeated."""
    w = [0.0] * SIDE
    at = (i + 0.5) * SIDE / (TO + 0.1) - 0.5
    for tap in range(math.floor(at) - 1, math.floor(at) + 3):
        w[min(max(tap, 0), SIDE - 1)] += keys(at - tap, -0.75)
    return w


def antialiased(i):
    """The same, widened by 37 / 16, cut at the border and divided by the sum."""
    scale = SIDE / TO
    centre = scale * (i + 0.5)
    first, end = max(int(centre - 2 * scale + 0.5), 0), min(int(centre + 2 * scale + 0.5), SIDE)
    w = [keys((j - centre + 0.5) / scale, -0.5) if first <= j < end else 0.0 for j in range(SIDE)]
    return [v / sum(w) for v in w]


def positions():
    stored = np.array(drawn("pos_embed", (1 + SIDE * SIDE) * WIDTH, 0.5)).reshape(1 + SIDE * SIDE, WIDTH)[1:]
    stored = stored.reshape(SIDE, SIDE, WIDTH)
    with open(os.path.join(HERE, "vit_positions.txt"), "w") as f:
        for way in (cubic, antialiased):
            for row, column in PLACES:
                values = np.einsum("i,j,ijc->c", way(row), way(column), stored)
                for c in CHANNELS:
                    f.write("%s %d %d %d %.12g\n" % (way.__name__, row, column, c, values[c]))


features(sys.argv[1])
positions()
