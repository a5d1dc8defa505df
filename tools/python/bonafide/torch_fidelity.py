"""torch-fidelity's calculate_metrics: `import bonafide.torch_fidelity as torch_fidelity` in place of
`import torch_fidelity`, or bonafide.calculate_metrics.

    bonafide.calculate_metrics(input1="samples/", input2="photos/", isc=True, fid=True, kid=True, prc=True)

gives {"inception_score_mean": ..., "frechet_inception_distance": ..., ...}. Note the order, which is torch-fidelity's:
input1 is generated, input2 real. tools/python/DROPIN.md says what differs and what was compared.
"""

from __future__ import annotations

import difflib
import math
import os
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from . import _metrics
from ._arrays import Rows
from ._dropin import batch_of, chunks, data_folders, listed, on_cpu, torch_if_loaded, warn_ignored
from ._errors import MissingFileError, UnsupportedError
from ._images import is_picture
from ._sides import ask, features, numbers

__all__ = ["GenerativeModelModuleWrapper", "calculate_metrics", "register_dataset"]

KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD = "inception_score_mean", "inception_score_std"
KEY_METRIC_FID = "frechet_inception_distance"
KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD = "kernel_inception_distance_mean", "kernel_inception_distance_std"
KEY_METRIC_PRECISION, KEY_METRIC_RECALL, KEY_METRIC_F_SCORE = "precision", "recall", "f_score"
KEY_METRIC_MIND = "monge_inception_distance"

_METRICS = ("isc", "fid", "kid", "prc", "mind")
#: Options with a meaning here, and their defaults.
_DEFAULTS: Dict[str, Any] = dict(
    {metric: False for metric in _METRICS}, input1=None, input2=None, ppl=False, batch_size=64, feature_extractor=None,
    feature_extractor_weights_path=None, isc_splits=10, kid_subsets=100, kid_subset_size=1000, kid_kernel="poly",
    kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1.0, kid_kernel_rbf_sigma=10.0,
    prc_neighborhood=3, mind_num_projections=1000, samples_shuffle=True, samples_find_deep=False,
    samples_find_ext="png,jpg,jpeg", samples_resize_and_crop=0, rng_seed=2020, input1_model_num_samples=None,
    input2_model_num_samples=None, verbose=True, datasets_root=None, datasets_download=True,
    **{"feature_layer_" + metric: None for metric in _METRICS})
#: Options without one, and values of them that ask for what is done anyway.
_IGNORED: Dict[str, Any] = dict(
    cuda=False, feature_extractor_internal_dtype="float32", feature_extractor_compile=False, prc_batch_size=None,
    samples_ext_lossy=None, cache_root=None, cache=False, input1_cache_name=None, input2_cache_name=None,
    input1_model_z_type=None, input1_model_z_size=None, input1_model_num_classes=None, input2_model_z_type=None,
    input2_model_z_size=None, input2_model_num_classes=None, save_cpu_ram=False, ppl_epsilon=None, ppl_reduction=None,
    ppl_sample_similarity=None, ppl_sample_similarity_resize=None, ppl_sample_similarity_dtype=None,
    ppl_discard_percentile_lower=None, ppl_discard_percentile_higher=None, ppl_z_interp_mode=None)
_OLD_NAMES = {"kid_degree": "kid_kernel_poly_degree", "kid_gamma": "kid_kernel_poly_gamma",
              "kid_coef0": "kid_kernel_poly_coef0"}
#: Its networks and ours, with the layer that is theirs by default; None: the Inception-v3 of the weights.
_EXTRACTORS: Dict[str, Tuple[Optional[str], str]] = {
    "inception-v3-compat": (None, "2048"), "vgg16": ("vgg16", "fc2_relu"),
    "clip-vit-b-32": ("clip-vit-b-32", "embedding"),
    "clip-vit-b-16": ("clip-vit-b-16", "embedding"), "clip-vit-l-14": ("clip-vit-l-14", "embedding"),
    "clip-vit-l-14-336px": ("clip-vit-l-14-336", "embedding"), "dinov2-vit-s-14": ("dinov2-vits14", "cls"),
    "dinov2-vit-b-14": ("dinov2-vitb14", "cls"), "dinov2-vit-l-14": ("dinov2-vitl14", "cls")}
