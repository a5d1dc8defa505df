"""Numbers of sets. Each side is what bonafide.fid says; without a file or an image in play the library computes, else
the program is asked, and both give the same bits."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from . import _threads
from ._arrays import Doubles, Rows, _at, _of, _options, _rows, _set, _two
from ._library import (_Cmmd, _CmmdOptions, _Fid, _FidSide, _ImageOptions, _ImageScore, _Infinity, _InfinityOptions,
                       _Is, _IsOptions, _Kid, _KidFull, _KidOptions, _Mifid, _MifidOptions, _Mind, _MindOptions,
                       _Pr, _Prd, _PrdOptions, _PrOptions, _Prdc, _PrdcOptions, _Uncertainty, _call, _double, _handle,
                       _library, _size)
from ._results import (Cmmd, DensityCoverage, FidUncertainty, InceptionScore, Infinity, Kid, KidFull, Mifid, Mind,
                       PrecisionRecall, Prd)
from ._sides import FEATURES, ask, both_rows, by_library, kind_of, moments_of, numbers, only_of_rows, rows_of
from ._threads import Native, Team

if TYPE_CHECKING:
    import numpy.typing as npt


def _run(team: Optional[Team], job: Callable[[Native], Any]) -> Any:
    return (team or _threads.shared).call(job)


def _with(options: Dict[str, Any], **own: Any) -> Dict[str, Any]:
    """The options, and those of the function's own that were given."""
    return dict(options, **{name: value for name, value in own.items() if value is not None and value is not False})


def _word(value: Any, when: str, default: str) -> Optional[str]:
    """A choice of the program for a truth value; None stays None."""
    return None if value is None else when if value else default


# --- moments and the Frechet distance ------------------------------------------------------------------------------


def _moments(native: Native, rows: Rows, ddof: int) -> Tuple[Doubles, Doubles]:
    n, d = rows.shape
    sums, mu, sigma = _handle(), np.empty(d), np.empty((d, d))
    _call("gmet_moments_create", ctypes.byref(sums), _size(d), native.context())
    try:
        _call("gmet_moments_add", sums, _at(rows), _size(n), _size(d))
        _call("gmet_moments_get", sums, _at(mu), _at(sigma), _size(ddof))
    finally:
        _library.gmet_moments_close(ctypes.byref(sums))
    return mu, sigma


def moments(features: Any, ddof: int = 1, **options: Any) -> Tuple[Doubles, Doubles]:
    """Mean [d] and covariance [d, d] in float64 of features, float32 [n, d], or of images or a path: what stands in a
    statistics file. ddof: the covariance's divisor is n - ddof; of images and paths it is n - 1. Further keywords: the
    options of `bonafide help stats`."""
    if not by_library({"features": features}, options):
        if ddof != 1:
            only_of_rows("moments", ddof=ddof)
        _, arrays = ask("stats", {"features": features}, options, output=".npz")
        return arrays["mu"], arrays["sigma"]
    rows = _rows(features, "features")
    result: Tuple[Doubles, Doubles] = _run(None, lambda native: _moments(native, rows, ddof))
    return result


def fid(real: Any, gen: Any, ddof: Optional[int] = None, **options: Any) -> float:
    """Frechet Inception Distance; lower is better, and it may be slightly negative for equal sets. Either side:

    a path      what `bonafide fid` takes: a folder, .zip, .npz, .npy, "@list.txt", a file of features or statistics
    paths       a list of paths of images
    images      an array uint8 [n, h, w, 3] or [n, 3, h, w], floats with range=(lo, hi), a list of arrays or PIL images
    features    float32 [n, d], as Model.features gives them
    moments     (mu, sigma) in float64 as moments() gives them, or a Moments

    ddof: the covariance's divisor is n - ddof (1 if None), for features; with images and paths the preset says it.
    Further keywords, with images and paths: layout, range and rounding of arrays (bonafide.Form), and the options of
    `bonafide help fid`, such as preset="pytorch-fid", weights="inception.iv3", skip_bad=True, threads=4.
    Raises Error where the library or the program refuses, TypeError or ValueError for a wrong array."""
    if not by_library({"real": real, "gen": gen}, options):
        only_of_rows("fid", ddof=ddof)
        return float(numbers(ask("fid", {"real": real, "gen": gen}, options), "frechet_inception_distance")[0])
    return _fid(None, real, gen, 1 if ddof is None else ddof)


