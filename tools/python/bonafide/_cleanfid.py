"""What bonafide.cleanfid.fid has: clean-fid's functions, with its presets and its way to look for images.

In a folder, at any depth, the files count that end in one of EXTENSIONS and are not hidden; a .zip is read by the
program. Weights are those that the program finds ($BONAFIDE_WEIGHTS, or the installed ones). Named statistics lie in
stats_folder() under the names that clean-fid gives them; nothing is downloaded.
"""

from __future__ import annotations

import glob
import os
import random
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from ._arrays import Doubles, Rows, warn
from ._dropin import batch_of, chunks, data_folders, listed, model_of, torch_if_loaded, warn_ignored
from ._errors import FileError, InputError, MissingFileError, UnsupportedError
from ._metrics import fid as _fid_of
from ._metrics import kid as _kid_of
from ._metrics import moments as _moments_of
from ._sides import ask, features
from ._sides import numbers as _numbers

#: What counts as an image, by its ending; an .npy is one image, uint8 [h, w, 3].
EXTENSIONS = ("bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp", "npy", "JPEG", "JPG", "PNG")
#: Modes and the presets that they are here.
MODES = {"clean": "clean", "legacy_pytorch": "pytorch-fid", "legacy_tensorflow": "tf1"}
_NETWORKS: Dict[str, Optional[str]] = {"inception_v3": None, "clip_vit_b_32": "clip-vit-b-32"}
_ADDRESS = "https://www.cs.cmu.edu/~clean-fid/stats/"

Side = Union[str, List[str]]


class _Way(NamedTuple):
    """How pixels become features, and what clean-fid calls that in the names of its files."""

    mode: str
    model_name: str
    preset: str
    network: Optional[str]  # None: the Inception-v3 of the weights

    def options(self) -> Dict[str, Any]:
        """For the program."""
        return {"preset": self.preset, "network": self.network}


def _way(mode: str, model_name: str = "inception_v3") -> _Way:
    if mode not in MODES:
        raise ValueError("mode: expected one of %s, found %r" % (", ".join(MODES), mode))
    if model_name not in _NETWORKS:
        raise ValueError("model_name: expected one of %s, found %r" % (", ".join(_NETWORKS), model_name))
    preset = "clip" if model_name == "clip_vit_b_32" else MODES[mode]
    return _Way(mode, model_name, preset, _NETWORKS[model_name])


def _refuse(**given: Any) -> None:
    """Functions that would change the pixels or the network."""
    for name, value in given.items():
        if value is not None:
            raise UnsupportedError("%s: pictures are decoded and resized by the program, which cannot call it; give "
                                   "arrays that it was applied to with gen=, or features to fid_from_feats" % name)


# --- images of a folder --------------------------------------------------------------------------------------------


def _side(fdir: Any, num: Optional[int] = None, shuffle: bool = False, seed: int = 0) -> Side:
    """The path of an archive, or the images of a folder."""
    path: str = os.fsdecode(fdir)
    if os.path.isfile(path) and path.endswith(".zip") and num is None:
        return path
    if not os.path.isdir(path):
        if os.path.isfile(path):
            raise InputError("%s: expected a folder or a .zip%s" % (path, " (num= of folders only)" if num else ""))
        raise MissingFileError("%s: no such folder" % path)
    every = glob.glob(os.path.join(glob.escape(path), "**", "*"), recursive=True)
    endings = tuple("." + ext for ext in EXTENSIONS)
    files = sorted(found for found in every if found.endswith(endings) and not os.path.isdir(found))
    if num is not None:
        if shuffle:
            random.Random(seed).shuffle(files)
        files = files[:num]
    return listed(path, files, EXTENSIONS, "at any depth")


def _arrays_in(side: Side) -> bool:
    return not isinstance(side, str) and any(path.endswith(".npy") for path in side)


