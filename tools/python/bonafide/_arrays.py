"""Arrays as the library takes them."""

from __future__ import annotations

import ctypes
import sys
import warnings
from typing import TYPE_CHECKING, Any, Tuple

import numpy as np

from ._errors import BonafideWarning
from ._library import _Set, _double, _library, _size

if TYPE_CHECKING:
    import numpy.typing as npt

    Rows = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]
else:  # NumPy 1.20 and older have no numpy.typing.NDArray
    Rows = Doubles = np.ndarray

#: DLPack's kinds of memory that this process can read: the CPU's, and that of the host which a GPU reads too.
_READABLE = (1, 3)


def warn(message: str) -> None:
    """A BonafideWarning that points to the caller's line, outside this package."""
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, BonafideWarning, stacklevel=level)


def as_array(x: Any, name: str) -> "npt.NDArray[Any]":
    """x as an array of NumPy, without a copy where that can be: what has __array__ (a PyTorch tensor, an image of PIL)
    or __dlpack__, and lists of numbers. What lies on a GPU is refused."""
    if isinstance(x, np.ndarray):
        return x
    device = getattr(x, "__dlpack_device__", None)
    if device is not None and int(device()[0]) not in _READABLE:
        raise TypeError("%s: is on a GPU; copy it to the CPU first: x.cpu() of PyTorch, x.get() of CuPy, "
                        "jax.device_get(x)" % name)
    if hasattr(x, "detach"):
        x = x.detach()  # a tensor that has gradients refuses __array__
    try:
        if not hasattr(x, "__array__") and hasattr(x, "__dlpack__"):
            if not hasattr(np, "from_dlpack"):
                raise TypeError("%s: DLPack needs NumPy 1.22, this is %s" % (name, np.__version__))
            return np.asarray(np.from_dlpack(x))
        return np.asarray(x)
    except (TypeError, RuntimeError, BufferError) as problem:
        raise TypeError("%s: cannot be read as an array: %s%s" % (
            name, problem, "; write x.float()" if "bfloat16" in str(problem).lower() else "")) from None


def _array(x: Any, name: str, dtype: Any, shape: str) -> "npt.NDArray[Any]":
    """x as a contiguous array; `shape` says in words what is expected, such as "(n, d)"."""
    a = as_array(x, name)
    if a.dtype != np.dtype(dtype):
        raise TypeError("%s: expected dtype %s, found %s" % (name, np.dtype(dtype).name, a.dtype))
    return _shaped(a, name, shape)


def _shaped(a: "npt.NDArray[Any]", name: str, shape: str) -> "npt.NDArray[Any]":
    if a.ndim != shape.count(",") + 1 - shape.endswith(",)"):
        raise ValueError("%s: expected shape %s, found %s" % (name, shape, a.shape))
    return np.ascontiguousarray(a)


def _rows(x: Any, name: str) -> "Rows":
    """Features, [n, d]. float64 is rounded to float32, as the program rounds it, and says so where that changes it."""
    a = as_array(x, name)
    if a.dtype.kind != "f":
        raise TypeError("%s: expected dtype float32, found %s" % (name, a.dtype))
    a = _shaped(a, name, "(n, d)")
    if a.dtype == np.float32:
        return a
    with np.errstate(over="ignore"):
        rows: Rows = a.astype(np.float32)
    changed = int(np.count_nonzero((rows != a) & (a == a)))
    if changed:
        warn("%s: %s rounded to float32, which changes %d of %d numbers" % (name, a.dtype, changed, a.size))
    return rows


def _two(real: Any, gen: Any) -> "Tuple[Rows, Rows]":
    a, b = _rows(real, "real"), _rows(gen, "gen")
    if a.shape[1] != b.shape[1]:
        raise ValueError("real and gen: expected the same width, found shapes %s and %s" % (a.shape, b.shape))
    return a, b


def _at(a: "npt.NDArray[Any]") -> ctypes.c_void_p:
    return ctypes.c_void_p(a.ctypes.data)


def _set(rows: "Rows") -> Any:
    """A set as the metrics take it; the rows stay the caller's."""
    return ctypes.byref(_Set(rows.ctypes.data, rows.shape[0], rows.shape[1]))


def _of(result: Any, kind: Any) -> Any:
    """A namedtuple from the fields of a structure that it names."""
    return kind(*(getattr(result, field) for field in kind._fields))


def _options(function: str, structure: Any, **values: Any) -> Any:
    """The defaults of the library, but for the values that are not None."""
    options = structure()
    getattr(_library, function)(ctypes.byref(options), _size(ctypes.sizeof(options)))
    for name, value in values.items():
        if value is not None:
            kind = dict(structure._fields_)[name]
            if kind is not _double and (isinstance(value, float) or value < 0):
                raise ValueError("%s: expected a number that is whole and not negative, found %r" % (name, value))
            setattr(options, name, value)
    return options