def _fid(team: Optional[Team], real: Any, gen: Any, ddof: int) -> float:
    given: List[Any] = [_rows(x, name) if kind_of(x) == FEATURES else moments_of(x, name)
                        for x, name in ((real, "real"), (gen, "gen"))]
    widths = [x[0].shape[0] if isinstance(x, tuple) else x.shape[1] for x in given]
    if widths[0] != widths[1]:
        raise ValueError("real and gen: expected the same width, found %d and %d" % tuple(widths))

    def job(native: Native) -> float:
        a, b = (x if isinstance(x, tuple) else _moments(native, x, ddof) for x in given)
        out = _Fid()
        _call("gmet_fid", ctypes.byref(out), _at(a[0]), _at(a[1]), _at(b[0]), _at(b[1]), _size(a[0].size),
              native.context())
        return float(out.value)

    return float(_run(team, job))


def fid_uncertainty(real: Any, gen: Any, **options: Any) -> FidUncertainty:
    """FID with its standard error, and less its bias, of features, images or paths on both sides. What does not hold is
    None. Further keywords: the options of `bonafide help features`."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    out = _Uncertainty()

    def job(native: Native) -> None:
        x, y = _moments(native, a, 1), _moments(native, b, 1)
        sides = [_FidSide(rows.ctypes.data, rows.shape[0], m[0].ctypes.data, m[1].ctypes.data)
                 for rows, m in ((a, x), (b, y))]
        _call("gmet_fid_uncertainty", ctypes.byref(out), None, None, ctypes.byref(sides[0]), ctypes.byref(sides[1]),
              _size(a.shape[1]), native.context())

    _run(None, job)
    fields = {f: getattr(out, f) for f in FidUncertainty._fields[1:]}
    if not out.has_error:
        fields["standard_error"] = None
    if not out.has_corrected:
        fields.update(corrected=None, corrected_error=None, bias_left=None)
    return FidUncertainty(value=out.raw.value, **fields)


def fid_infinity(real: Any, gen: Any, points: int = 15, min_size: int = 0, seed: int = 2020, *,
                 _team: Optional[Team] = None, **options: Any) -> Infinity:
    """FID extrapolated to infinitely many generated images (Chong and Forsyth 2020); of features, images or paths."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    settings = _options("gmet_infinity_options_init", _InfinityOptions, n_points=points, min_size=min_size,
                        seed=seed)
    out, side = _Infinity(), _FidSide(a.ctypes.data, a.shape[0])

    def job(native: Native) -> None:
        _call("gmet_fid_infinity", ctypes.byref(out), None, ctypes.byref(settings), ctypes.byref(side), _set(b),
              native.context())

    _run(_team, job)
    result: Infinity = _of(out, Infinity)
    return result


def mifid(real: Any, gen: Any, real_to_gen: bool = False, threshold: float = 0.1, **options: Any) -> Mifid:
    """Memorisation-informed FID (Bai et al. 2021), of features, images or paths. What the preset's tool says of the
    direction: evaluate(..., metrics="mifid")."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    return _mifid_from(_fid(None, a, b, 1), a, b, None, direction=int(real_to_gen), threshold=threshold)


def _mifid_from(distance: float, a: Rows, b: Rows, team: Optional[Team], **values: Any) -> Mifid:
    result: Mifid = _compare("gmet_mifid", "gmet_mifid_options_init", _MifidOptions, _Mifid, Mifid, a, b,
                             (_double(distance),), team, **values)
    return result


# --- Inception Score -----------------------------------------------------------------------------------------------


def inception_score(logits: Any, splits: Optional[int] = None, shuffle: Optional[bool] = None,
                    seed: Optional[int] = None, ddof: Optional[int] = None, *,
                    _team: Optional[Team] = None, **options: Any) -> InceptionScore:
    """Inception Score of logits, float32 [n, classes], or of images or a path: mean and standard deviation over the
    splits. None: 10 splits of shuffled rows, seed 2020, ddof 0; of images and paths as the preset's tool."""
    if not by_library({"logits": logits}, options):
        only_of_rows("inception_score", ddof=ddof)
        said = ask("is", {"logits": logits}, _with(options, splits=splits, seed=seed, no_shuffle=shuffle is False))
        mean, std = numbers(said, "inception_score_mean", "inception_score_std")
        return InceptionScore(mean, std, int(said["settings"].get("splits", 0)))
    return _scored(_team, _rows(logits, "logits"), n_splits=splits, seed=seed, ddof=ddof,
                   shuffle=int(shuffle is not False))


def _scored(team: Optional[Team], x: Rows, **values: Any) -> InceptionScore:
    settings = _options("gmet_is_options_init", _IsOptions, **values)
    out = _Is()
    _run(team, lambda native: _call("gmet_inception_score", ctypes.byref(out), ctypes.byref(settings), _set(x),
                                    native.context()))
    result: InceptionScore = _of(out, InceptionScore)
    return result