def _rows(side: Side, way: _Way, model: Any = None) -> Rows:
    """Features [n, d] of images, in their order."""
    if model is None and not _arrays_in(side):
        return features(side, **way.options())
    if not _arrays_in(side):
        found: Rows = model.features(side, preset=way.preset)
        return found
    model = model_of(way.network) if model is None else model
    at = [path.endswith(".npy") for path in side]
    rows = np.empty((len(side), model.dim()), np.float32)
    pictures = [path for path, is_array in zip(side, at) if not is_array]
    if pictures:
        rows[~np.array(at)] = model.features(pictures, preset=way.preset)
    arrays = (np.load(path, allow_pickle=False) for path, is_array in zip(side, at) if is_array)
    rows[np.array(at)] = model.features(arrays, preset=way.preset, layout="hwc")
    return rows


def get_folder_features(fdir: Any, model: Any = None, num_workers: Any = None, num: Optional[int] = None,
                        shuffle: bool = False, seed: int = 0, batch_size: Any = None, device: Any = None,
                        mode: str = "clean", custom_fn_resize: Any = None, description: Any = None,
                        verbose: bool = True, custom_image_tranform: Any = None) -> Rows:
    """Features, float32 [n, d], of the images of a folder (or .zip) in the order of their names. model: a
    bonafide.Model, None for Inception-v3. num: only so many, with shuffle drawn by Python's random of that seed. Raises
    Error."""
    _refuse(custom_fn_resize=custom_fn_resize, custom_image_tranform=custom_image_tranform)
    warn_ignored("get_folder_features", dict(num_workers=num_workers, batch_size=batch_size, device=device))
    if model is not None and not hasattr(model, "dim"):
        raise TypeError("model: expected a bonafide.Model or None, found %s" % type(model).__name__)
    return _rows(_side(fdir, num, shuffle, seed), _way(mode), model)


# --- images of a generator -----------------------------------------------------------------------------------------


def _generated(gen: Callable[[Any], Any], way: _Way, num_gen: int, batch_size: Optional[int], z_dim: int, device: Any,
               transform: Optional[Callable[[Any], Any]]) -> Rows:
    """Features of num_gen images of gen(z), z standard normal [batch, z_dim]: a tensor where torch is loaded."""
    size = 32 if batch_size is None else batch_size
    if size < 1 or num_gen < 1:
        raise ValueError("batch_size and num_gen: expected numbers above 0, found %r and %r" % (size, num_gen))
    rng = np.random.RandomState()
    batches = chunks(lambda n: _batch(gen, _latent(size, z_dim, device, rng), transform)[:n], num_gen, size)
    images = (image for batch in batches for image in batch)
    rows: Rows = model_of(way.network).features(images, preset=way.preset, layout="hwc")
    if rows.shape[0] < num_gen:
        raise ValueError("gen: expected batches of batch_size = %d images, found fewer (%d of %d in all)" % (
            size, rows.shape[0], num_gen))
    return rows


def _latent(n: int, z_dim: int, device: Any, rng: "np.random.RandomState") -> Any:
    torch = torch_if_loaded()
    if torch is None:
        return rng.standard_normal((n, z_dim)).astype(np.float32)
    z = torch.randn((n, z_dim))
    return z if device is None else z.to(device)


def _batch(gen: Callable[[Any], Any], z: Any, transform: Optional[Callable[[Any], Any]]) -> List[Any]:
    """The images of gen(z), [h, w, 3] in bytes."""
    torch = torch_if_loaded()
    if torch is None:
        a = batch_of(gen(z), "gen(z)")
    else:
        with torch.no_grad():
            a = batch_of(gen(z), "gen(z)")
    a = np.moveaxis(a, 1, 3)
    return [_bytes(image if transform is None else np.asarray(transform(image))) for image in a]


def _bytes(image: Any) -> Any:
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != "f" or not (image.min() >= 0 and image.max() <= 255):
        raise ValueError("gen(z): expected uint8, or floats from 0 to 255, found %s from %s to %s" % (
            image.dtype, image.min(), image.max()))
    whole = np.rint(image)
    if (whole != image).any():
        warn("gen(z): floats between whole numbers are rounded to bytes, as files would have them; clean-fid resizes "
             "them as they are")
    return whole.astype(np.uint8)


