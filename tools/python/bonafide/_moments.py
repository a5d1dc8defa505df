"""Mean and covariance of features that come in batches."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Tuple

import numpy as np

from ._arrays import Doubles, _at, _rows
from ._errors import Error, NumericError
from ._library import _call, _handle, _library, _size
from ._threads import Native, Team, default_threads


class _Sums:
    """A gmet_moments. It holds on to the pool that it adds with."""

    def __init__(self, native: Native, dim: int) -> None:
        self.native, self.pointer = native, _handle()
        _call("gmet_moments_create", ctypes.byref(self.pointer), _size(dim), native.context())

    def __del__(self, library: Any = _library, byref: Any = ctypes.byref) -> None:
        library.gmet_moments_close(byref(self.pointer))


class Moments:
    """Mean and covariance of features that come in batches; a side of fid():

        m = bonafide.Moments()
        for batch in loader: m.update(model.features(batch))
        bonafide.fid("photos.npz", m)

    Memory does not grow with the number of rows (some 50 MB for 2048 features). The result is that of moments() of all
    rows, in whatever batches they came, to the last bit. dim: the width, or a first batch, or None: that of the first
    batch."""

    def __init__(self, dim: Any = None, *, _team: Optional[Team] = None) -> None:
        self._team = _team or Team(default_threads())
        self._sums: Optional[_Sums] = None
        self._whole = True
        self._found: "Optional[Tuple[int, Tuple[Doubles, Doubles]]]" = None
        #: Width of the rows, None as long as it is not known.
        self.dim: Optional[int] = None
        #: Number of rows.
        self.n = 0
        if isinstance(dim, (int, np.integer)):
            if dim < 1:
                raise ValueError("dim: expected a width above 0, found %r" % (dim,))
            self.dim = int(dim)
        elif dim is not None:
            self.update(dim)

    def __repr__(self) -> str:
        return "<bonafide.Moments of %d rows, d = %s>" % (self.n, self.dim)

    def update(self, features: Any) -> "Moments":
        """Adds rows, float32 [n, d]; returns itself."""
        rows = _rows(features, "features")
        if self.dim is not None and rows.shape[1] != self.dim:
            raise ValueError("features: expected shape (n, %d), found %s" % (self.dim, rows.shape))
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            raise NumericError("features: row %d is not finite" % int(np.argmin(finite)))
        self._check()
        self.dim = int(rows.shape[1])
        if rows.shape[0] == 0:
            return self

        def add(native: Native) -> None:
            if self._sums is None:
                self._sums = _Sums(native, rows.shape[1])
            elif self._sums.native is not native:
                raise Error("Moments cannot go on in a process forked from the one that began them")
            _call("gmet_moments_add", self._sums.pointer, _at(rows), _size(rows.shape[0]), _size(rows.shape[1]))

        self._whole = False  # until all rows are in
        self._team.call(add)
        self._whole, self._found = True, None
        self.n += rows.shape[0]
        return self

    def compute(self, ddof: int = 1) -> Tuple[Doubles, Doubles]:
        """(mu [d], sigma [d, d]) in float64 of the rows so far; the covariance's divisor is n - ddof."""
        self._check()
        if self._found is not None and self._found[0] == ddof:
            return self._found[1]
        sums = self._sums
        if sums is None:
            raise NumericError("no rows yet: call update first")
        pointer, d = sums.pointer, int(self.dim or 0)
        mu, sigma = np.empty(d), np.empty((d, d))
        self._team.call(lambda native: _call("gmet_moments_get", pointer, _at(mu), _at(sigma), _size(ddof)))
        mu.flags.writeable = sigma.flags.writeable = False
        self._found = (ddof, (mu, sigma))
        return mu, sigma

    compute_moments = compute

    def reset(self) -> "Moments":
        """Forgets all rows; the width stays."""
        self._sums, self._found, self.n, self._whole = None, None, 0, True
        return self

    def _check(self) -> None:
        if not self._whole:
            raise Error("an update was interrupted, so that nobody knows which rows are in: call reset")
