"""Metrics of images that come in batches, as in a training loop."""

from __future__ import annotations

import difflib
import os
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import _metrics
from ._arrays import Rows, _rows, warn
from ._conventions import Convention, convention
from ._errors import Error, NumericError
from ._images import Form, frames
from ._model import Model
from ._moments import Moments
from ._sides import FEATURES, MOMENTS, PATH, kind_of, moments_of
from ._threads import Team, default_threads

#: The layer that is the network's features, and the one that the Inception Score is of, whatever their names.
_FEATURES, _LOGITS = "features", "logits"


class _Kept:
    """What is kept of a layer of one side: moments, and the rows where a metric needs them."""

    def __init__(self, team: Team, keeps_moments: bool, keeps_rows: bool) -> None:
        self.moments: Optional[Moments] = Moments(_team=team) if keeps_moments else None
        self._pieces: Optional[List[Rows]] = [] if keeps_rows else None
        self.given: Optional[Tuple[Any, Any]] = None
        self.given_n = 0

    def add(self, rows: Rows) -> None:
        """Adds a batch."""
        if self.given is not None:
            raise ValueError("the real images were given as moments; reset(real=True) forgets them")
        if self.moments is not None:
            self.moments.update(rows)
        if self._pieces is not None:
            self._pieces.append(np.array(rows))

    def rows(self) -> Rows:
        """All rows in one array, which is what is kept from then on."""
        if not self._pieces:
            raise NumericError("no images of one side yet: call update first")
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0]

    def mean_and_covariance(self, ddof: int) -> Tuple[Any, Any]:
        """mu and sigma, which for ddof 0 is scaled as the program scales it."""
        if self.given is not None:
            (mu, sigma), n = self.given, self.given_n
        else:
            assert self.moments is not None
            (mu, sigma), n = self.moments.compute(), self.moments.n
        return (mu, sigma) if ddof == 1 or n == 0 else (mu, sigma * ((n - 1) / n))


class _Metric(NamedTuple):
    """A metric: the layer it is of, what it needs, and how it is computed."""

    tap: str
    of_rows: bool
    of_real: bool
    compute: "Callable[[Metrics, str], Dict[str, Any]]"
    of_moments: bool = False