# --- named statistics ----------------------------------------------------------------------------------------------


def stats_folder() -> str:
    """Where named statistics lie: bonafide/cleanfid in $XDG_DATA_HOME, else in ~/.local/share."""
    return os.path.join(data_folders()[0], "cleanfid")


def _stats_path(name: str, way: _Way, split: str, res: Any, metric: str) -> str:
    if metric not in ("FID", "KID"):
        raise ValueError('metric: expected "FID" or "KID", found %r' % (metric,))
    if not isinstance(name, str) or re.match(r"[A-Za-z0-9_.+-]+$", name) is None or name.startswith("."):
        raise ValueError("name: expected letters, digits, '_', '-', '+' and '.', found %r" % (name,))
    network = "" if way.model_name == "inception_v3" else "_" + way.model_name
    res = "na" if split == "custom" else res
    base = "%s_%s%s_%s_%s%s.npz" % (name, way.mode, network, split, res, "_kid" if metric == "KID" else "")
    return os.path.join(stats_folder(), base.lower())


def test_stats_exists(name: str, mode: str, model_name: str = "inception_v3", metric: str = "FID") -> bool:
    """Whether custom statistics of this name are there."""
    return os.path.exists(_stats_path(name, _way(mode, model_name), "custom", None, metric))


def remove_custom_stats(name: str, mode: str = "clean", model_name: str = "inception_v3") -> None:
    """Removes custom statistics, those of FID and those of KID. Raises MissingFileError where there are none."""
    way = _way(mode, model_name)
    paths = [_stats_path(name, way, "custom", None, metric) for metric in ("FID", "KID")]
    there = [path for path in paths if os.path.exists(path)]
    if not there:
        raise MissingFileError("no custom statistics %r of mode %s: %s is not there" % (name, mode, paths[0]))
    for path in there:
        os.remove(path)


def make_custom_stats(name: str, fdir: Any, num: Optional[int] = None, mode: str = "clean",
                      model_name: str = "inception_v3", num_workers: Any = None, batch_size: Any = None,
                      device: Any = None, verbose: bool = True) -> None:
    """Keeps mean, covariance and features of a folder's images under a name, in stats_folder(). num: of the first so
    many images only. Raises FileError where the name is taken (remove_custom_stats frees it)."""
    warn_ignored("make_custom_stats", dict(num_workers=num_workers, batch_size=batch_size, device=device))
    way = _way(mode, model_name)
    target, kept = (_stats_path(name, way, "custom", None, metric) for metric in ("FID", "KID"))
    if os.path.exists(target):
        raise FileError("custom statistics %r of mode %s are there already: remove_custom_stats(%r, mode=%r) first" % (
            name, mode, name, mode))
    side = _side(fdir, num)
    os.makedirs(stats_folder(), exist_ok=True)
    if _arrays_in(side):
        rows = _rows(side, way)
        mu, sigma = _moments_of(rows)
        np.savez(kept, feats=rows)
        np.savez(target, mu=mu, sigma=sigma)
        return
    ask("features", {name: side}, dict(way.options(), output=kept))
    ask("stats", {name: kept}, {"output": target})


def _reference(name: str, res: Any, way: _Way, split: str, metric: str) -> str:
    """The file of named statistics: the caller's own, or one that clean-fid publishes and the user has brought."""
    path = _stats_path(name, way, split, res, metric)
    if os.path.exists(path):
        return path
    if split == "custom":
        raise MissingFileError("no custom statistics %r of mode %s: %s is not there; make_custom_stats makes it" % (
            name, way.mode, path))
    base = os.path.basename(path)
    known = os.path.splitext(base)[0]  # what `bonafide refs get` calls it, and keeps it under
    for folder in data_folders():
        kept = os.path.join(folder, "refs", "own", base)
        if os.path.exists(kept):
            return kept
    gets = "" if metric == "KID" else "'bonafide refs get %s' gets them, or " % known
    raise MissingFileError(
        "statistics of %s, split %s, resolution %s are not here, and nothing is downloaded: %sbring %s%s to %s" % (
            name, split, res, gets, _ADDRESS, base, stats_folder()))


