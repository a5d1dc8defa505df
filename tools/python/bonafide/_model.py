"""Networks: images in, features out."""

from __future__ import annotations

import ctypes
import os
import re
from typing import Any, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ._arrays import Rows, _at
from ._errors import MissingFileError, UnsupportedError
from ._images import Bytes, Form, frames
from ._library import (_FEATURES, _Config, _Output, _Picture, _WeightsInfo, _call, _handle, _library, _size,
                       _text, _u32, _u64)
from ._results import Network, Preset, WeightsInfo
from ._sides import PATH, PATHS, features as features_by_program, kind_of
from ._threads import ModelHandle, Native, Team, default_threads

_NUMERICS = ("exact", "fast", "split")


class _PresetHead(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("version", ctypes.c_int)]


def presets() -> List[Preset]:
    """The presets: whose resizing and scaling to follow."""
    found: List[Preset] = []
    while True:
        at = _library.feat_preset_at(_size(len(found)))
        if not at:
            return found
        head = ctypes.cast(at, ctypes.POINTER(_PresetHead)).contents
        found.append(Preset(_text(head.name), head.version))


def networks() -> List[Network]:
    """The networks that there are, with their taps."""
    found: List[Network] = []
    while True:
        at = _library.feat_net_at(_size(len(found)))
        if not at:
            return found
        net = _handle(at)
        taps = tuple(_text(_library.feat_net_tap_name(net, i)) for i in range(_library.feat_net_n_taps(net)))
        tap = _library.feat_net_tap(net, _FEATURES)
        found.append(Network(_text(_library.feat_net_name(net)), taps, taps[tap], _library.feat_net_tap_dim(net, tap),
                             _text(_library.feat_net_preset_name(net))))


def _find_weights(network: str) -> str:
    named = os.environ.get("BONAFIDE_WEIGHTS")
    if named:
        return named
    data = os.environ.get("XDG_DATA_HOME", "")
    if not data.startswith("/"):
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    name = "inception.iv3" if network.startswith("inception-v3") else network + ".iv3"
    places = [os.path.join(folder, "bonafide", name) for folder in (data, "/usr/local/share", "/usr/share")]
    for path in places:
        if os.path.exists(path):
            return path
    raise MissingFileError("no weights of %s: none of %s is there; get them with 'bonafide weights get %s', give Model "
                           "a file, set BONAFIDE_WEIGHTS, or try Model('synth:1')" % (
                               network, ", ".join(places), network))


def _seed(spec: str) -> int:
    if not re.match(r"synth:[0-9]+$", spec) or int(spec[6:]) >= 1 << 64:
        raise ValueError("weights: expected synth:SEED with a whole number, such as synth:1, found %r" % spec)
    return int(spec[6:])


class _Wanted(NamedTuple):
    """What a run of the network shall give."""

    taps: Tuple[int, ...]
    dims: Tuple[int, ...]
    preset: int


