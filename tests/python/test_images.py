"""Images of every layout, type and range become the same bytes, or are refused with what to write. tests/install.sh
runs it as test_bonafide.py."""

import unittest
import warnings

import numpy as np

import bonafide
from bonafide._images import Form, frames


class Tensor:
    """What there is of a tensor of PyTorch: shape, detach, __array__ and DLPack's device."""

    def __init__(self, array, device=1, gradient=False):
        self._array, self._device, self._gradient = array, device, gradient
        self.shape, self.ndim = array.shape, array.ndim

    def __dlpack_device__(self):
        return self._device, 0

    def detach(self):
        return Tensor(self._array, self._device)

    def __array__(self, dtype=None, copy=None):
        if self._gradient:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self._array


class Capsule:
    """DLPack alone."""

    def __init__(self, array):
        self._array, self.shape, self.ndim = array, array.shape, array.ndim

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()

    def __dlpack__(self, **how):
        return self._array.__dlpack__(**how)


class Picture:
    """What there is of an image of PIL."""

    def __init__(self, pixels, mode):
        self._pixels, self.mode, self.size = pixels, mode, pixels.shape[1::-1]

    def __array__(self, dtype=None, copy=None):
        return self._pixels

    def convert(self, mode):
        if self.mode == "P" and mode == "RGB":
            return Picture(255 - np.repeat(self._pixels[..., None], 3, 2), mode)  # a palette from white to black
        if self.mode == "1" and mode == "L":
            return Picture((self._pixels * 255).astype(np.uint8), mode)
        if self.mode == "LA" and mode == "RGBA":
            return Picture(self._pixels[..., [0, 0, 0, 1]], mode)
        raise AssertionError(mode)


def bytes_of(images, **form):
    found = list(frames(images, "images", Form(**form)))
    return np.stack(found) if found else np.empty((0, 0, 0, 3), np.uint8)