def _kept_rows(path: str) -> Rows:
    with np.load(path, allow_pickle=False) as file:
        if "feats" not in file.files:
            raise InputError("%s: expected feats, found %s" % (path, ", ".join(file.files)))
        rows: Rows = np.asarray(file["feats"], np.float32)
        return rows


# --- the numbers ---------------------------------------------------------------------------------------------------


def _fid_sides(first: Side, second: Side, way: _Way) -> float:
    """FID of what the program can read."""
    said = ask("fid", {"A": first, "B": second}, way.options())
    return float(_numbers(said, "frechet_inception_distance")[0])


def _moments(side: Side, way: _Way) -> Tuple[Doubles, Doubles]:
    return _moments_of(_rows(side, way)) if _arrays_in(side) else _moments_of(side, **way.options())


def _which(fdir1: Any, fdir2: Any, gen: Any) -> None:
    if gen is not None and fdir1 is not None:
        warn("gen is left out: fdir1 is given")
    if gen is not None and not callable(gen):
        raise TypeError("gen: expected a function of a batch of latents, found %s" % type(gen).__name__)
    if fdir1 is None and gen is None:
        raise ValueError("expected fdir1 or gen, alone (with dataset_name) or with fdir2")


def compute_fid(fdir1: Any = None, fdir2: Any = None, gen: Optional[Callable[[Any], Any]] = None, mode: str = "clean",
                model_name: str = "inception_v3", num_workers: Any = None, batch_size: Optional[int] = None,
                device: Any = None, dataset_name: str = "FFHQ", dataset_res: Any = 1024, dataset_split: str = "train",
                num_gen: int = 50_000, z_dim: int = 512, custom_feat_extractor: Any = None, verbose: bool = True,
                custom_image_tranform: Optional[Callable[[Any], Any]] = None, custom_fn_resize: Any = None,
                use_dataparallel: Any = None) -> float:
    """FID of a folder or generator against another folder or named statistics; lower is better.

    fdir1, fdir2   folders (or .zip) of images; without fdir2 the statistics dataset_name, dataset_res, dataset_split
    gen            in place of fdir1: a function of a batch of latents, standard normal [batch_size, z_dim] (a tensor
                   where torch is imported, else an array), that gives uint8 [batch_size, 3, h, w], or floats from 0 to
                   255; num_gen images are taken
    mode           "clean", "legacy_pytorch" or "legacy_tensorflow"
    model_name     "inception_v3" or "clip_vit_b_32"

    custom_image_tranform works on the images [h, w, 3] of gen only; custom_fn_resize and custom_feat_extractor are
    refused. Raises Error."""
    _refuse(custom_fn_resize=custom_fn_resize, custom_feat_extractor=custom_feat_extractor)
    _which(fdir1, fdir2, gen)
    way = _way(mode, model_name)
    by_gen = fdir1 is None
    warn_ignored("compute_fid", dict(num_workers=num_workers, use_dataparallel=use_dataparallel,
                                     **({} if by_gen else dict(batch_size=batch_size, device=device))))
    if not by_gen:
        _refuse(custom_image_tranform=custom_image_tranform)
    other: Side = (_side(fdir2) if fdir2 is not None else
                   _reference(dataset_name, dataset_res, way, dataset_split, "FID"))
    if not by_gen:
        one = _side(fdir1)
        if not _arrays_in(one) and not _arrays_in(other):
            return _fid_sides(other, one, way)
        return _fid_of(_moments_or_file(other, way), _moments(one, way))
    assert gen is not None
    rows = _generated(gen, way, num_gen, batch_size, z_dim, device, custom_image_tranform)
    return _fid_of(_moments_or_file(other, way), rows)