class Metrics:
    """Metrics of images that come in batches, such as those of a training loop:

        metrics = bonafide.Metrics(bonafide.Model(), ["fid", "kid"], real="photos/")
        for epoch in range(20):
            for _ in range(40): metrics.update(generator(noise), range=(-1, 1))
            print(metrics.compute()["frechet_inception_distance"])
            metrics.reset()

    model     a Model, whose features and threads are used; None: update_features only
    metrics   a list or "fid,kid", of: METRICS
    real      the real images, if they do not come by update(..., real=True): a path, images, features, or moments where
              no metric needs rows; a statistics file must be of these weights and this preset
    preset    whose pixels and conventions; None: that of the network's best known number
    layout, range, rounding   of images, as in Model.features; update may say otherwise
    further keywords          settings of `bonafide eval`: kid_subsets, kid_size, k, density_k, splits, seed

    Memory: fid, sfid, fid64, fid192 and fid768 keep moments, the same memory for any number of images; all others keep
    the features of every image (8 KiB of 2048) until reset. .keeps_rows says whether any does."""

    #: Names of the metrics.
    METRICS: Tuple[str, ...] = ()

    def __init__(self, model: Optional[Model] = None, metrics: Union[str, Sequence[str]] = ("fid",), *,
                 real: Any = None, preset: Optional[str] = None, layout: Optional[str] = None,
                 range: Optional[Tuple[float, float]] = None, rounding: str = "save_image", **settings: Any) -> None:
        self.model = model
        self._names = _checked(metrics)
        self.preset = preset or (model.preset if model is not None else "tf1")
        self._form = Form(layout, range, rounding).checked()
        network = model.network if model is not None else "inception-v3-fid"
        self.convention = _changed(convention(network, self.preset), settings)
        self._sums = Team(default_threads())
        self._sides: Dict[bool, Dict[str, _Kept]] = {}
        self._n = {True: 0, False: 0}
        self._whole = True
        if model is not None:
            for tap in set(self._taps(True)) | set(self._taps(False)):
                model.dim(self._name(tap))  # the network has this layer
        self.reset(real=True)
        if real is not None:
            self._give(real)

    def __repr__(self) -> str:
        return "<bonafide.Metrics %s of %d real and %d generated images>" % (
            ",".join(self._names), self.n_real, self.n_generated)

    @property
    def n_real(self) -> int:
        """Real images so far; 0 where they were given as moments."""
        return self._n[True]

    @property
    def n_generated(self) -> int:
        """Generated images so far."""
        return self._n[False]

    @property
    def keeps_rows(self) -> bool:
        """Whether memory grows with the number of images, because a metric needs their features."""
        return any(_ALL[name].of_rows for name in self._names)

    def _taps(self, real: bool) -> Tuple[str, ...]:
        """Layers that are needed of a side, once each."""
        return tuple(dict.fromkeys(_ALL[name].tap for name in self._names if _ALL[name].of_real or not real))

    def _name(self, tap: str) -> str:
        """The name of a layer in this network."""
        if tap == _FEATURES:
            return self.model.tap if self.model is not None else tap
        return self.convention.logits if tap == _LOGITS else tap

    # --- what comes in -------------------------------------------------------------------------------------------

    def update(self, images: Any, real: bool = False, *, layout: Optional[str] = None,
               range: Optional[Tuple[float, float]] = None, rounding: Optional[str] = None) -> "Metrics":
        """Adds images, as Model.features takes them, but for paths: generated ones, or with real=True real ones.
        Returns itself."""
        if self.model is None:
            raise TypeError("without a model there is update_features only")
        self._check()
        form = Form(layout or self._form.layout, range or self._form.range, rounding or self._form.rounding).checked()
        taps = self._taps(real)
        if not taps:
            return self
        names = [self._name(tap) for tap in taps]
        added = False
        try:
            for batch in self.model._batches(frames(images, "images", form), self.model._wanted(names, self.preset)):
                self._add(dict(zip(taps, batch)), real)
                added = True
        except BaseException:
            self._whole = self._whole and not added
            raise
        return self

    def update_features(self, features: Any, real: bool = False, tap: Optional[str] = None) -> "Metrics":
        """Adds rows that are features already, float32 [n, d]. tap: of which layer they are ("spatial", "logits", ...)
        where the metrics need another than the network's features; all layers that a side needs must get as many rows.
        Returns itself."""
        self._check()
        wanted = _LOGITS if tap in ("logits", "logits_unbiased") else tap or _FEATURES
        if wanted not in self._taps(real):
            raise ValueError("tap: %s needs %s of these images, found %r" % (
                ",".join(self._names), " and ".join(self._taps(real)) or "nothing", tap))
        self._add({wanted: _rows(features, "features")}, real)
        return self

    def _add(self, rows: Mapping[str, Rows], real: bool) -> None:
        added, self._whole = 0, False
        try:
            for tap, row in rows.items():
                self._sides[real][tap].add(row)
                added += 1
        except (TypeError, ValueError):
            self._whole = added == 0  # it was refused, and nothing is in
            raise
        self._whole = True
        if self._taps(real)[0] in rows:
            self._n[real] += rows[self._taps(real)[0]].shape[0]

    def _give(self, real: Any) -> None:
        """The real side in one piece."""
        kind = kind_of(real)
        taps = self._taps(True)
        if kind in (MOMENTS, FEATURES) and taps != (_FEATURES,):
            raise TypeError("real: features and moments are of one layer, and %s needs %s" % (
                ",".join(self._names), " and ".join(taps) or "none"))
        if kind == FEATURES:
            self.update_features(real, real=True)
        elif kind == MOMENTS:
            self._give_moments(moments_of(real, "real"), getattr(real, "n", 0))
        elif kind == PATH and str(os.fsdecode(real)).endswith(".npz") and self._give_file(os.fsdecode(real)):
            pass
        elif self.model is None:
            raise TypeError("real: without a model expected features or moments")
        elif hasattr(real, "shape") or kind == "images":
            self.update(real, real=True)
        elif not self.keeps_rows and taps == (_FEATURES,) and self.convention.fid_ddof == 1:
            self._give_moments(_metrics.moments(real, weights=self.model.source, network=self.model.network,
                                                preset=self.preset, numerics=self.model.numerics), 0)
        else:
            for tap in taps:
                self._add({tap: self.model.features(real, self._name(tap), self.preset)}, True)

    def _give_moments(self, moments: Tuple[Any, Any], n: int) -> None:
        for name in self._names:
            if _ALL[name].of_rows and _ALL[name].of_real:
                raise TypeError("real: %s needs the features of each real image, found moments" % name)
        if n == 0 and self.convention.fid_ddof != 1:
            warn("real: moments that do not say how many images they are of: their covariance is taken as it is")
        kept = self._sides[True][_FEATURES]
        kept.given, kept.given_n = moments, n

    def _give_file(self, path: str) -> bool:
        """Moments of a statistics file; False where it is something else."""
        if not os.path.isfile(path):
            return False
        with np.load(path, allow_pickle=False) as file:
            if "mu" not in file.files or "sigma" not in file.files:
                return False
            said = {name: str(file[name]) for name in ("preset", "weights", "tap") if name in file.files}
            moments, n = (file["mu"].astype(np.float64), file["sigma"].astype(np.float64)), 0
            if "n" in file.files and file["n"].shape == ():
                n = int(file["n"])
        if self._taps(True) != (_FEATURES,):
            raise TypeError("real: %s has moments of one layer, and %s needs %s" % (
                path, ",".join(self._names), " and ".join(self._taps(True)) or "none"))
        if self.model is not None:
            _compare(path, said, {"preset": self.preset, "tap": self.model.tap,
                                  "weights": "%s sha256:%s" % (self.model.weights.name, self.model.weights.sha256)})
        self._give_moments(moments_of(moments, "real"), n)
        return True

    # --- what comes out ------------------------------------------------------------------------------------------

    def compute(self) -> Dict[str, Any]:
        """The numbers of the images so far, under the keys of `bonafide eval --json` (without standard errors, for
        which there is evaluate). A number that is not known is absent, and KEY_unknown in its place says why."""
        self._check()
        found: Dict[str, Any] = {}
        for name in self._names:
            found.update(_ALL[name].compute(self, _ALL[name].tap))
        return found

    def reset(self, real: bool = False) -> "Metrics":
        """Forgets the generated images, and with real=True the real ones. Returns itself."""
        for side in (False, True) if real else (False,):
            kept: Dict[str, _Kept] = {}
            for tap in self._taps(side):
                of_tap = [_ALL[name] for name in self._names
                          if _ALL[name].tap == tap and (_ALL[name].of_real or not side)]
                rows = any(metric.of_rows for metric in of_tap)
                kept[tap] = _Kept(self._sums, any(metric.of_moments for metric in of_tap), rows)
            self._sides[side], self._n[side] = kept, 0
        self._whole = True
        return self

    def _check(self) -> None:
        if not self._whole:
            raise Error("an update did not come to its end, so that some of its images are in: call reset")

    def _rows(self, tap: str) -> Tuple[Rows, Rows]:
        return self._sides[True][tap].rows(), self._sides[False][tap].rows()

    def _distance(self, tap: str) -> float:
        ddof = self.convention.fid_ddof
        real, gen = (self._sides[side][tap].mean_and_covariance(ddof) for side in (True, False))
        return _metrics._fid(self._sums, real, gen, 1)