class Images(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("ignore")
        rng = np.random.RandomState(4)
        self.rgb = rng.randint(0, 256, (3, 7, 9, 3)).astype(np.uint8)
        self.grey = rng.randint(0, 256, (3, 7, 9)).astype(np.uint8)

    def same(self, expected, images, **form):
        found = bytes_of(images, **form)
        self.assertEqual(found.dtype, np.uint8)
        np.testing.assert_array_equal(found, expected)

    def test_layouts(self):
        first = np.moveaxis(self.rgb, 3, 1)
        for images, form in ((self.rgb, {}), (first, {}), (self.rgb, {"layout": "nhwc"}), (first, {"layout": "nchw"}),
                             (list(self.rgb), {}), (iter(first), {}), (np.asfortranarray(self.rgb), {}),
                             (self.rgb[:, ::-1][:, ::-1], {})):
            self.same(self.rgb, images, **form)
        three = self.rgb[:, :3]
        self.same(three, three, layout="nhwc")
        self.same(np.moveaxis(three, 1, 3), three, layout="nchw")
        grey = np.repeat(self.grey[..., None], 3, 3)
        for images, form in ((self.grey, {"layout": "nhw"}), (self.grey[..., None], {}), (self.grey[:, None], {}),
                             (list(self.grey), {})):
            self.same(grey, images, **form)
        self.assertEqual(bytes_of(self.rgb[:0]).shape[0], 0)

    def test_alpha(self):
        alpha = np.concatenate([self.rgb, self.rgb[..., :1]], 3)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            self.same(self.rgb, alpha)
            self.same(self.rgb, np.moveaxis(alpha, 3, 1))
        self.assertEqual([str(one.message) for one in told], ["images: alpha is dropped, as of files"] * 2)

    def test_floats(self):
        every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, 3)
        for dtype in (np.float32, np.float64):
            unit = (every / 255.0).astype(dtype)
            for rounding in ("save_image", "nearest"):
                self.same(every, unit, range=(0, 1), rounding=rounding)
                self.same(every, np.moveaxis(unit, 3, 1) * 2 - 1, range=(-1, 1), rounding=rounding)
            self.same(every, every.astype(dtype), range=(0, 255))
        self.same(every, every, range=(0, 1))  # bytes are bytes
        some = np.linspace(0, 1, 5000, dtype=np.float32).reshape(1, 50, 100, 1)
        v = some * np.float32(255)
        three = (1, 1, 1, 3)
        self.same(np.tile(np.floor(v + np.float32(0.5)).clip(0, 255), three), some, range=(0, 1))
        self.same(np.tile(np.floor(v), three), some, range=(0, 1), rounding="torchmetrics")
        self.same(np.tile(np.round(v), three), some, range=(0, 1), rounding="nearest")
        half = np.full((1, 5, 5, 3), 0.5 / 255, np.float64)
        self.assertEqual([bytes_of(half, range=(0, 1), rounding=r).max() for r in ("save_image", "torchmetrics",
                                                                                   "nearest")],
                         [1, 0, 0])
        self.same(bytes_of(some.astype(np.float16).astype(np.float32), range=(0, 1)), some.astype(np.float16),
                  range=(0, 1))

    def test_tensors(self):
        first = np.moveaxis(self.rgb, 3, 1)
        self.same(self.rgb, Tensor(first))
        self.same(self.rgb, Tensor(first / np.float32(255), gradient=True), range=(0, 1))
        self.same(self.rgb, [Tensor(image) for image in first])
        if hasattr(np, "from_dlpack"):
            self.same(self.rgb, Capsule(self.rgb))
        with self.assertRaisesRegex(TypeError, r"images: is on a GPU; copy it to the CPU first: x.cpu\(\)"):
            bytes_of(Tensor(first, device=2))

    def test_pictures(self):
        for mode, pixels in (("RGB", self.rgb), ("L", self.grey), ("RGBA", np.concatenate([self.rgb, self.rgb[...,
                                                                                                              :1]],
                                                                                                              3))):
            expected = self.rgb if pixels.ndim == 4 else np.repeat(self.grey[..., None], 3, 3)
            self.same(expected, [Picture(one, mode) for one in pixels])
        self.same(255 - np.repeat(self.grey[..., None], 3, 3), [Picture(one, "P") for one in self.grey])
        self.same(np.repeat((self.grey[..., None] > 99) * 255, 3, 3), [Picture(one > 99, "1") for one in self.grey])
        both = np.stack([self.grey, 255 - self.grey], 3)
        self.same(np.repeat(self.grey[..., None], 3, 3), [Picture(one, "LA") for one in both])
        with self.assertRaisesRegex(TypeError, r"images\[0\]: an image of mode 'CMYK'; write image.convert"):
            bytes_of([Picture(self.rgb[0], "CMYK")])

    def test_refusals(self):
        unit = self.rgb / np.float32(255)
        for kind, words, images, form in (
                (ValueError, 'can have its channels first or last; write layout="nchw" or layout="nhwc"',
                 self.rgb[:, :3], {}),
                (ValueError, r"with 1, 3 or 4 channels, found \(3, 7, 9, 2\)", self.rgb[..., :2], {}),
                (ValueError, r'layout="nchw" needs 1, 3 or 4 channels first, found shape \(3, 7, 9, 3\)', self.rgb,
                 {"layout": "nchw"}),
                (ValueError, r'\(3, 7, 9\); write images\[None\] for one image, layout="nhw" for grey ones',
                 self.grey, {}),
                (ValueError, r"found \(3, 0, 9, 3\)", self.rgb[:, :0], {}),
                (TypeError,
                 r"images: expected dtype uint8, found float32; say what its values mean with range=\(0, 1\)",
                 unit, {}),
                (TypeError, r"found int64; write x.astype\('uint8'\) if they are 0 to 255",
                 self.rgb.astype(np.int64), {}),
                (ValueError, r"images\[0\]: values from -1 to 1, outside range=\(0, 1\); write x.clip\(0, 1\)",
                 np.stack([np.full((4, 4, 3), -1.0), np.full((4, 4, 3), 1.0)])[:, None].reshape(1, 8, 4, 3),
                 {"range": (0, 1)}),
                (ValueError, r"images\[0\]: values from nan", unit * np.nan, {"range": (0, 1)}),
                (ValueError, "range: expected lo < hi", unit, {"range": (1, 1)}),
                (ValueError, r"range: expected \(lo, hi\)", unit, {"range": 1}),
                (ValueError, "rounding: expected one of save_image", unit, {"range": (0, 1), "rounding": "up"}),
                (ValueError, 'layout: expected "nhwc"', unit, {"layout": "nwhc"}),
                (TypeError, "images: expected an array or a sequence of images, found int", 3, {}),
                (TypeError, r"images\[0\]: expected an image, found str", ["a"], {})):
            with self.assertRaisesRegex(kind, words):
                bytes_of(images, **form)

    def test_features(self):
        """They go into the network as they are."""
        with bonafide.Model("synth:1") as model:
            expected = model.features(self.rgb)
            np.testing.assert_array_equal(model.features(np.moveaxis(self.rgb, 3, 1) / np.float32(255), range=(0, 1)),
                                          expected)
            np.testing.assert_array_equal(bonafide.features(list(self.rgb / 255.0), weights="synth:1", range=(0, 1)),
                                          expected)


if __name__ == "__main__":
    unittest.main(verbosity=1)
