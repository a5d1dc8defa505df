#!/usr/bin/env python3
"""Writes adm_fp16_expected.h: precision and recall in guided-diffusion's half-precision arithmetic, by NumPy's float16,
of the features that metrics_fixture.c generates.

    python3 tests/data/make_adm_fp16_data.py > tests/data/adm_fp16_expected.h
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_metrics_data import features  # noqa: E402


def distances(u, v, kind):
    """evaluator.py, _batch_pairwise_distances; each sum is of doubles and rounded once."""
    u, v = u.astype(kind), v.astype(kind)
    wide = [x.astype(np.float64) for x in (u, v)]
    norm = [np.square(x).astype(np.float64).sum(1).astype(kind) for x in (u, v)]
    product = (wide[0] @ wide[1].T).astype(kind)
    return np.maximum(norm[0][:, None] - kind(2) * product + norm[1][None, :], kind(0)).astype(np.float32)


def blocked(u, v, block):
    """DistanceBlock: a block with a value that is not finite is done again in float32. Also: how many those are."""
    out, again = np.empty((len(u), len(v)), np.float32), 0
    for i in range(0, len(u), block):
        for j in range(0, len(v), block):
            d = distances(u[i:i + block], v[j:j + block], np.float16)
            if not np.isfinite(d).all():
                d = distances(u[i:i + block], v[j:j + block], np.float32)
                again += 1
            out[i:i + block, j:j + block] = d
    return out, again


def precision_recall(real, gen, k, block):
    radius = [np.partition(blocked(x, x, block)[0], k, axis=1)[:, k] for x in (real, gen)]
    d, again = blocked(real, gen, block)
    out = []
    for inside in (np.less_equal, np.less):
        out += [inside(d, radius[0][:, None]).any(0).mean(), inside(d, radius[1][None, :]).any(1).mean()]
    return out + [again]


def main():
    np.seterr(all="ignore")
    print("/* Written by tests/data/make_adm_fp16_data.py (NumPy %s): precision and recall with <=, with <, and how many\n"
          " * blocks of the two sets float16 cannot hold. */" % np.__version__)
    real, gen = features(300, 96, 1, 0.0), features(410, 96, 2, 1.0)
    far = real.copy()
    far[250:] *= np.float32(64)
    cases = (("WHOLE", real, gen, 10000), ("BLOCKS", real, gen, 70), ("LARGE", real * np.float32(200), gen * np.float32(200), 70),
             ("MIXED", far, gen, 100))
    for name, a, b, block in cases:
        for k in (3, 5):
            values = precision_recall(a, b, k, block)
            print("#define EXPECTED_ADM_%s_%d \\\n    {%s}" % (name, k, ", ".join(float(v).hex() for v in values)))


main()
