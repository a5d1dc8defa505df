"""torchmetrics' classes for generated images, without PyTorch:

    from bonafide.torchmetrics import FrechetInceptionDistance
    fid = FrechetInceptionDistance(feature=64)
    fid.update(photos, real=True)       # uint8 [n, 3, h, w]: a tensor on the CPU, or an array
    fid.update(samples, real=False)
    print(fid.compute())

Images are resized as torchmetrics does it since 1.8 (preset torchmetrics-1.8), with antialias=False as before it (tf1).
Results are Score, a float with a tensor's .item(), or two of them. Weights are those that bonafide.Model finds
($BONAFIDE_WEIGHTS, or the installed ones). Where torchmetrics draws without a seed the seed here is 2020, at every
compute(). tools/python/DROPIN.md says what differs and what was compared.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional, Tuple, TypeVar

import numpy as np

from . import _metrics
from ._arrays import Rows
from ._dropin import batch_of, model_of, warn_ignored
from ._errors import NumericError, UnsupportedError
from ._model import Model
from ._moments import Moments

__all__ = ["FrechetInceptionDistance", "InceptionScore", "KernelInceptionDistance",
           "MemorizationInformedFrechetInceptionDistance", "Score"]

#: Layers that features can be of, as torchmetrics names them.
LAYERS = (64, 192, 768, 2048)
_CHUNK = 1  # GMET_SPLIT_CHUNK
_SELF = TypeVar("_SELF", bound="_Metric")


class Score(float):
    """A result: a float that also answers to what is usually asked of a tensor of one number."""

    def item(self) -> float:
        """The float."""
        return float(self)

    def tolist(self) -> float:
        """The float."""
        return float(self)

    def numpy(self) -> "np.ndarray[Any, Any]":
        """An array of float64 without dimensions."""
        return np.asarray(float(self))

    def detach(self) -> "Score":
        """Itself."""
        return self

    def cpu(self) -> "Score":
        """Itself."""
        return self


def _layer(feature: Any, also: Tuple[str, ...] = ()) -> str:
    if callable(feature) or hasattr(feature, "forward"):
        raise UnsupportedError("feature: a network of PyTorch cannot be run here; give its features to bonafide.fid, "
                               "bonafide.kid or bonafide.inception_score")
    if isinstance(feature, bool) or feature not in LAYERS + also:
        raise ValueError("feature: expected one of %s, found %r" % (
            ", ".join(map(str, LAYERS + tuple(repr(name) for name in also))), feature))
    return str(feature)


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("%s: expected True or False, found %r" % (name, value))
    return value


def _above_0(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError("%s: expected a whole number above 0, found %r" % (name, value))
    return value


def _chunked(rows: Rows, splits: int) -> Tuple[Score, Score]:
    """The score of splits as torch.chunk cuts them: ceil(n / splits) rows each, perhaps fewer than asked for."""
    n = rows.shape[0]
    parts = math.ceil(n / math.ceil(n / splits))
    score = _metrics._scored(None, rows, n_splits=splits, split=_CHUNK, ddof=min(1, parts - 1))
    return Score(score.mean), Score(score.std if parts > 1 else math.nan)


class _Metric:
    """Images to features; what the four have in common."""

    def __init__(self, tap: str, normalize: bool, weights: Any, antialias: bool, given: Dict[str, Any]) -> None:
        weights = None if weights is None else str(weights)
        if weights is not None and weights.endswith((".pth", ".pt")):
            raise UnsupportedError("feature_extractor_weights_path: %s is PyTorch's; 'bonafide weights convert %s "
                                   "inception.iv3' makes a file that is read here" % (weights, weights))
        name = type(self).__name__
        warn_ignored(name, given)
        self.normalize = _truth("normalize", normalize)
        self._tap = tap
        self._preset = "torchmetrics-1.8" if _truth("antialias", antialias) else "tf1"
        self._weights = weights

    @property
    def model(self) -> Model:
        """The network, which is shared with others of the same weights and opened when it is first needed."""
        return model_of(None, self._weights)

    def _features(self, imgs: Any) -> Rows:
        a = batch_of(imgs, "imgs")
        if self.normalize:
            if a.dtype.kind != "f":
                raise TypeError("imgs: expected floats from 0 to 1, as normalize=True says, found %s" % a.dtype)
            how: Dict[str, Any] = dict(range=(0, 1), rounding="torchmetrics")
        else:
            if a.dtype != np.uint8:
                raise TypeError("imgs: expected dtype uint8, found %s; normalize=True is for floats from 0 to 1" % (
                    a.dtype))
            how = {}
        rows: Rows = self.model.features(a, self._tap, self._preset, layout="nchw", **how)
        return rows

    def to(self: _SELF, *_: Any, **__: Any) -> _SELF:
        """Itself: everything is on the CPU."""
        return self

    def cpu(self: _SELF) -> _SELF:
        """Itself."""
        return self

    def cuda(self: _SELF, *_: Any) -> _SELF:
        """Itself, with a warning."""
        warn_ignored(type(self).__name__, {"cuda": True})
        return self

    def eval(self: _SELF) -> _SELF:
        """Itself."""
        return self

    def set_dtype(self: _SELF, dst_type: Any) -> _SELF:
        """Itself: features are float32, all sums float64."""
        return self

    def double(self: _SELF) -> _SELF:
        """Itself."""
        return self


class _OfTwoSets(_Metric):
    """Features of both sets, kept."""

    def __init__(self, tap: str, reset_real_features: bool, normalize: bool, weights: Any, antialias: bool,
                 given: Dict[str, Any]) -> None:
        super().__init__(tap, normalize, weights, antialias, given)
        self.reset_real_features = _truth("reset_real_features", reset_real_features)
        self._rows: Dict[bool, List[Rows]] = {True: [], False: []}

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images, [n, 3, h, w]: uint8, or with normalize=True floats from 0 to 1, which are cut off to bytes.
        real: of the real set, else of the generated one. Raises TypeError, ValueError or Error."""
        self._rows[bool(real)].append(self._features(imgs))

    def reset(self) -> None:
        """Forgets the images; those of the real set only with reset_real_features=True."""
        self._rows[False] = []
        if self.reset_real_features:
            self._rows[True] = []

    def _both(self, least: int) -> Tuple[Rows, Rows]:
        found = []
        for real, name in ((True, "real"), (False, "generated")):
            n = sum(rows.shape[0] for rows in self._rows[real])
            if n < least:
                raise NumericError("%s needs %d images of each set, found %d of the %s one" % (
                    type(self).__name__, least, n, name))
            found.append(np.concatenate(self._rows[real]))
        return found[0], found[1]