#: Its layers that have another name here.
_LAYERS = {"dinov2": "cls"}
_PRESET = "tf1"
#: Sets that torch-fidelity downloads.
_REGISTERED = ("cifar10-train", "cifar10-val", "cifar100-train", "cifar100-val", "stl10-train", "stl10-test",
               "stl10-unlabeled")
_datasets: Dict[str, Callable[[str, bool], Any]] = {}
_NOISE: Dict[str, Callable[[Any, Tuple[int, int]], Any]] = {
    "normal": lambda rng, shape: rng.randn(*shape).astype(np.float32),
    "uniform_0_1": lambda rng, shape: rng.rand(*shape).astype(np.float32),
    "unit": lambda rng, shape: _unit(rng.rand(*shape).astype(np.float32))}


def _unit(v: Any) -> Any:
    return v / np.maximum(np.sqrt((v ** 2).sum(axis=-1, keepdims=True)), np.float32(1e-7))


class GenerativeModelModuleWrapper:
    """A generator as calculate_metrics takes one: module(z) gives images uint8 [n, 3, h, w], z being z_type ("normal",
    "unit" or "uniform_0_1") of [n, z_size], a tensor where torch is imported, else an array. num_classes above 0:
    module(z, labels). make_eval: module.eval() is called where there is one. make_copy and cuda: no meaning here."""

    def __init__(self, module: Callable[..., Any], z_size: int, z_type: str, num_classes: int, make_copy: Any = None,
                 make_eval: bool = True, cuda: Any = None) -> None:
        warn_ignored("GenerativeModelModuleWrapper", dict(make_copy=make_copy, cuda=cuda),
                     dict(make_copy=False, cuda=False))
        if not callable(module):
            raise ValueError("module: expected a function or module, found %s" % type(module).__name__)
        if not isinstance(z_size, int) or z_size < 1:
            raise ValueError("z_size: expected a whole number above 0, found %r" % (z_size,))
        if z_type not in _NOISE:
            raise ValueError("z_type: expected one of %s, found %r" % (", ".join(_NOISE), z_type))
        if not isinstance(num_classes, int) or num_classes < 0:
            raise ValueError("num_classes: expected a whole number, 0 for none, found %r" % (num_classes,))
        if make_eval and hasattr(module, "eval"):
            module.eval()
        self.module, self.z_size, self.z_type, self.num_classes = module, z_size, z_type, num_classes

    def __call__(self, *args: Any) -> Any:
        """What the module makes of it."""
        return self.module(*args)


def register_dataset(name: str, fn_create: Callable[[str, bool], Any]) -> None:
    """Makes a name that input1 and input2 may be: fn_create(root, download) gives a sequence of uint8 [3, h, w]."""
    if not isinstance(name, str) or name != name.strip() or os.sep in name or not callable(fn_create):
        raise ValueError("register_dataset: expected a name and a function of (root, download), found %r and %r" % (
            name, fn_create))
    if name in _datasets or name in _REGISTERED:
        raise ValueError("register_dataset: %r is registered already" % name)
    _datasets[name] = fn_create


# --- inputs --------------------------------------------------------------------------------------------------------