def is_infinity(logits: Any, points: int = 15, min_size: int = 0, seed: int = 2020, *, _team: Optional[Team] = None,
                **options: Any) -> Infinity:
    """Inception Score extrapolated to infinitely many images; of logits, images or a path."""
    by_library({"logits": logits}, options)
    x = rows_of(logits, "logits", options, tap="logits_unbiased")
    settings = _options("gmet_infinity_options_init", _InfinityOptions, n_points=points, min_size=min_size,
                        seed=seed)
    out = _Infinity()
    _run(_team, lambda native: _call("gmet_is_infinity", ctypes.byref(out), None, ctypes.byref(settings), _set(x),
                                     native.context()))
    result: Infinity = _of(out, Infinity)
    return result


# --- kernel distances ----------------------------------------------------------------------------------------------


def kid(real: Any, gen: Any, subsets: Optional[int] = None, subset_size: Optional[int] = None,
        shrink: Optional[bool] = None, seed: Optional[int] = None, degree: Optional[int] = None,
        gamma: Optional[float] = None, coef0: Optional[float] = None, *, _team: Optional[Team] = None,
        **options: Any) -> Kid:
    """Kernel Inception Distance as published, over random subsets: mean and standard deviation. Sides as of fid, but
    for moments. None: 100 subsets of 1000, seed 2020, kernel (x.y / d + 1)^3; of images and paths as the preset's tool.
    shrink (smaller subsets where there are fewer images), degree, gamma and coef0 are for features only."""
    if not by_library({"real": real, "gen": gen}, options):
        only_of_rows("kid", shrink=shrink, degree=degree, gamma=gamma, coef0=coef0)
        said = ask("kid", {"real": real, "gen": gen},
                   _with(options, kid_subsets=subsets, kid_size=subset_size, seed=seed))
        return Kid(numbers(said, "kernel_inception_distance_mean")[0], said.get("kernel_inception_distance_std"),
                   said["settings"]["kid_subsets"], said["settings"]["kid_subset_size"])
    a, b = _two(real, gen)
    settings = _options("gmet_kid_options_init", _KidOptions, n_subsets=subsets, subset_size=subset_size,
                        shrink=int(bool(shrink)), seed=seed, degree=degree, gamma=gamma, coef0=coef0)
    out = _Kid()
    _run(_team, lambda native: _call("gmet_kid", ctypes.byref(out), ctypes.byref(settings), _set(b), _set(a),
                                     native.context()))
    result: Kid = _of(out, Kid)
    return result


def kid_full(real: Any, gen: Any, *, _team: Optional[Team] = None, **options: Any) -> KidFull:
    """KID over all pairs of images, unbiased, with its standard error (0 where it is not known). Sides as of kid."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    out = _KidFull()
    _run(_team, lambda native: _call("gmet_kid_full", ctypes.byref(out), None, _set(b), _set(a), native.context()))
    result: KidFull = _of(out, KidFull)
    return result


def cmmd(real: Any, gen: Any, sigma: Optional[float] = None, normalise: Optional[bool] = None, *,
         _team: Optional[Team] = None, **options: Any) -> Cmmd:
    """CMMD (Jayasumana et al. 2024) of features of CLIP: 1000 times the biased MMD^2 with a Gaussian kernel; also the
    unbiased one, and a standard error (0 where it is not known). sigma (10) and normalise (True: rows count divided by
    their length) are for features only; of images and paths `eval --metrics cmmd` runs CLIP."""
    if not by_library({"real": real, "gen": gen}, options):
        only_of_rows("cmmd", sigma=sigma, normalise=normalise)
        said = ask("eval", {"real": real, "gen": gen}, dict(options, metrics="cmmd"))
        value, unbiased = numbers(said, "cmmd", "cmmd_unbiased")
        return Cmmd(value, unbiased, said.get("cmmd_standard_error", 0.0))
    a, b = _two(real, gen)
    result: Cmmd = _compare("gmet_cmmd", "gmet_cmmd_options_init", _CmmdOptions, _Cmmd, Cmmd, a, b, (), _team,
                            sigma=sigma, normalise=None if normalise is None else int(normalise))
    return result


def mind(real: Any, gen: Any, directions: int = 1000, seed: int = 2020, subsample: bool = True, *,
         _team: Optional[Team] = None, **options: Any) -> Mind:
    """Monge Inception Distance: sliced Wasserstein distance, as torch-fidelity 0.5 defines it; of features, images or
    paths."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    result: Mind = _compare("gmet_mind", "gmet_mind_options_init", _MindOptions, _Mind, Mind, a, b, (), _team,
                            n_directions=directions, seed=seed, subsample=int(subsample))
    return result


# --- manifolds -----------------------------------------------------------------------------------------------------