class Model:
    """A network, with threads of its own: models in several threads do not wait for each other.

    weights    an .iv3 file, "synth:SEED", or None for those the program would find
    network    one of networks(); None: whatever the file has, and without a file "inception-v3-fid"
    variant    of synthetic weights where no network is given: "fid", "torchvision" or "keras"
    isa        kernels allowed, such as "avx2,scalar"
    numerics   "exact", "split", or "fast": split where a tile unit of the CPU makes it faster
    threads    how many work; 0: one per CPU; None: what set_threads says

    Afterwards .network is its name, .tap the layer that is its features, .weights what they are, .source where they
    came from, .isa the kernels in use, .numerics "exact" or "split", .preset that of its best known number."""

    #: Images per call of the library. Results do not depend on it.
    BATCH = 16

    def __init__(self, weights: "Union[None, str, os.PathLike[str]]" = None, variant: str = "fid", isa: str = "all",
                 network: Optional[str] = None, numerics: str = "exact", threads: Optional[int] = None) -> None:
        threads = default_threads() if threads is None else threads
        if not isinstance(threads, int) or not 0 <= threads <= 1024:
            raise ValueError("threads: expected a number from 0 to 1024, found %r" % (threads,))
        if numerics not in _NUMERICS:
            raise ValueError("numerics: expected exact, fast or split, found %r" % (numerics,))
        wanted = None
        if network is not None:
            wanted = _library.feat_net_find(str(network).encode())
            if wanted is None:
                raise ValueError("network: unknown name %r; networks() lists them" % (network,))
        self.source = os.fspath(weights) if weights is not None else _find_weights(network or "inception-v3-fid")
        self._team = Team(threads)
        self._handle: Optional[ModelHandle] = ModelHandle()
        self._asked = numerics
        handle, info = self._handle, _WeightsInfo()
        net = _net_of(self.source, wanted, variant)
        self._team.call(lambda native: _open(native, handle, info, self.source, net, wanted, network, isa,
                                             _NUMERICS.index(numerics)))
        self._net = _handle(info.net)
        self.weights = WeightsInfo(info.name.decode(), _text(_library.feat_net_variant_name(self._net)), info.n_classes,
                                   bytes(info.content_sha256).hex())
        self.network = _text(_library.feat_net_name(self._net))
        self.tap = _text(_library.feat_net_tap_name(self._net, _library.feat_net_tap(self._net, _FEATURES)))
        self.isa = _text(_library.feat_model_isa(handle.pointer))
        self.numerics = _NUMERICS[_library.feat_model_numerics(handle.pointer)]
        self.preset = _text(_library.feat_net_preset_name(self._net))

    def __repr__(self) -> str:
        return "<bonafide.Model %s, %s>" % (self.network, self.weights.name)

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Frees the network; it cannot be used any more. (It is freed with its last reference, too.)"""
        self._handle = None
        self._team.rest()

    def _open_handle(self) -> ModelHandle:
        if self._handle is None:
            raise ValueError("the model is closed")
        return self._handle

    def _find_tap(self, name: str) -> int:
        if not isinstance(name, str):
            raise TypeError('tap: expected a name, such as "%s", found %r' % (self.tap, name))
        tap = int(_library.feat_net_find_tap(self._net, name.encode()))
        if tap >= _library.feat_net_n_taps(self._net):
            known = (_text(_library.feat_net_tap_name(self._net, i))
                     for i in range(_library.feat_net_n_taps(self._net)))
            raise ValueError("tap: unknown layer %r; %s has %s" % (name, self.network, ", ".join(known)))
        return tap

    def dim(self, tap: Optional[str] = None) -> int:
        """Width of the features of a layer; None: of the network's own."""
        tap = self.tap if tap is None else tap
        n = int(_library.feat_tap_dim(self._open_handle().pointer, self._find_tap(tap)))
        if n == 0:
            raise ValueError("tap: this network has no %r" % (tap,))
        return n

    def features(self, images: Any, tap: Union[None, str, Sequence[str]] = None, preset: Optional[str] = None, *,
                 layout: Optional[str] = None, range: Optional[Tuple[float, float]] = None,
                 rounding: str = "save_image") -> Any:
        """float32 [n, d] of images:

        an array    uint8 [n, h, w, 3] or [n, 3, h, w], also with 1 channel (grey) or 4 (alpha is dropped); floats with
                    range=(lo, hi); of NumPy, or of PyTorch and others on the CPU (__array__, DLPack)
        a sequence  or iterator of such images without n, or of PIL images, of any sizes
        a path      of a folder, .zip, ... or a list of paths: read by the program, with this model's weights

        tap         None for the network's features ("2048", VGG-16's "fc2_relu"), or a layer of networks(), or several
                    in a tuple; the result is then a tuple too, of one pass
        preset      "tf1", "pytorch-fid", "clean", ...; None: the one of the network's best known number
        layout      "nhwc", "nchw", "nhw": only where the shape could be two of them, and for grey [n, h, w]
        range       what floats run from and to, (0, 1) or (-1, 1); a value outside is refused
        rounding    of floats to bytes; with v = 255 (x - lo) / (hi - lo): "save_image" is floor(v + 0.5), what
                    torchvision's save_image writes into a file; "torchmetrics" cuts off, as its normalize=True does;
                    "nearest" rounds halves to even, as numpy.round"""
        several = tap is not None and not isinstance(tap, str)
        names = self._names(tap)
        if kind_of(images) in (PATH, PATHS):
            form = Form(layout, range, rounding).checked()
            found = [self._by_program(images, name, preset, form) for name in names]
        else:
            wanted = self._wanted(names, preset)
            form = Form(layout, range, rounding).checked()
            pieces: List[List[Rows]] = [[] for _ in names]
            for rows in self._batches(frames(images, "images", form), wanted):
                for piece, row in zip(pieces, rows):
                    piece.append(row)
            found = [np.concatenate(p) if p else np.empty((0, d), np.float32) for p, d in zip(pieces, wanted.dims)]
        return tuple(found) if several else found[0]

    def _names(self, tap: Union[None, str, Sequence[str]]) -> Tuple[str, ...]:
        if tap is None or isinstance(tap, str):
            return (self.tap if tap is None else tap,)
        if not isinstance(tap, Iterable):
            raise TypeError('tap: expected a name, such as "%s", or several in a tuple, found %r' % (self.tap, tap))
        return tuple(tap)

    def _wanted(self, names: Sequence[str], preset: Optional[str]) -> _Wanted:
        dims = tuple(self.dim(name) for name in names)
        found = _library.feat_preset_find(str(self.preset if preset is None else preset).encode())
        if not found:
            raise ValueError("preset: unknown name %r; presets() lists them" % (preset,))
        return _Wanted(tuple(self._find_tap(name) for name in names), dims, found)

    def _by_program(self, images: Any, tap: str, preset: Optional[str], form: Form) -> Rows:
        self._find_tap(tap)
        return features_by_program(images, tap=tap, preset=preset or self.preset, network=self.network,
                                   weights=self.source, numerics=self._asked, **form._asdict())

    def _batches(self, images: "Iterable[Bytes]", wanted: _Wanted) -> "Iterable[List[Rows]]":
        """Features of so many images at a time as keep the threads busy, one array for each tap."""
        handle = self._open_handle()
        batch: List[Bytes] = []
        for image in images:
            batch.append(image)
            if len(batch) == self.BATCH:
                yield self._team.call(lambda native: _features(native, handle, self._net, batch, wanted))
                batch = []
        if batch:
            yield self._team.call(lambda native: _features(native, handle, self._net, batch, wanted))


