"""Features in, numbers out."""

import ctypes

import numpy as np

from ._arrays import _array, _at, _context, _of, _options, _rows, _set, _two
from ._library import (_Cmmd, _CmmdOptions, _Fid, _FidSide, _ImageOptions, _ImageScore, _Infinity, _InfinityOptions,
                      _Is, _IsOptions, _Kid, _KidFull, _KidOptions, _Mifid, _MifidOptions, _Mind, _MindOptions, _Pr,
                      _PrOptions, _Prd, _PrdOptions, _Prdc, _PrdcOptions, _Uncertainty, _call, _double, _handle,
                      _library, _lock, _size)
from ._results import (Cmmd, DensityCoverage, FidUncertainty, InceptionScore, Infinity, Kid, KidFull, Mifid, Mind,
                       PrecisionRecall, Prd)


def _moments(rows, ddof):
    n, d = rows.shape
    sums, mu, sigma = _handle(), np.empty(d), np.empty((d, d))
    _call("gmet_moments_create", ctypes.byref(sums), _size(d), _context())
    try:
        _call("gmet_moments_add", sums, _at(rows), _size(n), _size(d))
        _call("gmet_moments_get", sums, _at(mu), _at(sigma), _size(ddof))
    finally:
        _library.gmet_moments_close(ctypes.byref(sums))
    return mu, sigma


def moments(features, ddof=1):
    """Mean [d] and covariance [d, d] in float64 of features, float32 [n, d]: what stands in a statistics file."""
    rows = _rows(features, "features")
    with _lock:
        return _moments(rows, ddof)


def _side(x, name, ddof):
    if isinstance(x, tuple):
        if len(x) != 2:
            raise ValueError("%s: expected (mu, sigma), found a tuple of %d" % (name, len(x)))
        mu = _array(x[0], name + "[0]", np.float64, "(d,)")
        sigma = _array(x[1], name + "[1]", np.float64, "(d, d)")
        if sigma.shape != (mu.shape[0], mu.shape[0]):
            raise ValueError("%s: expected shapes (d,) and (d, d), found %s and %s" % (name, mu.shape, sigma.shape))
        return mu, sigma
    return _moments(_rows(x, name), ddof)


def fid(real, gen, ddof=1):
    """Frechet Inception Distance. Either side: features, float32 [n, d], or (mu, sigma) in float64 as moments() gives
    them. May be slightly negative for equal sets."""
    with _lock:
        a, b = _side(real, "real", ddof), _side(gen, "gen", ddof)
        if a[0].shape != b[0].shape:
            raise ValueError("real and gen: expected the same width, found %d and %d" % (a[0].size, b[0].size))
        out = _Fid()
        _call("gmet_fid", ctypes.byref(out), _at(a[0]), _at(a[1]), _at(b[0]), _at(b[1]), _size(a[0].size), _context())
    return out.value


def fid_uncertainty(real, gen):
    """FID with its standard error, and less its bias, of features on both sides. What does not hold is None."""
    a, b = _two(real, gen)
    out = _Uncertainty()
    with _lock:
        x, y = _moments(a, 1), _moments(b, 1)
        sides = [_FidSide(rows.ctypes.data, rows.shape[0], m[0].ctypes.data, m[1].ctypes.data)
                 for rows, m in ((a, x), (b, y))]
        _call("gmet_fid_uncertainty", ctypes.byref(out), None, None, ctypes.byref(sides[0]), ctypes.byref(sides[1]),
              _size(a.shape[1]), _context())
    fields = {f: getattr(out, f) for f in FidUncertainty._fields[1:]}
    if not out.has_error:
        fields["standard_error"] = None
    if not out.has_corrected:
        fields.update(corrected=None, corrected_error=None, bias_left=None)
    return FidUncertainty(value=out.raw.value, **fields)


def inception_score(logits, splits=10, shuffle=True, seed=2020, ddof=0):
    """Inception Score of logits, float32 [n, classes]: mean and standard deviation over the splits."""
    x = _rows(logits, "logits")
    options = _options("gmet_is_options_init", _IsOptions, n_splits=splits, shuffle=int(shuffle), seed=seed,
                       ddof=ddof)
    out = _Is()
    with _lock:
        _call("gmet_inception_score", ctypes.byref(out), ctypes.byref(options), _set(x), _context())
    return _of(out, InceptionScore)


def kid(real, gen, subsets=100, subset_size=1000, shrink=False, seed=2020, degree=3, gamma=None, coef0=1.0):
    """Kernel Inception Distance as published, over random subsets: mean and standard deviation. gamma None: 1 / d."""
    a, b = _two(real, gen)
    options = _options("gmet_kid_options_init", _KidOptions, n_subsets=subsets, subset_size=subset_size,
                       shrink=int(shrink), seed=seed, degree=degree, gamma=gamma, coef0=coef0)
    out = _Kid()
    with _lock:
        _call("gmet_kid", ctypes.byref(out), ctypes.byref(options), _set(b), _set(a), _context())
    return _of(out, Kid)


def kid_full(real, gen):
    """KID over all pairs of images, unbiased, with its standard error (0 where it is not known)."""
    a, b = _two(real, gen)
    out = _KidFull()
    with _lock:
        _call("gmet_kid_full", ctypes.byref(out), None, _set(b), _set(a), _context())
    return _of(out, KidFull)


