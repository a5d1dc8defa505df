"""Arrays as the library takes them."""

import ctypes

import numpy as np

from ._library import _Context, _Set, _double, _library, _size, _threads


def _array(x, name, dtype, shape):
    """x as a contiguous array; `shape` says in words what is expected, such as "(n, d)"."""
    a = np.asarray(x)
    if a.dtype != np.dtype(dtype):
        raise TypeError("%s: expected dtype %s, found %s" % (name, np.dtype(dtype).name, a.dtype))
    if a.ndim != shape.count(",") + 1 - shape.endswith(",)"):
        raise ValueError("%s: expected shape %s, found %s" % (name, shape, a.shape))
    return np.ascontiguousarray(a)


def _rows(x, name):
    return _array(x, name, np.float32, "(n, d)")


def _two(real, gen):
    a, b = _rows(real, "real"), _rows(gen, "gen")
    if a.shape[1] != b.shape[1]:
        raise ValueError("real and gen: expected the same width, found shapes %s and %s" % (a.shape, b.shape))
    return a, b


def _at(a):
    return ctypes.c_void_p(a.ctypes.data)


def _set(rows):
    """A set as the metrics take it; the rows stay the caller's."""
    return ctypes.byref(_Set(rows.ctypes.data, rows.shape[0], rows.shape[1]))


def _context():
    return ctypes.byref(_Context(_threads()))


def _of(result, kind):
    """A namedtuple from the fields of a structure that it names."""
    return kind(*(getattr(result, field) for field in kind._fields))


def _options(function, structure, **values):
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