def _input(name: str, o: Mapping[str, Any]) -> Any:
    """input1 or input2 as a side: a path, a list of paths, or images."""
    x = o[name]
    if x is None:
        raise ValueError("%s: expected a folder, images, a name that is registered, or a generator; found None" % name)
    if isinstance(x, str) and x in _datasets:
        x = _datasets[x](o["datasets_root"] or "", bool(o["datasets_download"]))
    if isinstance(x, (str, bytes, os.PathLike)):
        return _path(os.fsdecode(x), name, o)
    if hasattr(x, "z_size") and hasattr(x, "z_type"):
        return _drawn(x, name, o)
    if hasattr(x, "shape") or hasattr(x, "__dlpack__"):
        return _bytes(batch_of(x, name), name)
    if isinstance(x, list) and x and all(isinstance(each, (str, bytes, os.PathLike)) for each in x):
        return x
    if is_picture(x) or not (hasattr(x, "__getitem__") and hasattr(x, "__len__")):
        raise TypeError("%s: expected a folder, images, a name that is registered, or a generator; found %s" % (
            name, type(x).__name__))
    return _Items(x)


def _bytes(a: "np.ndarray[Any, Any]", name: str) -> "np.ndarray[Any, Any]":
    if a.dtype != np.uint8:
        raise TypeError("%s: expected dtype uint8, found %s" % (name, a.dtype))
    return a


class _Items:
    """The images of a data set: whatever has a length and an item for each index. It can be gone over again."""

    def __init__(self, images: Any) -> None:
        self._images = images

    def __iter__(self) -> Iterator[Any]:
        for i in range(len(self._images)):
            yield on_cpu(self._images[i])


def _path(path: str, name: str, o: Mapping[str, Any]) -> Any:
    if path.startswith("ref:"):
        return path
    if path in _REGISTERED and not os.path.exists(path):
        return _reference(path, name)
    if not os.path.exists(path):
        raise MissingFileError("%s: %s: no such file or folder" % (name, path))
    if path.endswith((".onnx", ".pth")):
        raise UnsupportedError("%s: %s: a generator in a file cannot be run here; load it and give "
                               "GenerativeModelModuleWrapper(module, z_size, z_type, num_classes)" % (name, path))
    if not os.path.isdir(path):
        return path
    endings = [ext.strip() for ext in str(o["samples_find_ext"]).split(",") if ext.strip()]
    found: List[str] = []
    for folder, _, names in os.walk(path):
        found += [os.path.realpath(os.path.join(folder, each)) for each in names
                  if os.path.splitext(each)[1].lower()[1:] in endings]
        if not o["samples_find_deep"]:
            break
    where = "at any depth" if o["samples_find_deep"] else "not in its subfolders (samples_find_deep=True)"
    return listed(path, sorted(found), endings, where)


def _reference(registered: str, name: str) -> str:
    """The images or statistics that the user keeps under a name that is a data set to torch-fidelity."""
    for folder in data_folders():
        path = os.path.join(folder, "refs", "own", registered + ".npz")
        if os.path.exists(path):
            return path
        if os.path.isdir(os.path.join(folder, "refs", registered)):
            return "ref:" + registered
    gets = "'bonafide refs get %s' gets it, or " % registered if registered == "cifar10-train" else ""
    raise MissingFileError(
        "%s: %s is a data set that torch-fidelity downloads, and nothing is downloaded here: %sgive its images (a "
        "folder, .zip or file of the data set); for fid alone statistics will do, which 'bonafide refs add FILE.npz "
        "--name %s' keeps" % (name, registered, gets, registered))


def _drawn(model: Any, name: str, o: Mapping[str, Any]) -> "np.ndarray[Any, Any]":
    """Images of a generator, drawn as torch-fidelity draws them: noise of RandomState(rng_seed)."""
    total, size = o[name + "_model_num_samples"], o["batch_size"]
    if not isinstance(total, int) or total < 1:
        raise ValueError("%s_model_num_samples: expected how many images to draw of the generator, found %r" % (
            name, total))
    rng = np.random.RandomState(o["rng_seed"])
    torch = torch_if_loaded()

    def draw(n: int) -> Any:
        args = [_NOISE[model.z_type](rng, (n, model.z_size))]
        if model.num_classes > 0:
            args.append(rng.randint(low=0, high=model.num_classes, size=(n,), dtype=np.int64))
        if torch is None:
            return _bytes(batch_of(model(*args), name), name)
        with torch.no_grad():
            return _bytes(batch_of(model(*(torch.from_numpy(a) for a in args)), name), name)

    return np.concatenate(list(chunks(draw, total, size)))