class FrechetInceptionDistance(_Metric):
    """FID; lower is better. Mean and products are summed as images come, so memory does not grow with them.

    feature                         layer: 64, 192, 768 or 2048
    reset_real_features             whether reset() forgets the real images too
    normalize                       images are floats from 0 to 1, not bytes
    feature_extractor_weights_path  an .iv3 file or "synth:SEED"; None: as bonafide.Model finds them
    antialias                       resize as torchmetrics 1.8 does, else as before

    input_img_size and further options have no meaning here, which a warning says. Raises ValueError or Error."""

    def __init__(self, feature: Any = 2048, reset_real_features: bool = True, normalize: bool = False,
                 input_img_size: Any = None, feature_extractor_weights_path: Any = None, antialias: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(_layer(feature), normalize, feature_extractor_weights_path, antialias,
                         dict(kwargs, input_img_size=input_img_size))
        self.reset_real_features = _truth("reset_real_features", reset_real_features)
        self._sums = {True: Moments(), False: Moments()}

    def update(self, imgs: Any, real: bool) -> None:
        """Adds images, [n, 3, h, w]: uint8, or with normalize=True floats from 0 to 1, which are cut off to bytes.
        real: of the real set, else of the generated one. Raises TypeError, ValueError or Error."""
        self._sums[bool(real)].update(self._features(imgs))

    def compute(self) -> Score:
        """FID of the images so far, of each set at least 2."""
        for real, name in ((True, "real"), (False, "generated")):
            if self._sums[real].n < 2:
                raise NumericError("FID needs 2 images of each set, found %d of the %s one" % (
                    self._sums[real].n, name))
        return Score(_metrics.fid(self._sums[True], self._sums[False]))

    def reset(self) -> None:
        """Forgets the images; those of the real set only with reset_real_features=True."""
        self._sums[False] = Moments()
        if self.reset_real_features:
            self._sums[True] = Moments()

    def __call__(self, imgs: Any, real: bool) -> Optional[Score]:
        """update(), and compute() where both sets have images."""
        self.update(imgs, real)
        return self.compute() if min(sums.n for sums in self._sums.values()) >= 2 else None


class KernelInceptionDistance(_OfTwoSets):
    """KID: mean and standard deviation over subsets; lower is better. Features of all images are kept.

    feature              layer: 64, 192, 768, 2048 or "logits_unbiased"
    subsets              how many subsets are drawn
    subset_size          images in each, at most as many as a set has
    degree, gamma, coef  of the kernel (gamma x.y + coef)^degree; gamma None: 1 / width of the features
    reset_real_features, normalize: as of FrechetInceptionDistance"""

    def __init__(self, feature: Any = 2048, subsets: int = 100, subset_size: int = 1000, degree: int = 3,
                 gamma: Optional[float] = None, coef: float = 1.0, reset_real_features: bool = True,
                 normalize: bool = False, feature_extractor_weights_path: Any = None, antialias: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(_layer(feature, ("logits_unbiased",)), reset_real_features, normalize,
                         feature_extractor_weights_path, antialias, kwargs)
        self.subsets, self.subset_size = _above_0("subsets", subsets), _above_0("subset_size", subset_size)
        self.degree = _above_0("degree", degree)
        for name, value in (("gamma", gamma), ("coef", coef)):
            if not (name == "gamma" and value is None) and not (isinstance(value, float) and value > 0):
                raise ValueError("%s: expected a float above 0, found %r" % (name, value))
        self.gamma, self.coef = gamma, coef

    def compute(self) -> Tuple[Score, Score]:
        """Mean and standard deviation (divisor: subsets)."""
        real, gen = self._both(self.subset_size)
        kid = _metrics.kid(real, gen, subsets=self.subsets, subset_size=self.subset_size, degree=self.degree,
                           gamma=self.gamma, coef0=self.coef)
        return Score(kid.mean), Score(math.nan if kid.std is None else kid.std)


class MemorizationInformedFrechetInceptionDistance(_OfTwoSets):
    """MiFID, FID over the memorisation penalty; lower is better. Features of all images are kept.

    cosine_distance_eps  from this mean smallest cosine distance on there is no penalty
    feature, reset_real_features, normalize: as of FrechetInceptionDistance"""

    def __init__(self, feature: Any = 2048, reset_real_features: bool = True, normalize: bool = False,
                 cosine_distance_eps: float = 0.1, feature_extractor_weights_path: Any = None, antialias: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(_layer(feature), reset_real_features, normalize, feature_extractor_weights_path, antialias,
                         kwargs)
        if not (isinstance(cosine_distance_eps, float) and 0 < cosine_distance_eps <= 1):
            raise ValueError("cosine_distance_eps: expected a float above 0, at most 1, found %r" % (
                cosine_distance_eps,))
        self.cosine_distance_eps = cosine_distance_eps

    def compute(self) -> Score:
        """MiFID of the images so far, of each set at least 2."""
        real, gen = self._both(2)
        return Score(_metrics.mifid(real, gen, real_to_gen=True, threshold=self.cosine_distance_eps).value)


class InceptionScore(_Metric):
    """Inception Score: mean and standard deviation over splits; higher is better. Features of all images are kept.

    feature  layer: "logits_unbiased", 64, 192, 768 or 2048
    splits   parts that the images, in a random order, are cut into"""

    def __init__(self, feature: Any = "logits_unbiased", splits: int = 10, normalize: bool = False,
                 feature_extractor_weights_path: Any = None, antialias: bool = True, **kwargs: Any) -> None:
        super().__init__(_layer(feature, ("logits_unbiased",)), normalize, feature_extractor_weights_path, antialias,
                         kwargs)
        self.splits = _above_0("splits", splits)
        self._rows: List[Rows] = []

    def update(self, imgs: Any) -> None:
        """Adds images, as FrechetInceptionDistance takes them."""
        self._rows.append(self._features(imgs))

    def compute(self) -> Tuple[Score, Score]:
        """Mean and standard deviation (divisor: splits - 1; NaN of one split)."""
        if not self._rows:
            raise NumericError("the Inception Score needs images")
        return _chunked(np.concatenate(self._rows), self.splits)

    def reset(self) -> None:
        """Forgets the images."""
        self._rows = []

    def __call__(self, imgs: Any) -> Tuple[Score, Score]:
        """update() and compute()."""
        self.update(imgs)
        return self.compute()
