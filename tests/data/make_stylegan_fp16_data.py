#!/usr/bin/env python3
"""Writes stylegan_fp16_expected.h: precision and recall as StyleGAN's pr50k3_full computes them on a GPU, by PyTorch on a
CPU, of the features that metrics_fixture.c generates.

    python3 tests/data/make_stylegan_fp16_data.py > tests/data/stylegan_fp16_expected.h

PyTorch has no half-precision cdist on CPUs. Here are the steps of its code for CUDA, each with its result in half: squares,
their sums, the matrix product, which cuBLAS adds up in float32, and the root. The second row of figures has the product in
float64 instead, rounded once, which is the order that metrics/manifold/stylegan_fp16.c has: these must be equal.
"""
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_metrics_data import features  # noqa: E402

CASES = (("SMALL", 300, 410, 96, 1.0), ("LARGE", 2000, 1500, 40, 0.5), ("WIDE", 250, 300, 4096, 1.0))


def norm(x):
    """x.pow(2).sum(-1, keepdim=True): the square is rounded to half, the sum is of floats and then rounded."""
    return (x.float() * x.float()).half().double().sum(-1, keepdim=True).half()


def cdist(u, v, kind):
    """ATen/native/Distance.cpp, _euclidean_dist: the product of [-2 u, |u|^2, 1] and [v, 1, |v|^2]."""
    nu, nv = norm(u), norm(v)
    left = torch.cat([(u.float() * -2).half(), nu, torch.ones_like(nu)], -1)
    right = torch.cat([v, torch.ones_like(nv), nv], -1)
    squared = (left.to(kind) @ right.to(kind).T).half().float().clamp_min(0)
    return squared.sqrt().half()


def precision_recall(real, gen, k, kind, block=10000):
    """metrics/precision_recall.py, compute_pr: precision, recall with <=, then with < (which StyleGAN has not)."""
    out = []
    for inside in (torch.le, torch.lt):
        for manifold, probes in ((real, gen), (gen, real)):
            kth = torch.cat([cdist(rows, manifold, kind).float().kthvalue(k + 1).values.half()
                             for rows in manifold.split(block)])
            hit = [inside(cdist(rows, manifold, kind).float(), kth.float()).any(1) for rows in probes.split(block)]
            out.append(torch.cat(hit).double().mean().item())
    return out


def main():
    print("/* Written by tests/data/make_stylegan_fp16_data.py (PyTorch %s): precision and recall with <=, with <; the matrix\n"
          " * product in float32, in float64. */" % torch.__version__.split("+")[0])
    for name, n_real, n_gen, d, shift in CASES:
        real, gen = (torch.from_numpy(features(n, d, seed, at)).half()
                     for n, seed, at in ((n_real, 1, 0.0), (n_gen, 2, shift)))
        for k in (3, 5):
            rows = (precision_recall(real, gen, k, kind) for kind in (torch.float32, torch.float64))
            text = ", ".join("\\\n     {%s}" % ", ".join(float(v).hex() for v in row) for row in rows)
            print("#define EXPECTED_STYLEGAN_%s_%d \\\n    {%s}" % (name, k, text.replace("\\\n     ", "", 1)))


main()
