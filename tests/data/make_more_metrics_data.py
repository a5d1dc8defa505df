#!/usr/bin/env python3
"""Writes more_metrics_expected.h: what NumPy, SciPy and scikit-learn say about the data that metrics_fixture.c
generates, for the metrics beside FID, Inception Score, precision and recall. Every reference is computed another way than ours wherever there is one.

    python3 tests/data/make_more_metrics_data.py > tests/data/more_metrics_expected.h
"""
import itertools
import math

import numpy as np
import scipy
import scipy.linalg
import scipy.stats
import sklearn
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
import sklearn.metrics.pairwise
import sklearn.neighbors
from scipy.spatial.distance import cdist

LATENT = 12


def units(seed, count):
    """SplitMix64: multiples of 2^-53 in [0, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def features(n, d, seed, shift):
    """fixture_features: rectified mixtures of latent variables with falling weight, plus noise."""
    mix = units(77, LATENT * d).reshape(LATENT, d) - 0.5
    u = units(seed, n * (LATENT + d)).reshape(n, LATENT + d)
    x = 0.35 + shift * (u[:, LATENT:] * 0.125)
    for k in range(LATENT):
        x = x + ((u[:, k] - 0.5) * (4.0 / (k + 1)))[:, None] * mix[k]
    return np.maximum(x, 0.0).astype(np.float32)


def logits(n, c, seed):
    return ((units(seed, n * c).reshape(n, c) - 0.5) * 12.0).astype(np.float32)


def f64(*arrays):
    return [np.asarray(a, np.float64) for a in arrays]


# --- KID -------------------------------------------------------------------------------------------------


def polynomial(x, y, degree=3, gamma=None, coef0=1.0):
    return sklearn.metrics.pairwise.polynomial_kernel(x, y, degree=degree, gamma=gamma, coef0=coef0)


def rbf(x, y, gamma=0.005):
    return np.exp(-gamma * cdist(x, y, "sqeuclidean"))


def mmd2_unbiased(kxx, kyy, kxy):
    m, n = len(kxx), len(kyy)
    return ((kxx.sum() - np.trace(kxx)) / (m * (m - 1)) + (kyy.sum() - np.trace(kyy)) / (n * (n - 1))
            - 2.0 * kxy.mean())


def kid(x, y, subsets, size, kernel=polynomial, seed=2020, **options):
    """torch-fidelity's loop in float64."""
    x, y = f64(x, y)
    rng = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        a = x[rng.choice(len(x), size, replace=False)]
        b = y[rng.choice(len(y), size, replace=False)]
        values.append(mmd2_unbiased(kernel(a, a, **options), kernel(b, b, **options), kernel(a, b, **options)))
    return np.mean(values), np.std(values)


def mean_over_distinct(f, *pools):
    """Mean of f over tuples with distinct entries in each pool: pools are (size, how many indices)."""
    total, count = 0.0, 0
    for parts in itertools.product(*(itertools.permutations(range(n), k) for n, k in pools)):
        total += f(*parts)
        count += 1
    return total / count


def mmd_variance_by_enumeration(kxx, kyy, kxy):
    """Each moment of the Hoeffding decomposition as a mean over all tuples of distinct indices."""
    n, m = kxy.shape

    def first(k, other, n, m):
        return (mean_over_distinct(lambda i: k[i[0], i[1]] * k[i[0], i[2]], (n, 3))
                + mean_over_distinct(lambda i, j: other[i[0], j[0]] * other[i[0], j[1]], (n, 1), (m, 2))
                - 2 * mean_over_distinct(lambda i, j: k[i[0], i[1]] * other[i[0], j[0]], (n, 2), (m, 1))
                - mean_over_distinct(lambda i: k[i[0], i[1]] * k[i[2], i[3]], (n, 4))
                - mean_over_distinct(lambda i, j: other[i[0], j[0]] * other[i[1], j[1]], (n, 2), (m, 2))
                + 2 * mean_over_distinct(lambda i, j: k[i[0], i[1]] * other[i[2], j[0]], (n, 3), (m, 1)))

    def second(k, n):
        return (mean_over_distinct(lambda i: k[i[0], i[1]] ** 2, (n, 2))
                - 2 * mean_over_distinct(lambda i: k[i[0], i[1]] * k[i[0], i[2]], (n, 3))
                + mean_over_distinct(lambda i: k[i[0], i[1]] * k[i[2], i[3]], (n, 4)))

    second_xy = (np.mean(kxy**2)
                 - mean_over_distinct(lambda i, j: kxy[i[0], j[0]] * kxy[i[0], j[1]], (n, 1), (m, 2))
                 - mean_over_distinct(lambda i, j: kxy[i[0], j[0]] * kxy[i[1], j[0]], (n, 2), (m, 1))
                 + mean_over_distinct(lambda i, j: kxy[i[0], j[0]] * kxy[i[1], j[1]], (n, 2), (m, 2)))
    return (4 / n * first(kxx, kxy, n, m) + 4 / m * first(kyy, kxy.T, m, n)
            + 2 / (n * (n - 1)) * second(kxx, n) + 2 / (m * (m - 1)) * second(kyy, m) + 4 / (n * m) * second_xy)