def _moments_or_file(side: Side, way: _Way) -> Tuple[Doubles, Doubles]:
    """Mean and covariance of images, or those of a statistics file."""
    if not isinstance(side, str) or not side.endswith(".npz"):
        return _moments(side, way)
    with np.load(side, allow_pickle=False) as file:
        return np.asarray(file["mu"], np.float64), np.asarray(file["sigma"], np.float64)


def compute_kid(fdir1: Any = None, fdir2: Any = None, gen: Optional[Callable[[Any], Any]] = None, mode: str = "clean",
                num_workers: Any = None, batch_size: Optional[int] = None, device: Any = None,
                dataset_name: str = "FFHQ", dataset_res: Any = 1024, dataset_split: str = "train",
                num_gen: int = 50_000, z_dim: int = 512, verbose: bool = True, use_dataparallel: Any = None) -> float:
    """KID over 100 subsets of at most 1,000 images; lower is better. Parameters as of compute_fid. clean-fid draws its
    subsets without a seed; here the seed is 2020, so that a call gives the same value twice: that of clean-fid after
    numpy.random.seed(2020)."""
    _which(fdir1, fdir2, gen)
    way = _way(mode)
    by_gen = fdir1 is None
    warn_ignored("compute_kid", dict(num_workers=num_workers, use_dataparallel=use_dataparallel,
                                     **({} if by_gen else dict(batch_size=batch_size, device=device))))
    if by_gen:
        assert gen is not None
        rows = _generated(gen, way, num_gen, batch_size, z_dim, device, None)
    else:
        rows = _rows(_side(fdir1), way)
    if fdir2 is None:
        return kernel_distance(_kept_rows(_reference(dataset_name, dataset_res, way, dataset_split, "KID")), rows)
    other = _rows(_side(fdir2), way)
    return kernel_distance(other, rows) if by_gen else kernel_distance(rows, other)


def compare_folders(fdir1: Any, fdir2: Any, feat_model: Any = None, mode: str = "clean", num_workers: Any = None,
                    batch_size: Any = None, device: Any = None, verbose: bool = True, custom_image_tranform: Any = None,
                    custom_fn_resize: Any = None) -> float:
    """FID of two folders. feat_model: a bonafide.Model, None for Inception-v3."""
    _refuse(custom_fn_resize=custom_fn_resize, custom_image_tranform=custom_image_tranform)
    warn_ignored("compare_folders", dict(num_workers=num_workers, batch_size=batch_size, device=device))
    if feat_model is None:
        return compute_fid(fdir1, fdir2, mode=mode)
    return fid_from_feats(*(get_folder_features(fdir, feat_model, mode=mode) for fdir in (fdir1, fdir2)))


def fid_from_feats(feats1: Any, feats2: Any) -> float:
    """FID of features [n, d]."""
    return _fid_of(np.asarray(feats1), np.asarray(feats2))


def frechet_distance(mu1: Any, sigma1: Any, mu2: Any, sigma2: Any, eps: Any = None) -> float:
    """FID of means [d] and covariances [d, d]. eps has no meaning here: nothing needs to be added to a covariance."""
    warn_ignored("frechet_distance", dict(eps=eps))
    first, second = ((np.atleast_1d(np.asarray(mu, np.float64)), np.atleast_2d(np.asarray(sigma, np.float64)))
                     for mu, sigma in ((mu1, sigma1), (mu2, sigma2)))
    return _fid_of(first, second)


def kernel_distance(feats1: Any, feats2: Any, num_subsets: int = 100, max_subset_size: int = 1000) -> float:
    """KID of features [n, d], over subsets of at most max_subset_size rows drawn with seed 2020."""
    return _kid_of(np.asarray(feats1), np.asarray(feats2), subsets=num_subsets, subset_size=max_subset_size,
                   shrink=True).mean
