#!/usr/bin/env python3
"""Writes metrics_expected.h: what NumPy and SciPy say about the data that metrics_fixture.c generates.

    python3 tests/data/make_metrics_data.py > tests/data/metrics_expected.h

The generator is SplitMix64; every arithmetic step below is one IEEE operation per element in the same order as in C,
so both languages hold the same bits.
"""
import numpy as np
import scipy.linalg

MASK = (1 << 64) - 1


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def units(self, count):
        out = np.empty(count)
        for i in range(count):
            self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
            z = self.state
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            out[i] = ((z ^ (z >> 31)) >> 11) * 2.0**-53
        return out


LATENT = 12


def features(n, d, seed, shift):
    """[n][d] float32: rectified mixtures of latent variables with falling weight, plus noise."""
    mix = SplitMix(77).units(LATENT * d).reshape(LATENT, d) - 0.5
    rng = SplitMix(seed)
    out = np.empty((n, d), np.float32)
    for i in range(n):
        g = rng.units(LATENT) - 0.5
        x = 0.35 + shift * (rng.units(d) * 0.125)
        for k in range(LATENT):
            x = x + (g[k] * (4.0 / (k + 1))) * mix[k]
        out[i] = np.maximum(x, 0.0).astype(np.float32)
    return out


def logits(n, c, seed):
    u = SplitMix(seed).units(n * c).reshape(n, c)
    return ((u - 0.5) * 12.0).astype(np.float32)


def symmetric(n, seed):
    u = SplitMix(seed).units(n * n).reshape(n, n) - 0.5
    low = np.tril(u)
    return low + np.tril(u, -1).T


def fid(a, b):
    """By the nuclear norm of the centred features: no covariance, no matrix root."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    diff = a.mean(0) - b.mean(0)
    a, b = a - a.mean(0), b - b.mean(0)
    na, nb = len(a) - 1, len(b) - 1
    s = scipy.linalg.svdvals(a @ b.T) / np.sqrt(float(na) * nb)
    return diff @ diff + (a * a).sum() / na + (b * b).sum() / nb - 2.0 * s.sum()


def inception_score(x, splits, shuffle, ddof):
    x = x.astype(np.float64)
    if shuffle:
        x = x[np.random.RandomState(2020).permutation(len(x))]
    shifted = x - x.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    p = np.exp(log_p)
    n, scores = len(x), []
    for i in range(splits):
        s = slice(i * n // splits, (i + 1) * n // splits)
        q = p[s].mean(0, keepdims=True)
        scores.append(np.exp((p[s] * (log_p[s] - np.log(q))).sum(1).mean()))
    return np.mean(scores), np.std(scores, ddof=ddof)


def precision_recall(real, gen, k, strict):
    def distances(a, b):
        a, b = a.astype(np.float64), b.astype(np.float64)
        return ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)
    r1 = np.sort(distances(real, real), 1)[:, k]
    r2 = np.sort(distances(gen, gen), 1)[:, k]
    cross = distances(real, gen)
    inside = np.less if strict else np.less_equal
    return inside(cross, r1[:, None]).any(0).mean(), inside(cross, r2[None, :]).any(1).mean()


def line(name, value):
    print("#define %s %s" % (name, float(value).hex()))


def array(name, values):
    text = ["%s" % float(v).hex() for v in values]
    print("static const double %s[%d] = {" % (name, len(text)))
    for i in range(0, len(text), 4):
        print("    " + " ".join(t + "," for t in text[i:i + 4]))
    print("};")


def main():
    print("/* Written by tests/data/make_metrics_data.py (NumPy %s, SciPy %s). */" % (np.__version__, scipy.__version__))
    print("#ifndef METRICS_EXPECTED_H\n#define METRICS_EXPECTED_H\n")
    d = 96
    a, b = features(300, d, 1, 0.0), features(410, d, 2, 1.0)
    line("EXPECTED_FEATURE_SUM", np.float64(a).sum() + np.float64(b).sum())
    line("EXPECTED_FID_FULL_RANK", fid(a, b))
    line("EXPECTED_FID_60_75", fid(a[:60], b[:75]))
    line("EXPECTED_FID_60_410", fid(a[:60], b))
    line("EXPECTED_FID_2_410", fid(a[:2], b))
    line("EXPECTED_FID_HALVES", fid(a[:150], a[150:]))
    sigma = np.cov(a.astype(np.float64), rowvar=False)
    array("expected_sigma_first_row", sigma[0, :8])
    array("expected_mu", a.astype(np.float64).mean(0)[:8])
    root = scipy.linalg.sqrtm(sigma + np.eye(d))
    array("expected_sqrtm_diagonal", np.diag(root)[:8])
    array("expected_eigenvalues", np.linalg.eigvalsh(symmetric(40, 3)))
    x = logits(103, 37, 4)
    for name, args in (("DEFAULT", (10, True, 0)), ("ORDERED", (10, False, 0)), ("ONE", (1, True, 0)),
                       ("DDOF", (7, True, 1))):
        mean, std = inception_score(x, *args)
        line("EXPECTED_IS_%s_MEAN" % name, mean)
        line("EXPECTED_IS_%s_STD" % name, std)
    p, r = precision_recall(a, b, 3, False)
    line("EXPECTED_PRECISION_3", p)
    line("EXPECTED_RECALL_3", r)
    p, r = precision_recall(a, b, 5, True)
    line("EXPECTED_PRECISION_5_STRICT", p)
    line("EXPECTED_RECALL_5_STRICT", r)
    print("\n#endif")


if __name__ == "__main__":
    main()