def mmd_variance(kxx, kyy, kxy):
    """The same from sums; checked against the enumeration in write_kid()."""
    first, second = mmd_variance_lines(kxx, kyy, kxy)
    return first + second


def mmd_variance_lines(kxx, kyy, kxy):
    """Its two lines, in extended precision."""
    kxx, kyy, kxy = (np.array(k, np.longdouble) for k in (kxx, kyy, kxy))
    n, m = kxy.shape
    np.fill_diagonal(kxx, 0)
    np.fill_diagonal(kyy, 0)

    def parts(k, other, n, m):
        one = np.ones(n, np.longdouble)
        k1, o1 = k @ one, other.sum(1)
        pair = (k**2).sum()
        chain = (k1 @ k1 - pair) / (n * (n - 1) * (n - 2))
        apart = (k.sum() ** 2 - 4 * (k1 @ k1) + 2 * pair) / (n * (n - 1) * (n - 2) * (n - 3))
        cross = k1 @ o1 / (n * (n - 1) * m)
        cross_apart = (k.sum() * other.sum() - 2 * (k1 @ o1)) / (n * (n - 1) * (n - 2) * m)
        own = (o1 @ o1 - (other**2).sum()) / (n * m * (m - 1))
        return pair / (n * (n - 1)), chain, apart, cross, cross_apart, own

    c1, c2 = kxy.sum(1), kxy.sum(0)
    square = (kxy**2).sum()
    q0 = (kxy.sum() ** 2 - c1 @ c1 - c2 @ c2 + square) / (n * (n - 1) * m * (m - 1))
    px, chx, apx, crx, cax, ox = parts(kxx, kxy, n, m)
    py, chy, apy, cry, cay, oy = parts(kyy, kxy.T, m, n)
    return (4 / n * (chx + ox - 2 * crx - apx - q0 + 2 * cax) + 4 / m * (chy + oy - 2 * cry - apy - q0 + 2 * cay),
            2 / (n * (n - 1)) * (px - 2 * chx + apx) + 2 / (m * (m - 1)) * (py - 2 * chy + apy)
            + 4 / (n * m) * (square / (n * m) - ox - oy + q0))


def kid_full(x, y, kernel=polynomial, variance=mmd_variance, **options):
    x, y = f64(x, y)
    k = kernel(x, x, **options), kernel(y, y, **options), kernel(x, y, **options)
    return mmd2_unbiased(*k), variance(*k)


# --- CMMD ------------------------------------------------------------------------------------------------


def less_one(x, y, sigma):
    """k(x, y) - 1 of every pair, in extended precision from the coordinates."""
    square = np.array([((row - y) ** 2).sum(1) for row in x], np.longdouble)
    return np.expm1(-square / (2 * np.longdouble(sigma) ** 2))


def cmmd(x, y, sigma=10.0, normalise=True):
    """Value, unbiased value and standard error, all pairs one by one."""
    x, y = (np.asarray(a, np.longdouble) for a in (x, y))
    if normalise:
        x, y = (a / np.sqrt((a**2).sum(1, keepdims=True)) for a in (x, y))
    n, m = len(x), len(y)
    k = less_one(x, x, sigma), less_one(y, y, sigma), less_one(x, y, sigma)
    first, second = mmd_variance_lines(k[0] * (1 - 1 / np.longdouble(n)), k[1] * (1 - 1 / np.longdouble(m)), k[2])
    return (1000 * (k[0].mean() + k[1].mean() - 2 * k[2].mean()), 1000 * mmd2_unbiased(*k),
            1000 * np.sqrt(max(first + second, np.longdouble(0.85) * second)))