# --- numbers -------------------------------------------------------------------------------------------------------


class _Layer(NamedTuple):
    """What a metric is of: a network, None for Inception-v3, and its layer."""

    network: Optional[str]
    tap: str


def _layer_of(metric: str, o: Mapping[str, Any]) -> _Layer:
    extractor = o["feature_extractor"]
    if extractor is None:
        extractor = "vgg16" if metric == "prc" else "inception-v3-compat"
    if extractor not in _EXTRACTORS:
        raise ValueError("feature_extractor: expected one of %s, found %r" % (", ".join(_EXTRACTORS), extractor))
    network, tap = _EXTRACTORS[extractor]
    if metric == "isc" and network is None:
        tap = "logits_unbiased"
    given = o["feature_layer_" + metric]
    return _Layer(network, tap if given is None else _LAYERS.get(str(given), str(given)))


class _Sets:
    """Both inputs, with the features of them that were computed."""

    def __init__(self, o: Mapping[str, Any]) -> None:
        self._o = o
        self._sides: Dict[str, Any] = {}
        self._rows: Dict[Tuple[str, _Layer], Rows] = {}

    def side(self, name: str) -> Any:
        """An input as a side."""
        if name not in self._sides:
            self._sides[name] = _input(name, self._o)
        return self._sides[name]

    def rows(self, name: str, layer: _Layer) -> Rows:
        """Its features."""
        if (name, layer) not in self._rows:
            self._rows[name, layer] = features(self.side(name), preset=_PRESET, tap=layer.tap, network=layer.network,
                                               weights=self._o["feature_extractor_weights_path"], **self.form(name))
        return self._rows[name, layer]

    def form(self, *names: str) -> Dict[str, Any]:
        """How its images lie in arrays: channels first, as tensors have them."""
        arrays = any(not isinstance(self.side(name), (str, list)) for name in names)
        return {"layout": "nchw"} if arrays else {}


def _by_eval(metrics: List[str], sets: _Sets, o: Mapping[str, Any]) -> Dict[str, float]:
    """Metrics with the program's own layers and settings, in one pass over the images."""
    words = {"isc": "is", "prc": "pr-vgg"}
    names = ("input1", "input2") if metrics != ["isc"] else ("input1",)
    options: Dict[str, Any] = dict(sets.form(*names), preset=_PRESET, weights=o["feature_extractor_weights_path"])
    if "isc" in metrics:
        options.update(splits=o["isc_splits"], no_shuffle=not o["samples_shuffle"])
    if "isc" in metrics or "kid" in metrics or "mind" in metrics:
        options.update(seed=o["rng_seed"])
    if names == ("input1",):
        said = ask("is", {"input1": sets.side("input1")}, options)
    elif metrics == ["fid"]:
        said = ask("fid", {"input2": sets.side("input2"), "input1": sets.side("input1")}, options)
    else:
        options["metrics"] = [words.get(metric, metric) for metric in metrics]
        if "kid" in metrics:
            options.update(kid_subsets=o["kid_subsets"], kid_size=o["kid_subset_size"])
            if o["kid_kernel"] == "rbf":
                options.update(kid_kernel="rbf", kid_sigma=o["kid_kernel_rbf_sigma"])
        if "prc" in metrics:
            options["k"] = o["prc_neighborhood"]
        said = ask("eval", {"input2": sets.side("input2"), "input1": sets.side("input1")}, options)
    return _taken(metrics, said, sets, o)