def _compare(function: str, defaults: str, structure: Any, result: Any, kind: Any, a: Rows, b: Rows,
             before: Tuple[Any, ...] = (), team: Optional[Team] = None, **values: Any) -> Any:
    """A metric of two sets that takes (result, ..., options, real, gen, context)."""
    settings = _options(defaults, structure, **values)
    out = result()
    _run(team, lambda native: _call(function, ctypes.byref(out), *before, ctypes.byref(settings), _set(a), _set(b),
                                    native.context()))
    return _of(out, kind)


def precision_recall(real: Any, gen: Any, k: Optional[int] = None, strict: Optional[bool] = None,
                     adm_fp16: bool = False, stylegan_fp16: bool = False, *,
                     _team: Optional[Team] = None, **options: Any) -> PrecisionRecall:
    """Improved precision and recall (Kynkaanniemi et al. 2019) and their harmonic mean. Sides as of fid, but for
    moments. None: k 3, not strict; of images and paths as the preset's tool. adm_fp16, stylegan_fp16: distances
    rounded as guided-diffusion's evaluator or StyleGAN's pr50k3_full does (the latter to 3 digits)."""
    if not by_library({"real": real, "gen": gen}, options):
        said = ask("pr", {"real": real, "gen": gen}, _with(options, k=k, knn_cmp=_word(strict, "lt", "le"),
                                                           adm_fp16=adm_fp16, stylegan_fp16=stylegan_fp16))
        return PrecisionRecall(*numbers(said, "precision", "recall", "f_score"))
    a, b = _two(real, gen)
    result: PrecisionRecall = _compare(
        "gmet_precision_recall", "gmet_pr_options_init", _PrOptions, _Pr, PrecisionRecall, a, b, (), _team, k=k,
        strict=int(bool(strict)), adm_fp16=int(adm_fp16), stylegan_fp16=int(stylegan_fp16))
    return result


def density_coverage(real: Any, gen: Any, k: int = 5, strict: bool = True, recall: bool = True, *,
                     _team: Optional[Team] = None, **options: Any) -> DensityCoverage:
    """Density and coverage (Naeem et al. 2020), with the precision and recall of that package; of features, images or
    paths."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    result: DensityCoverage = _compare("gmet_prdc", "gmet_prdc_options_init", _PrdcOptions, _Prdc, DensityCoverage,
                                       a, b, (None,), _team, k=k, strict=int(strict), recall=int(recall))
    return result


def prd(real: Any, gen: Any, clusters: int = 20, runs: int = 10, seed: int = 2020, equal_sizes: bool = False, *,
        _team: Optional[Team] = None, **options: Any) -> Prd:
    """F-scores of the curve of precision and recall (Sajjadi et al. 2018); of features, images or paths. equal_sizes:
    take as many rows of the larger set as the smaller has; the program takes all."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    result: Prd = _compare("gmet_prd_curve", "gmet_prd_options_init", _PrdOptions, _Prd, Prd, a, b, (None, None),
                           _team, n_clusters=clusters, n_runs=runs, seed=seed, equal_sizes=int(equal_sizes))
    return result


def image_scores(real: Any, gen: Any, k: int = 3, **options: Any) -> "npt.NDArray[Any]":
    """Per generated image: a structured array of realism, rarity, distance to the nearest real image, its index, and
    whether the image is inside the real manifold. Of features, images or paths."""
    by_library({"real": real, "gen": gen}, options)
    a, b = both_rows(real, gen, options)
    settings = _options("gmet_image_options_init", _ImageOptions, k=k)
    out = np.empty(b.shape[0], np.dtype(_ImageScore))
    _run(None, lambda native: _call("gmet_image_scores", _at(out), ctypes.byref(settings), _set(a), _set(b),
                                    native.context()))
    return out


def authpct(train: Any, gen: Any, *, _team: Optional[Team] = None, **options: Any) -> float:
    """Percentage of generated images that are authentic (Alaa et al. 2022); of features, images or paths."""
    by_library({"train": train, "gen": gen}, options)
    a, b = both_rows(train, gen, options, ("train", "gen"))
    percent = _double()
    _run(_team, lambda native: _call("gmet_authpct", ctypes.byref(percent), None, _set(a), _set(b), native.context()))
    return float(percent.value)


def vendi(features: Any, q: float = 1.0, *, _team: Optional[Team] = None, **options: Any) -> float:
    """Vendi score of order q: the effective number of different images; of features, images or a path."""
    by_library({"features": features}, options)
    x = rows_of(features, "features", options)
    score = _double()
    _run(_team, lambda native: _call("gmet_vendi", ctypes.byref(score), _double(q), _set(x), native.context()))
    return float(score.value)