def cmmd_in_floats(x, y, sigma=10.0):
    """As it is published: float32 throughout, squared distances from products."""
    x, y = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (x, y))
    assert x.dtype == np.float32

    def mean(a, b):
        square = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - np.float32(2) * (a @ b.T)
        return np.exp(-np.float32(1 / (2 * sigma**2)) * square).mean()

    value = np.float32(1000) * (mean(x, x) + mean(y, y) - np.float32(2) * mean(x, y))
    assert value.dtype == np.float32
    return value


# --- neighbours --------------------------------------------------------------------------------------------


def radii(x, k):
    return np.sort(cdist(x, x), 1)[:, k]


def prdc(real, gen, k, strict):
    real, gen = f64(real, gen)
    inside = np.less if strict else np.less_equal
    r, g, d = radii(real, k), radii(gen, k), cdist(real, gen)
    hit = inside(d, r[:, None])
    return (hit.any(0).mean(), inside(d, g[None, :]).any(1).mean(), hit.sum(0).mean() / k,
            inside(d.min(1), r).mean())


def image_scores(real, gen, k):
    real, gen = f64(real, gen)
    r, d = radii(real, k), cdist(real, gen)
    kept = np.where(r <= np.median(r), r, 0.0)
    kept2 = np.where(r**2 <= np.percentile(r**2, 50), r**2, 0.0)
    paper = (kept[:, None] / d).max(0)
    kynkaat = (kept2[:, None] / (d**2 + 1e-5)).max(0)
    below = r < np.median(r)
    dgm = (r[below][:, None] / d[below]).max(0)
    member = (r[:, None] - d) > 0
    rarity = np.where(member, r[:, None], np.inf).min(0)
    rarity[~member.any(0)] = 0.0
    return paper, kynkaat, dgm, rarity, d.min(0), d.argmin(0)


def mifid_distance(a, b):
    """Mean over a of the smallest cosine distance to b."""
    a, b = f64(a, b)
    return (1.0 - np.abs(sklearn.metrics.pairwise.cosine_similarity(a, b))).min(1).mean()


def authpct(train, gen):
    train, gen = f64(train, gen)
    nn = sklearn.neighbors.NearestNeighbors(n_neighbors=2, algorithm="brute").fit(train)
    own = nn.kneighbors(train)[0][:, 1]
    distance, index = nn.kneighbors(gen, n_neighbors=1)
    return 100.0 * np.mean(own[index[:, 0]] < distance[:, 0])


# --- FID, Inception Score and their limits -------------------------------------------------------------------


def fid(a, b):
    """By the nuclear norm of the centred features: no covariance, no matrix root."""
    a, b = f64(a, b)
    diff = a.mean(0) - b.mean(0)
    a, b = a - a.mean(0), b - b.mean(0)
    na, nb = len(a) - 1, len(b) - 1
    s = scipy.linalg.svdvals(a @ b.T) / np.sqrt(float(na) * nb)
    return diff @ diff + (a * a).sum() / na + (b * b).sum() / nb - 2.0 * s.sum()


def inception_score(x):
    x = x.astype(np.float64)
    p = scipy.special.softmax(x, 1)
    return np.exp(np.mean([scipy.stats.entropy(row, p.mean(0)) for row in p]))


