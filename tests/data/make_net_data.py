"""Writes the data of tests/engine/net/test_net.c and test_fold.c next to this file.

    python3 make_net_data.py GOLDEN_DIR     (needs numpy and PIL)

GOLDEN_DIR holds features_synth1.npz, what a PyTorch Inception-v3 in float64 with the weights synth:1 makes of the pictures in
GOLDEN_DIR/images, as arrays "variant/preset/tap" [picture][value]. Kept here: the two smallest pictures (as .ppm) and

    net_features.txt   one block per variant, preset, picture and tap: a line "variant preset picture tap size step", then every
                       step-th value. Tap 2048 of preset tf1 is complete, the rest is thinned.
    fold_cases.txt     batch norms and weights folded in exact rational arithmetic, rounded where engine/ops/fold.h says.
"""
import math
import os
import random
import struct
import sys
from fractions import Fraction

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = ["plasma_32x32", "discs_64x48"]
STEPS = {"64": 1, "192": 3, "768": 7, "2048": 8, "spatial": 2, "logits": 5, "logits_unbiased": 5}


def net_features(golden):
    z = np.load(os.path.join(golden, "features_synth1.npz"))
    names = [str(n) for n in z["names"]]
    with open(os.path.join(HERE, "net_features.txt"), "w") as f:
        for key in sorted(k for k in z.files if k.count("/") == 2):
            variant, preset, tap = key.split("/")
            for picture in PICTURES:
                values = z[key][names.index(picture)]
                step = 1 if preset == "tf1" and tap == "2048" and variant == "fid" else STEPS[tap]
                f.write("%s %s %s %s %d %d\n" % (variant, preset, picture, tap, len(values), step))
                kept = ["%.10g" % v for v in values[::step]]
                for i in range(0, len(kept), 10):
                    f.write(" ".join(kept[i:i + 10]) + "\n")


def pictures(golden):
    for name in PICTURES:
        image = Image.open(os.path.join(golden, "images", name + ".png")).convert("RGB")
        image.save(os.path.join(HERE, "net_%s.ppm" % name))


def to_float(x):
    """Rounds a double to float32."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


def fold_cases():
    rng = random.Random(3)
    with open(os.path.join(HERE, "fold_cases.txt"), "w") as f:
        f.write("# gamma beta mean var weight -> scale (double), bias, folded weight\n")
        for case in range(64):
            size = 10.0 ** rng.randint(-6, 6) if case % 4 == 3 else 1.0
            gamma, beta, mean, weight = (to_float(rng.uniform(-2, 2) * size) for _ in range(4))
            var = to_float(rng.uniform(0, 2) * size) if case % 8 else 0.0
            gamma = 1.0 if case % 16 == 5 else gamma      # the case that is also run without gamma
            scale = gamma / math.sqrt(var + 0.001)         # each step is correctly rounded by IEEE 754
            bias = to_float(float(Fraction(-mean) * Fraction(scale) + Fraction(beta)))
            folded = to_float(weight * scale)
            f.write(" ".join(float.hex(v) for v in (gamma, beta, mean, var, weight, scale, bias, folded)) + "\n")


if __name__ == "__main__":
    net_features(sys.argv[1])
    pictures(sys.argv[1])
    fold_cases()