def _taken(metrics: List[str], said: Mapping[str, Any], sets: _Sets, o: Mapping[str, Any]) -> Dict[str, float]:
    """The numbers of an answer under torch-fidelity's keys."""
    out: Dict[str, float] = {}
    if "isc" in metrics:
        out[KEY_METRIC_ISC_MEAN], out[KEY_METRIC_ISC_STD] = numbers(said, KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD)
    if "fid" in metrics:
        out[KEY_METRIC_FID] = numbers(said, KEY_METRIC_FID)[0]
    if "kid" in metrics:
        out[KEY_METRIC_KID_MEAN] = numbers(said, KEY_METRIC_KID_MEAN)[0]
        # The program leaves the spread out where a subset is more than half of a set, which it says nothing of then.
        std = said.get(KEY_METRIC_KID_STD)
        out[KEY_METRIC_KID_STD] = _kid(sets, o)[KEY_METRIC_KID_STD] if std is None else std
    if "prc" in metrics:
        precision, recall = numbers(said, "precision_vgg16", "recall_vgg16")
        out.update(_f_score(precision, recall))
    if "mind" in metrics:
        out[KEY_METRIC_MIND] = numbers(said, KEY_METRIC_MIND)[0]
    return out


def _f_score(precision: float, recall: float) -> Dict[str, float]:
    return {KEY_METRIC_PRECISION: precision, KEY_METRIC_RECALL: recall,
            KEY_METRIC_F_SCORE: 2 * precision * recall / max(1e-5, precision + recall)}


def _kid(sets: _Sets, o: Mapping[str, Any]) -> Dict[str, float]:
    layer = _layer_of("kid", o)
    settings: Dict[str, Any] = dict(subsets=o["kid_subsets"], subset_size=o["kid_subset_size"], seed=o["rng_seed"])
    if o["kid_kernel"] == "poly":
        settings.update(degree=o["kid_kernel_poly_degree"], gamma=o["kid_kernel_poly_gamma"],
                        coef0=float(o["kid_kernel_poly_coef0"]))
        found = _metrics.kid(sets.rows("input2", layer), sets.rows("input1", layer), **settings)
    else:
        said = ask("kid", {"input2": sets.rows("input2", layer), "input1": sets.rows("input1", layer)},
                   dict(kid_subsets=o["kid_subsets"], kid_size=o["kid_subset_size"], seed=o["rng_seed"],
                        kid_kernel="rbf", kid_sigma=o["kid_kernel_rbf_sigma"]))
        return {KEY_METRIC_KID_MEAN: numbers(said, KEY_METRIC_KID_MEAN)[0],
                KEY_METRIC_KID_STD: said.get(KEY_METRIC_KID_STD, math.nan)}
    return {KEY_METRIC_KID_MEAN: found.mean, KEY_METRIC_KID_STD: math.nan if found.std is None else found.std}


def _by_features(metric: str, sets: _Sets, o: Mapping[str, Any]) -> Dict[str, float]:
    """A metric of another layer or network, or with a setting that the program has no option for."""
    if metric == "kid":
        return _kid(sets, o)
    layer = _layer_of(metric, o)
    gen = sets.rows("input1", layer)
    if metric == "isc":
        score = _metrics.inception_score(gen, splits=o["isc_splits"], shuffle=bool(o["samples_shuffle"]),
                                         seed=o["rng_seed"])
        return {KEY_METRIC_ISC_MEAN: score.mean, KEY_METRIC_ISC_STD: score.std}
    real = sets.rows("input2", layer)
    if metric == "fid":
        return {KEY_METRIC_FID: _metrics.fid(real, gen)}
    if metric == "prc":
        pr = _metrics.precision_recall(real, gen, k=o["prc_neighborhood"])
        return _f_score(pr.precision, pr.recall)
    return {KEY_METRIC_MIND: _metrics.mind(real, gen, directions=o["mind_num_projections"], seed=o["rng_seed"]).value}


