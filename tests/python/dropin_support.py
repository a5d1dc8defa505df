"""What the tests of the stand-ins for other tools share: folders of small pictures, and synthetic weights."""

import os
import tempfile
import unittest
import warnings
import zipfile

import numpy as np

os.environ["BONAFIDE_WEIGHTS"] = "synth:1"


def ppm(image):
    return b"P6\n%d %d\n255\n" % (image.shape[1], image.shape[0]) + image.tobytes()


def pictures(n, seed, low=0, high=256, h=20, w=24):
    """Bytes [n, h, w, 3]."""
    return np.random.RandomState(seed).randint(low, high, (n, h, w, 3)).astype(np.uint8)


def chw(images):
    """The same as PyTorch has them."""
    return np.ascontiguousarray(np.moveaxis(images, 3, 1))


def write(folder, images, names=None):
    os.makedirs(folder, exist_ok=True)
    for i, image in enumerate(images):
        with open(os.path.join(folder, "%02d.ppm" % i if names is None else names[i]), "wb") as file:
            file.write(ppm(image))
    return folder


class Tensor:
    """A tensor of a library that is not NumPy: on the CPU after cpu(), read by __array__."""

    def __init__(self, array, on_cpu=False):
        self._array, self._on_cpu = array, on_cpu
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __len__(self):
        return len(self._array)

    def detach(self):
        return self

    def cpu(self):
        return Tensor(self._array, True)

    def __array__(self, dtype=None, copy=None):
        if not self._on_cpu:
            raise TypeError("not on the CPU")
        return self._array if dtype is None else self._array.astype(dtype)


class Dropin(unittest.TestCase):
    """Two folders, real and gen, with an image below one of them that only some tools look at."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory(prefix="bonafide-dropin.")
        cls.top = cls._folder.name
        cls.real_images, cls.gen_images = pictures(6, 1, 0, 200), pictures(5, 2, 60, 256)
        cls.deep_images = pictures(1, 3)
        cls.real = write(os.path.join(cls.top, "real"), cls.real_images)
        cls.gen = write(os.path.join(cls.top, "gen"), cls.gen_images)
        write(os.path.join(cls.real, "more"), cls.deep_images, ["deep.ppm"])
        with open(os.path.join(cls.real, "notes.txt"), "w") as file:
            file.write("no picture\n")
        cls.lists = {}
        for name, folder, count in (("real", cls.real, 6), ("gen", cls.gen, 5)):
            cls.lists[name] = "@" + os.path.join(cls.top, name + ".txt")
            with open(cls.lists[name][1:], "w") as file:
                file.write("".join("%s/%02d.ppm\n" % (folder, i) for i in range(count)))
        cls.deep = os.path.join(cls.real, "more", "deep.ppm")
        cls.zip = os.path.join(cls.top, "gen.zip")
        with zipfile.ZipFile(cls.zip, "w") as archive:
            for i, image in enumerate(cls.gen_images):
                archive.writestr("%02d.ppm" % i, ppm(image))

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()

    def setUp(self):
        warnings.simplefilter("ignore")

    def ignored(self, function, *args, **kwargs):
        """What a call returns, and the one warning of options without meaning."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = function(*args, **kwargs)
        said = [str(w.message) for w in caught if "without meaning" in str(w.message)]
        for w in caught:
            if "without meaning" in str(w.message):
                self.assertIn("dropin", os.path.basename(w.filename))  # the caller's line
        self.assertLessEqual(len(said), 1)
        return result, said[0] if said else None
