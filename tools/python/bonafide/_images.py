"""Images as NumPy, PyTorch, PIL and others have them, to bytes [h, w, 3]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from ._arrays import as_array, warn

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
else:
    Bytes = np.ndarray

#: How a float becomes a byte, v being 255 (x - lo) / (hi - lo) in the precision of the array.
ROUNDINGS = ("save_image", "torchmetrics", "nearest")
_LAYOUTS = {"nhwc": "hwc", "hwc": "hwc", "nchw": "chw", "chw": "chw", "nhw": "hw", "hw": "hw"}
_CHANNELS = (1, 3, 4)


class Form(NamedTuple):
    """How images are to be read.

    layout    "nhwc", "nchw" or "nhw" (grey); None: told by the shape, which is refused where it could be two of them.
    range     (lo, hi) of floats, which have no meaning without it: (0, 1), (-1, 1). Bytes are taken as they are.
    rounding  of floats, v = 255 (x - lo) / (hi - lo) computed in the array's precision (float16 in float32):
              "save_image": floor(v + 0.5), as torchvision's save_image writes files; "torchmetrics": v cut off, as its
              normalize=True does; "nearest": to the nearest, halves to even, as numpy.round.
    """

    layout: Optional[str] = None
    range: Optional[Tuple[float, float]] = None
    rounding: str = "save_image"

    def checked(self) -> "Form":
        """Itself, or ValueError."""
        if self.layout is not None and self.layout not in _LAYOUTS:
            raise ValueError('layout: expected "nhwc", "nchw" or "nhw", found %r' % (self.layout,))
        if self.rounding not in ROUNDINGS:
            raise ValueError("rounding: expected one of %s, found %r" % (", ".join(ROUNDINGS), self.rounding))
        if self.range is not None:
            try:
                lo, hi = (float(end) for end in self.range)
            except (TypeError, ValueError):
                raise ValueError("range: expected (lo, hi), such as (0, 1), found %r" % (self.range,)) from None
            if not -np.inf < lo < hi < np.inf:
                raise ValueError("range: expected lo < hi, found %r" % (self.range,))
            return self._replace(range=(lo, hi))
        return self


def is_picture(x: Any) -> bool:
    """Whether x is an image of PIL, by what it can do: PIL itself is not imported."""
    return hasattr(x, "mode") and hasattr(x, "convert") and hasattr(x, "size")


def shape_of_batch(a: "npt.NDArray[Any]", name: str, form: Form) -> Tuple[str, Tuple[int, int]]:
    """Layout of the images of an array, "hwc", "chw" or "hw", and their height and width."""
    if a.ndim == 3 and (form.layout is None or _LAYOUTS[form.layout] != "hw"):
        raise ValueError('%s: expected shape (n, h, w, 3) or (n, 3, h, w), found %s; write %s[None] for one image, '
                         'layout="nhw" for grey ones' % (name, a.shape, name))
    if a.ndim not in (3, 4):
        raise ValueError("%s: expected shape (n, h, w, 3) or (n, 3, h, w), found %s" % (name, a.shape))
    layout = _layout_of(a.shape[1:], name, form, a.shape)
    return layout, (a.shape[2], a.shape[3]) if layout == "chw" else (a.shape[1], a.shape[2])


def _layout_of(shape: Tuple[int, ...], name: str, form: Form, said: Tuple[int, ...]) -> str:
    """Layout of one image of this shape; `said` is the shape for messages."""
    wanted = None if form.layout is None else _LAYOUTS[form.layout]
    n = "n" if len(said) > len(shape) else ""
    first, last = (shape[0] in _CHANNELS, shape[-1] in _CHANNELS) if len(shape) == 3 else (False, False)
    fits = {"hwc": last, "chw": first, "hw": len(shape) == 2}
    expected = "(n, h, w, 3) or (n, 3, h, w)" if n else "(h, w, 3) or (3, h, w)"
    if 0 in shape or not any(fits.values()):
        raise ValueError("%s: expected shape %s, with 1, 3 or 4 channels, found %s" % (name, expected, said))
    if wanted is not None:
        if not fits[wanted]:
            raise ValueError('%s: layout="%s" needs 1, 3 or 4 channels %s, found shape %s' % (
                name, form.layout, {"hwc": "last", "chw": "first", "hw": "nowhere (h, w)"}[wanted], said))
        return wanted
    if first and last:
        raise ValueError('%s: shape %s can have its channels first or last; write layout="nchw" or layout="nhwc"' % (
            name, said))
    return next(layout for layout, fit in fits.items() if fit)


def frames(images: Any, name: str, form: Form) -> "Iterator[Bytes]":
    """Each image as bytes [h, w, 3] without gaps: grey is replicated, alpha dropped (and said once). images: an array,
    or a sequence or iterator of arrays or PIL images of any sizes."""
    form = form.checked()
    told = _Once(name)
    if hasattr(images, "shape") or hasattr(images, "__dlpack__"):
        a = as_array(images, name)
        layout, _ = shape_of_batch(a, name, form)
        _check_dtype(a.dtype, name, form)
        for i in range(a.shape[0]):
            yield _image(a[i], "%s[%d]" % (name, i), layout, form, told)
        return
    if is_picture(images) or isinstance(images, (str, bytes)) or not isinstance(images, Iterable):
        raise TypeError("%s: expected an array or a sequence of images, found %s" % (name, type(images).__name__))
    for i, image in enumerate(images):
        one = "%s[%d]" % (name, i)
        a = _pixels(image, one)
        if a.ndim not in (2, 3):
            raise ValueError("%s: expected shape (h, w, 3) or (3, h, w), found %s" % (one, a.shape))
        yield _image(a, one, _layout_of(a.shape, one, form, a.shape), form, told)


class _Once:
    """Says once that alpha is dropped."""

    def __init__(self, name: str) -> None:
        self._name: Optional[str] = name

    def alpha(self) -> None:
        """An image had it."""
        if self._name is not None:
            warn("%s: alpha is dropped, as of files" % self._name)
            self._name = None


def _pixels(image: Any, name: str) -> "npt.NDArray[Any]":
    """One image as an array of whatever layout."""
    if isinstance(image, (str, bytes)):
        raise TypeError("%s: expected an image, found %s" % (name, type(image).__name__))
    if is_picture(image):
        if image.mode in ("P", "PA"):
            image = image.convert("RGB")
        elif image.mode == "1":
            image = image.convert("L")
        elif image.mode == "LA":
            image = image.convert("RGBA")
        elif image.mode not in ("RGB", "L", "RGBA"):
            raise TypeError('%s: an image of mode %r; write image.convert("RGB") if that is what you want' % (
                name, image.mode))
    return as_array(image, name)


def _image(a: "npt.NDArray[Any]", name: str, layout: str, form: Form, told: _Once) -> "Bytes":
    if layout == "hw":
        a = a[:, :, None]
    elif layout == "chw":
        a = np.moveaxis(a, 0, 2)
    if a.shape[2] == 4:
        told.alpha()
        a = a[:, :, :3]
    pixels = _bytes(a, name, form)
    return np.ascontiguousarray(np.repeat(pixels, 3, 2) if a.shape[2] == 1 else pixels)


def _check_dtype(dtype: "np.dtype[Any]", name: str, form: Form) -> None:
    if dtype == np.uint8:
        return
    if dtype.kind != "f":
        hint = "; write x.astype('uint8') if they are 0 to 255" if dtype.kind in "iu" else ""
        raise TypeError("%s: expected dtype uint8, or floats with a range, found %s%s" % (name, dtype, hint))
    if form.range is None:
        raise TypeError("%s: expected dtype uint8, found %s; say what its values mean with range=(0, 1) or "
                        "range=(-1, 1)" % (name, dtype))


def _bytes(a: "npt.NDArray[Any]", name: str, form: Form) -> "Bytes":
    _check_dtype(a.dtype, name, form)
    if a.dtype == np.uint8 or form.range is None:
        return a
    if a.dtype.itemsize != 8:
        a = a.astype(np.float32 if a.dtype.itemsize < 8 else np.float64, copy=False)
    lo, hi = (a.dtype.type(end) for end in form.range)
    low, high = a.min(), a.max()
    if not (low >= lo and high <= hi):
        raise ValueError("%s: values from %g to %g, outside range=(%g, %g); write x.clip(%g, %g) if they may be cut" % (
            (name, low, high) + form.range + form.range))
    v = (a - lo) / (hi - lo) * a.dtype.type(255)
    if form.rounding == "save_image":
        v = v + a.dtype.type(0.5)
    elif form.rounding == "nearest":
        v = np.rint(v)
    result: Bytes = np.clip(v, 0, 255).astype(np.uint8)
    return result