def _is_plain(metric: str, o: Mapping[str, Any]) -> bool:
    """Whether `eval` computes it as it is wanted."""
    if o["feature_extractor"] is not None or o["feature_layer_" + metric] is not None:
        return False
    if metric == "kid" and o["kid_kernel"] == "poly":
        return all(o[name] == _DEFAULTS[name] for name in ("kid_kernel_poly_degree", "kid_kernel_poly_gamma",
                                                          "kid_kernel_poly_coef0"))
    return metric != "mind" or o["mind_num_projections"] == _DEFAULTS["mind_num_projections"]


def _checked(options: Mapping[str, Any]) -> Dict[str, Any]:
    """All options with a meaning. Warns once of those without, and raises for unknown ones."""
    given = {_OLD_NAMES.get(name, name): value for name, value in options.items()}
    known = list(_DEFAULTS) + list(_IGNORED)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = "; did you mean %r?" % near[0] if near else ""
            raise TypeError("calculate_metrics has no option %r%s" % (name, hint))
    warn_ignored("calculate_metrics", {name: value for name, value in given.items() if name in _IGNORED}, _IGNORED)
    o = dict(_DEFAULTS, **{name: value for name, value in given.items() if name in _DEFAULTS})
    if o["ppl"]:
        raise UnsupportedError("ppl: the perceptual path length compares what the generator makes of close latents by "
                               "LPIPS, a network that bonafide does not have; torch-fidelity computes it")
    if not any(o[metric] for metric in _METRICS):
        raise ValueError("no metric asked for: expected at least one of isc, fid, kid, prc, mind")
    if o["samples_resize_and_crop"]:
        raise UnsupportedError("samples_resize_and_crop: pictures are measured as they are; write resized ones to "
                               "files, or give arrays")
    if o["kid_kernel"] not in ("poly", "rbf"):
        raise ValueError('kid_kernel: expected "poly" or "rbf", found %r' % (o["kid_kernel"],))
    weights = o["feature_extractor_weights_path"]
    if weights is not None and os.fspath(weights).endswith((".pth", ".pt")):
        raise UnsupportedError("feature_extractor_weights_path: %s is PyTorch's; 'bonafide weights convert %s "
                               "FILE.iv3' makes a file that is read here" % (weights, weights))
    return o


def calculate_metrics(**options: Any) -> Dict[str, float]:
    """The metrics of torch-fidelity, under its keys and with its preset (tf1). Keywords:

    input1, input2   generated and real images: a folder (files by samples_find_ext, below it with samples_find_deep),
                     any other set that the program reads, an array or tensor uint8 [n, 3, h, w], a data set (whatever
                     has a length and items uint8 [3, h, w]), a GenerativeModelModuleWrapper, or a registered name
                     (cifar10-train and the like: statistics that the user keeps under that name, for fid alone)
    isc, fid, kid, prc, mind   which to compute; prc is of VGG-16's features, the others of Inception-v3's
    isc_splits, kid_subsets, kid_subset_size, kid_kernel, kid_kernel_poly_degree, kid_kernel_poly_gamma,
    kid_kernel_poly_coef0, kid_kernel_rbf_sigma, prc_neighborhood, mind_num_projections, samples_shuffle, rng_seed
    feature_extractor, feature_layer_isc, ..._fid, ..._kid, ..._prc, ..._mind, feature_extractor_weights_path (an .iv3)
    input1_model_num_samples, input2_model_num_samples, batch_size   images of a generator

    cuda, cache and others have no meaning here, which a warning says. ppl and samples_resize_and_crop are refused.
    Raises Error, TypeError for an unknown option, ValueError for a wrong value."""
    o = _checked(options)
    wanted = [metric for metric in _METRICS if o[metric]]
    sets = _Sets(o)
    plain = [metric for metric in wanted if _is_plain(metric, o)]
    out = _by_eval(plain, sets, o) if plain else {}
    for metric in wanted:
        if metric not in plain:
            out.update(_by_features(metric, sets, o))
    return out