def _net_of(spec: str, wanted: Optional[int], variant: str) -> Optional[int]:
    """The network of synthetic weights, None for a file."""
    if not spec.startswith("synth:"):
        return None
    _seed(spec)
    net: Optional[int] = wanted or _library.feat_net_find_variant(b"inception-v3", variant.encode())
    if net is None:
        raise ValueError("variant: expected fid, torchvision or keras, found %r" % (variant,))
    return net


def _open(native: Native, model: ModelHandle, info: Any, spec: str, net: Optional[int], wanted: Optional[int],
          network: Optional[str], isa: str, numerics: int) -> None:
    config, opened, mask = _Config(), _handle(), _u32()
    _library.feat_config_init(ctypes.byref(config), _size(ctypes.sizeof(config)))
    _call("feat_isa_mask_parse", ctypes.byref(mask), isa.encode())
    config.isa_mask, config.pool, config.numerics = mask, native.pool, numerics
    try:
        if net is not None:
            _call("feat_weights_synth", ctypes.byref(opened), _u64(_seed(spec)), _handle(net))
        else:
            _call("feat_weights_open", ctypes.byref(opened), os.fsencode(spec))
        found = _library.feat_weights_net(opened)
        if wanted is not None and found != wanted:
            raise UnsupportedError("%s: expected weights of %s as asked, found %s" % (
                spec, network, _text(_library.feat_net_name(_handle(found)))))
        _call("feat_model_create", ctypes.byref(model.pointer), opened, ctypes.byref(config))
        _call("feat_weights_describe", opened, ctypes.byref(info))
    finally:
        _library.feat_weights_close(ctypes.byref(opened))


def _features(native: Native, model: ModelHandle, net: Any, batch: "List[Bytes]", wanted: _Wanted) -> List[Rows]:
    shape = _library.feat_net_input(net)
    inputs = native.inputs(len(batch), shape.c, shape.h, shape.w)
    rows = [np.empty((len(batch), d), np.float32) for d in wanted.dims]
    outputs = (_Output * len(rows))(*(_Output(t, r.ctypes.data, d) for t, r, d in zip(wanted.taps, rows, wanted.dims)))

    def prepare(i: int) -> None:
        image = batch[i]
        picture = _Picture(image.ctypes.data, image.shape[0], image.shape[1])  # RGB without gaps
        _call("feat_preprocess", _at(inputs[i]), net, ctypes.byref(picture), _handle(wanted.preset), None)

    native.each(prepare, len(batch))
    _call("feat_session_run", native.session(model), _at(inputs), _size(len(batch)), outputs, _size(len(rows)),
          native.run_options())
    return rows