def extrapolate(measure, n, n_points, first, seed=2020):
    rng = np.random.RandomState(seed)
    sizes = [first + i * (n - first) // (n_points - 1) for i in range(n_points)]
    values = [measure(rng.choice(n, size, replace=False)) for size in sizes]
    line = scipy.stats.linregress([1.0 / s for s in sizes], values)
    return line.intercept, line.slope, line.intercept_stderr


def precision_recall(real, gen, k):
    real, gen = f64(real, gen)
    d = cdist(real, gen)
    return (d <= radii(real, k)[:, None]).any(0).mean(), (d <= radii(gen, k)[None, :]).any(1).mean()


# --- MIND ---------------------------------------------------------------------------------------------------


def directions(count, d, seed):
    u = iter(units(seed, 8 * count * (d + 2)))
    out = np.empty((count, d))
    for row in out:
        values = []
        while len(values) < d:
            while True:
                a, b = 2.0 * next(u) - 1.0, 2.0 * next(u) - 1.0
                s = a * a + b * b
                if 0.0 < s < 1.0:
                    break
            factor = math.sqrt(-2.0 * math.log(s) / s)
            values += [a * factor, b * factor]
        row[:] = values[:d]
        row /= np.linalg.norm(row)
    return out


def mind(x, y, count, seed, subsample):
    x, y = f64(x, y)
    n = min(len(x), len(y))
    if subsample and len(x) > n:
        x = x[np.random.RandomState(seed).permutation(len(x))[:n]]
    if subsample and len(y) > n:
        y = y[np.random.RandomState(seed).permutation(len(y))[:n]]
    common = np.lcm(len(x), len(y))
    w = directions(count, x.shape[1], seed)
    px = np.repeat(np.sort(x @ w.T, 0), common // len(x), 0)
    py = np.repeat(np.sort(y @ w.T, 0), common // len(y), 0)
    cost = ((px - py) ** 2).mean(0) * 3 * x.shape[1]
    return cost.mean(), cost.std(ddof=1) / np.sqrt(count)


# --- clusters ------------------------------------------------------------------------------------------------


def kmeans_once(x, k, u, max_rounds, tolerance):
    """One run as kmeans.h defines it; u yields the uniform numbers."""
    n = len(x)
    centres = [x[int(next(u) * n)]]
    nearest = cdist(x, centres[-1:], "sqeuclidean")[:, 0]
    for c in range(1, k):
        sums = np.cumsum(nearest)
        centres.append(x[np.searchsorted(sums, next(u) * sums[-1], side="right")])
        nearest = np.minimum(nearest, cdist(x, centres[-1:], "sqeuclidean")[:, 0])
    centres = np.array(centres)

    def assign():
        d = cdist(x, centres, "sqeuclidean")
        return d.argmin(1), d.min(1).sum()

    labels, inertia = assign()
    for _ in range(max_rounds):
        for c in range(k):
            assert (labels == c).any()
            centres[c] = x[labels == c].mean(0)
        before, old = inertia, labels
        labels, inertia = assign()
        if (labels == old).all() or before - inertia <= tolerance * before:
            break
    return labels, inertia


def kmeans(x, k, n_init, seed, max_rounds=300, tolerance=0.0):
    u = iter(units(seed, 100000))
    runs = [kmeans_once(x, k, u, max_rounds, tolerance) for _ in range(n_init)]
    return min(runs, key=lambda run: run[1])


def c_t(train, test, gen, max_dim=64):
    train, test, gen = f64(train, test, gen)
    if train.shape[1] > max_dim:
        pca = sklearn.decomposition.PCA(n_components=max_dim, svd_solver="full").fit(train)
        train, test, gen = pca.transform(train), pca.transform(test), pca.transform(gen)
    cells = sklearn.cluster.KMeans(3, n_init=50, random_state=0, tol=0.0, max_iter=1000).fit(train)
    labels = [cells.predict(s) for s in (train, test, gen)]
    total, weight = 0.0, 0
    for c in range(3):
        t, p, q = (s[label == c] for s, label in zip((train, test, gen), labels))
        if len(q) <= 20 or len(p) == 0:  # dgm-eval: len(q) / len(gen) > tau = 20 / len(gen)
            continue
        nn = sklearn.neighbors.NearestNeighbors(n_neighbors=1, algorithm="brute").fit(t)
        lp, lq = nn.kneighbors(p)[0][:, 0], nn.kneighbors(q)[0][:, 0]
        u = scipy.stats.mannwhitneyu(lq, lp, alternative="less").statistic
        n, m = len(p), len(q)
        total += n * (u - (n * m / 2 - 0.5)) / math.sqrt(n * m * (n + m + 1) / 12)
        weight += n
    return total / weight


def prd_curve(gen, real, n_angles=1001):
    angles = np.linspace(1e-10, np.pi / 2 - 1e-10, n_angles)
    slopes = np.tan(angles)
    precision = np.minimum(real[None, :] * slopes[:, None], gen[None, :]).sum(1)
    return np.minimum(precision, 1.0), np.minimum(precision / slopes, 1.0)


def prd(real, gen, k=20, n_angles=1001, n_runs=10, seed=2020):
    both = np.concatenate(f64(real, gen))
    curves = []
    for run in range(n_runs):
        labels, _ = kmeans(both, k, 1, seed + run, 100, 1e-4)
        h = [np.histogram(part, bins=k, range=[0, k])[0] / len(part)
             for part in (labels[:len(real)], labels[len(real):])]
        curves.append(prd_curve(h[1], h[0], n_angles))
    precision, recall = np.mean(curves, 0)

    def f(beta):
        return ((1 + beta**2) * precision * recall / (beta**2 * precision + recall + 1e-10)).max()

    return precision, recall, f(8.0), f(1.0 / 8.0)


def vendi(x, q):
    x = np.asarray(x, np.float64)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    p = scipy.linalg.svdvals(x) ** 2 / len(x)
    p = p[p > len(p) * 2.0**-52 * p.max()]
    if q == 0:
        return float(len(p))
    if q == 1:
        return np.exp(scipy.stats.entropy(p))
    return 1.0 / p.max() if q == np.inf else (p**q).sum() ** (1.0 / (1.0 - q))


# --- writing -----------------------------------------------------------------------------------------------------


def line(name, *values):
    if len(values) == 1:
        print("#define %s %s" % (name, float(values[0]).hex()))
        return
    print("static const double %s[%d] = {" % (name, len(values)))
    text = [float(v).hex() + "," for v in values]
    for i in range(0, len(text), 4):
        print("    " + " ".join(text[i:i + 4]))
    print("};")


def write_kid(a, b):
    line("expected_kid", *kid(a, b, 7, 50))
    line("expected_kid_whole", *kid(a, b, 2, 300))
    line("expected_kid_options", *kid(a, b, 5, 33, degree=2, gamma=0.01, coef0=0.5, seed=7))
    line("expected_kid_rbf", *kid(a, b, 5, 40, kernel=rbf))
    line("expected_kid_rbf_gamma", *kid(a, b, 5, 40, kernel=rbf, gamma=0.25))
    line("expected_kid_1000", *kid(features(1100, 16, 21, 0.0), features(1003, 16, 22, 0.3), 3, 1000))
    x, y = f64(a[:7], b[:6])
    k = polynomial(x, x), polynomial(y, y), polynomial(x, y)
    exact = mmd_variance_by_enumeration(*k)
    assert abs(mmd_variance(*k) - exact) < 1e-10 * abs(exact)
    line("expected_kid_full_7_6", mmd2_unbiased(*k), exact)
    line("expected_kid_full", *kid_full(a, b))
    line("expected_kid_full_halves", *kid_full(a[:150], a[150:]))
    line("expected_kid_full_rbf", *kid_full(a, b, kernel=rbf, gamma=0.25))


def write_cmmd(a, b):
    wide, other = features(120, 768, 31, 0.0), features(150, 768, 32, 0.4)
    half, quarter = np.float32(0.5), np.float32(0.25)
    line("expected_cmmd", *cmmd(a, b))
    line("expected_cmmd_halves", *cmmd(a[:150], a[150:]))
    line("expected_cmmd_7_6", *cmmd(a[:7], b[:6]))
    line("expected_cmmd_sigma", *cmmd(a, b, sigma=0.5))
    line("expected_cmmd_as_is", *cmmd(a, b, normalise=False))
    line("expected_cmmd_as_is_sigma", *cmmd(a, b, sigma=2.5, normalise=False))
    line("expected_cmmd_wide", *cmmd(wide - half, other - quarter))
    line("expected_cmmd_in_floats", cmmd_in_floats(a, b), cmmd_in_floats(a[:150], a[150:]),
         cmmd_in_floats(wide - half, other - quarter))


def write_neighbours(a, b):
    line("expected_prdc", *prdc(a, b, 5, True))
    line("expected_prdc_3", *prdc(a, b, 3, False))
    names = ("realism_paper", "realism_kynkaat", "realism_dgm", "rarity", "nearest_distance", "nearest")
    for name, values in zip(names, image_scores(a, b[:24], 3)):
        line("expected_" + name, *values)
    line("expected_mifid_distance", mifid_distance(b, a), mifid_distance(a, b))
    line("EXPECTED_AUTHPCT", authpct(a, b))
    line("EXPECTED_AUTHPCT_HALVES", authpct(a[:150], a[150:]))


def write_limits(a, b):
    line("expected_fid_infinity", *extrapolate(lambda i: fid(a, b[i]), 410, 15, 41))
    line("expected_fid_infinity_5", *extrapolate(lambda i: fid(a, b[i]), 410, 5, 200, 3))
    x = logits(103, 37, 4)
    line("expected_is_infinity", *extrapolate(lambda i: inception_score(x[i]), 103, 15, 10))
    line("expected_mind", *mind(a, b[:300], 100, 2020, True))
    line("expected_mind_subsample", *mind(a, b, 50, 11, True))
    line("expected_mind_coupled", *mind(a, b, 50, 11, False))
    line("expected_mind_odd", *mind(a[:, :5], b[:, :5], 30, 1, True))


def write_clusters(a, b):
    train, test, gen = a, features(220, 96, 31, 0.0), b[:260]
    found = kmeans(np.float64(a), 4, 10, 5)[1]
    other = sklearn.cluster.KMeans(4, n_init=50, random_state=0, tol=0.0, max_iter=1000).fit(np.float64(a)).inertia_
    assert abs(found / other - 1.0) < 1e-12
    line("EXPECTED_INERTIA_4", other)
    labels, inertia = kmeans(np.float64(a), 20, 1, 2020)
    line("EXPECTED_INERTIA_20", inertia)
    line("expected_labels_20", *labels[:40])
    copies = np.concatenate([a[:130] + np.float32(0.01), b[:100]])
    line("EXPECTED_CT", c_t(train, test, gen))
    line("EXPECTED_CT_COPIES", c_t(train, test, copies))
    line("EXPECTED_CT_20", c_t(train[:, :20], test[:, :20], gen[:, :20]))
    rng = np.random.RandomState(0)
    h = rng.rand(2, 20)
    h[0, 3] = h[1, 5] = 0.0
    h /= h.sum(1, keepdims=True)
    line("prd_gen", *h[0])
    line("prd_real", *h[1])
    precision, recall = prd_curve(*h)
    line("expected_prd_precision", *precision[::50])
    line("expected_prd_recall", *recall[::50])
    precision, recall, f_8, f_one_eighth = prd(a, b[:300])
    line("expected_prd_pipeline_precision", *precision[::50])
    line("expected_prd_pipeline_recall", *recall[::50])
    line("expected_prd_f", f_8, f_one_eighth)
    orders = (1, 2, 0.5, 3.7, 0, np.inf)
    for name, x in (("short", a[:60]), ("tall", a), ("rank", np.concatenate([a[:30], a[:20]]))):
        line("expected_vendi_" + name, *(vendi(x, q) for q in orders))


def write_classes(a, b):
    # Class 3 has one generated row, class 4 three.
    real = np.arange(300) % 5
    gen = np.array([3 if i == 0 else 4 if i < 4 else i % 3 for i in range(410)])
    x = logits(410, 37, 4)
    for c in range(5):
        p, r = precision_recall(a[real == c], b[gen == c], 3) if (gen == c).sum() > 3 else (0, 0)
        value = fid(a[real == c], b[gen == c]) if (gen == c).sum() > 1 else 0
        line("expected_class_%d" % c, value, inception_score(x[gen == c]), p, r)


def main():
    print("/* Written by tests/data/make_more_metrics_data.py (NumPy %s, SciPy %s, scikit-learn %s). */"
          % (np.__version__, scipy.__version__, sklearn.__version__))
    a, b = features(300, 96, 1, 0.0), features(410, 96, 2, 1.0)
    sections = (("KID", write_kid), ("CMMD", write_cmmd), ("NEIGHBOURS", write_neighbours), ("LIMITS", write_limits),
                ("CLUSTERS", write_clusters), ("CLASSES", write_classes))
    for name, write in sections:
        print("\n#ifdef EXPECT_" + name)
        write(a, b)
        print("#endif")


if __name__ == "__main__":
    main()
