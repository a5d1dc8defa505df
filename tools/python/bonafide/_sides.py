"""A set of images as callers name one - a path, images, features, statistics - and how the program is asked of it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from ._errors import NumericError
from ._arrays import Doubles, Rows, _array, _rows, as_array, warn
from ._images import Form, frames, is_picture, shape_of_batch
from ._options import words_of
from ._library import version
from ._program import find_program, run_json

if TYPE_CHECKING:
    import numpy.typing as npt

PATH, PATHS, MOMENTS, FEATURES, IMAGES = "path", "paths", "moments", "features", "images"
#: Options of the program that name a set.
_SETS = ("test", "ref")
#: Paths of files that can hold arrays of floats.
_ARRAY = re.compile(r"\.np[yz](:.*)?$")


def kind_of(x: Any) -> str:
    """What x is: PATH, PATHS (a list of them), MOMENTS (mu, sigma), FEATURES [n, d] or IMAGES."""
    if isinstance(x, (str, bytes, os.PathLike)):
        return PATH
    if hasattr(x, "compute_moments"):
        return MOMENTS
    if isinstance(x, tuple) and x and not is_picture(x[0]) and not _has_paths(x) and np.ndim(x[0]) == 1:
        return MOMENTS
    if hasattr(x, "shape") or hasattr(x, "__dlpack__"):
        return FEATURES if len(x.shape) < 3 else IMAGES
    if _has_paths(x):
        return PATHS
    if isinstance(x, (list, tuple)) and x and not is_picture(x[0]) and np.ndim(x[0]) < 2:
        return FEATURES
    return IMAGES


def _has_paths(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and len(x) > 0 and all(isinstance(i, (str, bytes, os.PathLike)) for i in x)


def form_of(options: Mapping[str, Any]) -> "Tuple[Form, Dict[str, Any]]":
    """How images in arrays are to be read (layout=, range=, rounding=), and the other options."""
    rest = dict(options)
    given = {name: rest.pop(name) for name in Form._fields if rest.get(name) is not None}
    return Form(**given).checked(), {name: value for name, value in rest.items() if name not in Form._fields}


def by_library(sides: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether the library can do it: every side is features or moments. Options are the program's then, and refused."""
    if not all(kind_of(x) in (MOMENTS, FEATURES) for x in sides.values()):
        return False
    for name, value in options.items():
        if value is not None:
            raise TypeError("%s: is for images and files only; %s already features or statistics" % (
                name, " and ".join(sides) + (" are" if len(sides) > 1 else " is")))
    return True


def only_of_rows(function: str, **values: Any) -> None:
    """Refuses settings that the program does not have."""
    for name, value in values.items():
        if value is not None:
            raise TypeError("%s: the program has no such setting, so give %s features: model.features(images) or "
                            "bonafide.features(path)" % (name, function))


def moments_of(x: Any, name: str) -> "Tuple[Doubles, Doubles]":
    """(mu, sigma) as it was given."""
    if hasattr(x, "compute_moments"):
        x = x.compute_moments()
    if len(x) != 2:
        raise ValueError("%s: expected (mu, sigma), found a tuple of %d" % (name, len(x)))
    mu = _array(x[0], name + "[0]", np.float64, "(d,)")
    sigma = _array(x[1], name + "[1]", np.float64, "(d, d)")
    if sigma.shape != (mu.shape[0], mu.shape[0]):
        raise ValueError("%s: expected shapes (d,) and (d, d), found %s and %s" % (name, mu.shape, sigma.shape))
    return mu, sigma


class Operands:
    """Sets as words of the program's command line: what is not a path goes into a file of a temporary folder."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._folder: Optional[str] = None
        #: What the paths of files in that folder stand for.
        self.names: Dict[str, str] = {}

    def __enter__(self) -> "Operands":
        return self

    def __exit__(self, *_: Any) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def path(self, base: str, name: str) -> str:
        """A path in the temporary folder, called `name` in messages."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="bonafide.")
        path = os.path.join(self._folder, base)
        self.names[path] = name
        return path

    def word(self, x: Any, name: str) -> str:
        """The word for one set."""
        kind = kind_of(x)
        if kind == PATH:
            return os.fsdecode(x)
        base = name.replace("[", "").replace("]", "")
        if kind == PATHS:
            return "@" + self._list(x, base, name)
        if kind == MOMENTS:
            mu, sigma = moments_of(x, name)
            path = self.path(base + ".npz", name)
            np.savez(path, mu=mu, sigma=sigma)
            return path
        if kind == FEATURES:
            path = self.path(base + ".npy", name)
            np.save(path, _rows(x, name))
            return path
        return self._images(x, base, name)

    def _list(self, paths: Iterable[Any], base: str, name: str) -> str:
        lines = [os.path.abspath(os.fsdecode(path)) for path in paths]
        for line in lines:
            if "\n" in line:
                raise ValueError("%s: a path with a line break in it: %r" % (name, line))
        path = self.path(base + ".txt", name)
        with open(path, "wb") as file:
            file.write(b"".join(os.fsencode(line) + b"\n" for line in lines))
        return path

    def _images(self, x: Any, base: str, name: str) -> str:
        """Images of one size into an .npy, others as pictures into a .zip."""
        if hasattr(x, "shape") or hasattr(x, "__dlpack__"):
            a = as_array(x, name)
            _, (h, w) = shape_of_batch(a, name, self._form)
            path = self.path(base + ".npy", name)
            if a.shape[0] == 0:
                raise ValueError("%s: no images, shape %s" % (name, a.shape))
            write_header: Any = np.lib.format.write_array_header_1_0
            with open(path, "wb") as file:
                write_header(file, {"descr": "|u1", "fortran_order": False, "shape": (a.shape[0], h, w, 3)})
                for image in frames(a, name, self._form):
                    file.write(image.tobytes())
            return path
        path = self.path(base + ".zip", name)
        count = 0
        with zipfile.ZipFile(path, "w") as archive:
            for image in frames(x, name, self._form):
                head = b"P6\n%d %d\n255\n" % (image.shape[1], image.shape[0])
                archive.writestr("%09d.ppm" % count, head + image.tobytes())
                count += 1
        if count == 0:
            raise ValueError("%s: no images" % name)
        return path


