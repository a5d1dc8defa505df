"""Writes vgg16_features.txt, for tests/engine/net/test_vgg16.c, next to this file.

    python3 make_vgg16_data.py VGG16.npz     (needs numpy)

VGG16.npz holds what a PyTorch VGG-16 in float64 with the weights synth:1 makes of pictures, as arrays "preset/tap"
[picture][value], and their names. Kept are the two pictures that tests/data has: one block per picture and tap, a line
"picture tap size step", then every step-th value. The tap "input" is rows and columns 0, 16, 32, ... of the network's input.
"""
import os
import sys

import numpy as np

PICTURES = ["plasma_32x32", "discs_64x48"]
STEPS = {"fc1_relu": 8, "fc2": 4, "fc2_relu": 1, "input": 1}


def main():
    z = np.load(sys.argv[1])
    names = [str(n) for n in z["names"]]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vgg16_features.txt")
    with open(path, "w") as f:
        for tap in sorted(STEPS):
            for picture in PICTURES:
                index = names.index(picture)
                if index >= len(z["tf1/" + tap]):  # some taps are of the first picture only
                    continue
                values = z["tf1/" + tap][index].ravel()
                f.write("%s %s %d %d\n" % (picture, tap, len(values), STEPS[tap]))
                kept = ["%.10g" % v for v in values[::STEPS[tap]]]
                for i in range(0, len(kept), 10):
                    f.write(" ".join(kept[i:i + 10]) + "\n")


main()