def _compare(function, defaults, structure, result, kind, real, gen, before=(), **values):
    """A metric of two sets that takes (result, ..., options, real, gen, context)."""
    a, b = _two(real, gen)
    options = _options(defaults, structure, **values)
    out = result()
    with _lock:
        _call(function, ctypes.byref(out), *before, ctypes.byref(options), _set(a), _set(b), _context())
    return _of(out, kind)


def precision_recall(real, gen, k=3, strict=False, adm_fp16=False, stylegan_fp16=False):
    """Improved precision and recall (Kynkaanniemi et al. 2019) and their harmonic mean. adm_fp16, stylegan_fp16:
    distances rounded as guided-diffusion's evaluator or StyleGAN's pr50k3_full does (the latter to 3 digits)."""
    return _compare("gmet_precision_recall", "gmet_pr_options_init", _PrOptions, _Pr, PrecisionRecall, real, gen, k=k,
                    strict=int(strict), adm_fp16=int(adm_fp16), stylegan_fp16=int(stylegan_fp16))


def density_coverage(real, gen, k=5, strict=True, recall=True):
    """Density and coverage (Naeem et al. 2020), with the precision and recall of that package."""
    return _compare("gmet_prdc", "gmet_prdc_options_init", _PrdcOptions, _Prdc, DensityCoverage, real, gen,
                    (None,), k=k, strict=int(strict), recall=int(recall))


def cmmd(real, gen, sigma=10.0, normalise=True):
    """CMMD (Jayasumana et al. 2024) of features of CLIP: 1000 times the biased MMD^2 with a Gaussian kernel; also the
    unbiased one, and a standard error (0 where it is not known). normalise: rows count divided by their length."""
    return _compare("gmet_cmmd", "gmet_cmmd_options_init", _CmmdOptions, _Cmmd, Cmmd, real, gen, sigma=sigma,
                    normalise=int(normalise))


def mind(real, gen, directions=1000, seed=2020, subsample=True):
    """Monge Inception Distance: sliced Wasserstein distance, as torch-fidelity 0.5 defines it."""
    return _compare("gmet_mind", "gmet_mind_options_init", _MindOptions, _Mind, Mind, real, gen,
                    n_directions=directions, seed=seed, subsample=int(subsample))


def prd(real, gen, clusters=20, runs=10, seed=2020, equal_sizes=True):
    """F-scores of the curve of precision and recall (Sajjadi et al. 2018)."""
    return _compare("gmet_prd_curve", "gmet_prd_options_init", _PrdOptions, _Prd, Prd, real, gen, (None, None),
                    n_clusters=clusters, n_runs=runs, seed=seed, equal_sizes=int(equal_sizes))


def mifid(real, gen, real_to_gen=False, threshold=0.1):
    """Memorisation-informed FID (Bai et al. 2021)."""
    return _compare("gmet_mifid", "gmet_mifid_options_init", _MifidOptions, _Mifid, Mifid, real, gen,
                    (_double(fid(real, gen)),), direction=int(real_to_gen), threshold=threshold)


def image_scores(real, gen, k=3):
    """Per generated image: a structured array of realism, rarity, distance to the nearest real image, its index, and
    whether the image is inside the real manifold."""
    a, b = _two(real, gen)
    options = _options("gmet_image_options_init", _ImageOptions, k=k)
    out = np.empty(b.shape[0], np.dtype(_ImageScore))
    with _lock:
        _call("gmet_image_scores", _at(out), ctypes.byref(options), _set(a), _set(b), _context())
    return out


def authpct(train, gen):
    """Percentage of generated images that are authentic (Alaa et al. 2022)."""
    a, b = _two(train, gen)
    percent = _double()
    with _lock:
        _call("gmet_authpct", ctypes.byref(percent), None, _set(a), _set(b), _context())
    return percent.value


def vendi(features, q=1.0):
    """Vendi score of order q: the effective number of different images."""
    x = _rows(features, "features")
    score = _double()
    with _lock:
        _call("gmet_vendi", ctypes.byref(score), _double(q), _set(x), _context())
    return score.value


def fid_infinity(real, gen, points=15, min_size=0, seed=2020):
    """FID extrapolated to infinitely many generated images (Chong and Forsyth 2020)."""
    a, b = _two(real, gen)
    options = _options("gmet_infinity_options_init", _InfinityOptions, n_points=points, min_size=min_size, seed=seed)
    sums, out = _handle(), _Infinity()
    with _lock:
        _call("gmet_moments_create", ctypes.byref(sums), _size(a.shape[1]), _context())
        try:
            _call("gmet_moments_add", sums, _at(a), _size(a.shape[0]), _size(a.shape[1]))
            _call("gmet_fid_infinity", ctypes.byref(out), None, ctypes.byref(options), sums, _set(b), _context())
        finally:
            _library.gmet_moments_close(ctypes.byref(sums))
    return _of(out, Infinity)


def is_infinity(logits, points=15, min_size=0, seed=2020):
    """Inception Score extrapolated to infinitely many images."""
    x = _rows(logits, "logits")
    options = _options("gmet_infinity_options_init", _InfinityOptions, n_points=points, min_size=min_size, seed=seed)
    out = _Infinity()
    with _lock:
        _call("gmet_is_infinity", ctypes.byref(out), None, ctypes.byref(options), _set(x), _context())
    return _of(out, Infinity)