def ask(command: str, sides: Mapping[str, Any], options: Mapping[str, Any], output: Optional[str] = None) -> Any:
    """Asks the program for a command of these sets, and gives its answer as JSON.md has it; its warnings are warned of
    too. output: the suffix of a file that the command writes with -o, unless the options name one; it is read, its text
    or a dict of its arrays, and given beside the answer in a tuple."""
    form, options = form_of(options)
    with Operands(form) as o:
        options.update(_for_files(form, list(sides.values()) + [options.get(name) for name in _SETS]))
        for name in _SETS:
            if options.get(name) is not None:
                options[name] = o.word(options[name], name)
        if output is not None and options.get("output") is None:
            options["output"] = o.path("output" + output, "output")
        words = command.split() + words_of(command, options)
        words += ["--"] + [o.word(x, name) for name, x in sides.items()]
        answer = run_json(words, o.names)
        for warning in answer.get("warnings", ()):
            warn(warning)
        if answer["tool"]["version"] != version():
            warn("the program %s is version %s and the library %s: their numbers may differ" % (
                find_program(), answer["tool"]["version"], version()))
        return (answer, _read(options["output"])) if output is not None else answer


def _for_files(form: Form, sides: Iterable[Any]) -> Dict[str, Any]:
    """What the program must know of arrays in files; it reads them as Model.features reads arrays."""
    files = [x for x in sides if x is not None and kind_of(x) in (PATH, PATHS)]
    if not files:
        return {}
    arrays = [x for x in files if kind_of(x) == PATH and _ARRAY.search(os.fsdecode(x))]
    if form.range is not None and form.rounding != "save_image" and arrays:
        raise ValueError('rounding: of floats in files it is "save_image", found %r for %s' % (
            form.rounding, arrays[0]))
    options: Dict[str, Any] = {"range": form.range}
    if form.layout is not None and form.layout.startswith("n") and form.layout != "nhw":
        options["layout"] = form.layout
    return {name: value for name, value in options.items() if value is not None}


def _read(path: str) -> Any:
    if path.endswith(".npz"):
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def numbers(answer: Mapping[str, Any], *keys: str) -> List[Any]:
    """Values of an answer. Raises NumericError with the program's reason where one is not there."""
    for key in keys:
        if answer.get(key) is None:
            reasons = [answer[key + "_unknown"]] if key + "_unknown" in answer else list(answer.get("warnings", ()))
            raise NumericError("%s is not there: %s" % (key, "; ".join(reasons)))
    return [answer[key] for key in keys]


def features(images: Any, tap: Optional[str] = None, preset: Optional[str] = None, network: Optional[str] = None,
             weights: Any = None, **options: Any) -> Rows:
    """Features [n, d] in float32 of a set: a path (folder, .zip, .npz, .npy, @list, ...), a list of paths, or images as
    Model.features takes them. The program computes them, so it decodes files and finds the weights. tap: the layer,
    preset: whose resizing and scaling; further keywords: the options of `bonafide help features` ("skip_bad=True")."""
    every = dict(options, tap=tap, preset=preset, network=network, weights=weights)
    _, arrays = ask("features", {"images": images}, every, output=".npz")
    rows: Rows = arrays["feats"]
    return rows


def rows_of(x: Any, name: str, options: Mapping[str, Any], **own: Any) -> Rows:
    """Features of a side: its own, those of a feature file, or what the program computes."""
    if kind_of(x) == FEATURES:
        return _rows(x, name)
    if kind_of(x) == MOMENTS:
        raise TypeError("%s: expected features or images, found (mu, sigma)" % name)
    if kind_of(x) == PATH:
        kept = _feature_file(os.fsdecode(x))
        if kept is not None:
            return _rows(kept, name)
    return features(x, **dict(options, **own))


def _feature_file(path: str) -> "Optional[npt.NDArray[Any]]":
    """The rows of an .npy or .npz of features, None for anything else."""
    if not path.endswith((".npy", ".npz")) or not os.path.isfile(path):
        return None
    try:
        found = np.load(path, mmap_mode="r" if path.endswith(".npy") else None, allow_pickle=False)
    except ValueError:
        return None
    if isinstance(found, np.ndarray):
        return found if found.ndim == 2 else None
    with found:
        return found["feats"] if "feats" in found.files else None


def both_rows(real: Any, gen: Any, options: Mapping[str, Any],
              names: Tuple[str, str] = ("real", "gen")) -> Iterator[Rows]:
    """Features of both sides, of one width."""
    a, b = rows_of(real, names[0], options), rows_of(gen, names[1], options)
    if a.shape[1] != b.shape[1]:
        raise ValueError("%s and %s: expected the same width, found shapes %s and %s" % (names + (a.shape, b.shape)))
    return iter((a, b))