def _checked(metrics: Union[str, Sequence[str]]) -> Tuple[str, ...]:
    names = metrics.split(",") if isinstance(metrics, str) else list(metrics)
    for name in names:
        if name not in _ALL:
            near = difflib.get_close_matches(str(name), list(_ALL), 1)
            raise ValueError("metrics: unknown %r%s; there are %s" % (
                name, "; did you mean %r?" % near[0] if near else "", ", ".join(_ALL)))
    if not names:
        raise ValueError("metrics: none; there are %s" % ", ".join(_ALL))
    return tuple(dict.fromkeys(names))


def _changed(how: Convention, settings: Mapping[str, Any]) -> Convention:
    known = ("kid_subsets", "kid_size", "k", "density_k", "splits", "seed")
    for name, value in settings.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise TypeError("unknown setting %r%s; there are %s" % (
                name, "; did you mean %r?" % near[0] if near else "", ", ".join(known)))
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
            raise TypeError("%s: expected a whole number, found %r" % (name, value))
    changes: Dict[str, Any] = {name: int(value) for name, value in settings.items()}
    return how._replace(**changes)


def _compare(path: str, said: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for name, value in said.items():
        if value and value.split("sha256:")[-1] != wanted[name].split("sha256:")[-1]:
            raise ValueError("real: %s is of %s %s, and these images are of %s" % (path, name, value, wanted[name]))


# --- the metrics ---------------------------------------------------------------------------------------------------


def _fid_of(key: str) -> "Callable[[Metrics, str], Dict[str, Any]]":
    return lambda m, tap: {key: m._distance(tap)}


def _kid_of(m: Metrics, tap: str) -> Dict[str, Any]:
    (real, gen), how, key = m._rows(tap), m.convention, "kernel_inception_distance"
    full = _metrics.kid_full(real, gen, _team=m._sums)
    found: Dict[str, Any] = {key: full.value}
    fewest = min(len(real), len(gen))
    if fewest < how.kid_size and not how.kid_shrink:
        found[key + "_mean_unknown"] = "%d images needed on each side, found %d; see kid_size" % (how.kid_size, fewest)
        return found
    kid = _metrics.kid(real, gen, how.kid_subsets, how.kid_size, how.kid_shrink, how.seed, _team=m._sums)
    found[key + "_mean"] = kid.mean
    if kid.n_subsets < 2 or 2 * kid.subset_size > fewest:
        one = kid.n_subsets < 2
        found[key + "_std_unknown"] = "there is one subset" if one else "a subset is more than half of a set"
    else:
        found[key + "_std"] = kid.std
    return found


def _is_of(m: Metrics, tap: str) -> Dict[str, Any]:
    how = m.convention
    score = _metrics._scored(m._sums, m._sides[False][tap].rows(), n_splits=how.splits, seed=how.seed, ddof=how.is_ddof,
                             shuffle=int(how.shuffle), split=how.split)
    return {"inception_score_mean": score.mean, "inception_score_std": score.std}


def _is_infinity_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.is_infinity(m._sides[False][tap].rows(), seed=m.convention.seed, _team=m._sums)
    return {"inception_score_infinity": found.value}


def _fid_infinity_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.fid_infinity(*m._rows(tap), seed=m.convention.seed, _team=m._sums)
    return {"frechet_inception_distance_infinity": found.value}


def _pr_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.precision_recall(*m._rows(tap), k=m.convention.k, strict=m.convention.strict, _team=m._sums)
    return found._asdict()


def _dc_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.density_coverage(*m._rows(tap), k=m.convention.density_k, recall=False, _team=m._sums)
    return {"density": found.density, "coverage": found.coverage}


def _mifid_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics._mifid_from(m._distance(tap), *m._rows(tap), m._sums, direction=int(m.convention.real_to_gen))
    return {"memorization_informed_frechet_inception_distance": found.value, "mifid_distance": found.distance}


def _mind_of(m: Metrics, tap: str) -> Dict[str, Any]:
    return {"monge_inception_distance": _metrics.mind(*m._rows(tap), seed=m.convention.seed, _team=m._sums).value}


def _prd_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.prd(*m._rows(tap), seed=m.convention.seed, _team=m._sums)
    return {"prd_f_8": found.f_8, "prd_f_one_eighth": found.f_one_eighth}


def _cmmd_of(m: Metrics, tap: str) -> Dict[str, Any]:
    found = _metrics.cmmd(*m._rows(tap), _team=m._sums)
    return {"cmmd": found.value, "cmmd_unbiased": found.unbiased}


def _authpct_of(m: Metrics, tap: str) -> Dict[str, Any]:
    return {"authpct": _metrics.authpct(*m._rows(tap), _team=m._sums)}


def _vendi_of(m: Metrics, tap: str) -> Dict[str, Any]:
    return {"vendi_score": _metrics.vendi(m._sides[False][tap].rows(), _team=m._sums)}


_FID = "frechet_inception_distance"
_ALL: Dict[str, _Metric] = {
    "is": _Metric(_LOGITS, True, False, _is_of),
    "fid": _Metric(_FEATURES, False, True, _fid_of(_FID), True),
    "kid": _Metric(_FEATURES, True, True, _kid_of),
    "pr": _Metric(_FEATURES, True, True, _pr_of),
    "dc": _Metric(_FEATURES, True, True, _dc_of),
    "sfid": _Metric("spatial", False, True, _fid_of(_FID + "_spatial"), True),
    "fid64": _Metric("64", False, True, _fid_of(_FID + "_64"), True),
    "fid192": _Metric("192", False, True, _fid_of(_FID + "_192"), True),
    "fid768": _Metric("768", False, True, _fid_of(_FID + "_768"), True),
    "fid-inf": _Metric(_FEATURES, True, True, _fid_infinity_of),
    "is-inf": _Metric(_LOGITS, True, False, _is_infinity_of),
    "mifid": _Metric(_FEATURES, True, True, _mifid_of, True),
    "mind": _Metric(_FEATURES, True, True, _mind_of),
    "vendi": _Metric(_FEATURES, True, False, _vendi_of),
    "authpct": _Metric(_FEATURES, True, True, _authpct_of),
    "prd": _Metric(_FEATURES, True, True, _prd_of),
    "cmmd": _Metric(_FEATURES, True, True, _cmmd_of),
}
Metrics.METRICS = tuple(_ALL)
Metrics.__doc__ = (Metrics.__doc__ or "").replace("of: METRICS", "of: " + ", ".join(_ALL))
