"""Networks: images in, features out."""

import ctypes
import os

import numpy as np

from ._arrays import _array, _at
from ._errors import Error
from ._library import (_FEATURES, _Config, _Output, _Picture, _WeightsInfo, _call, _handle, _library, _lock, _models, _size,
                       _threads, _u32, _u64)
from ._results import WeightsInfo


def _find_weights(network):
    named = os.environ.get("BONAFIDE_WEIGHTS")
    if named:
        return named
    data = os.environ.get("XDG_DATA_HOME", "")
    if not data.startswith("/"):
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    for folder in (data, "/usr/local/share", "/usr/share"):
        name = "inception.iv3" if network.startswith("inception-v3") else network + ".iv3"
        path = os.path.join(folder, "bonafide", name)
        if os.path.exists(path):
            return path
    choice = "" if network == "inception-v3-fid" else " NETWORK=" + network
    raise Error("io", "no weights: give Model a file, set BONAFIDE_WEIGHTS, get them with 'make weights%s', or try "
                "Model('synth:1')" % choice)


class Model:
    """A network. weights: an .iv3 file, "synth:SEED", or None for those the program would find. network:
    "inception-v3-fid", "inception-v3-torchvision", "inception-v3-keras" or "vgg16"; None: whatever the file has, and
    without a file the first. variant: the Inception-v3 of synthetic weights, where no network is given: "fid",
    "torchvision" or "keras". isa: kernels allowed, such as "avx2,scalar". Afterwards .network is its name, and .tap the
    layer that is its features."""

    BATCH = 16

    def __init__(self, weights=None, variant="fid", isa="all", network=None):
        self._model, self._session = _handle(), None
        wanted = None
        if network is not None:
            wanted = _library.feat_net_find(str(network).encode())
            if wanted is None:
                raise ValueError("network: unknown name %r" % (network,))
        spec = os.fspath(weights) if weights is not None else _find_weights(network or "inception-v3-fid")
        config = _Config()
        opened = _handle()
        with _lock:
            _library.feat_config_init(ctypes.byref(config), _size(ctypes.sizeof(config)))
            mask = _u32()
            _call("feat_isa_mask_parse", ctypes.byref(mask), isa.encode())
            config.isa_mask, config.pool = mask, _threads()
            try:
                if spec.startswith("synth:"):
                    net = wanted or _library.feat_net_find_variant(b"inception-v3", variant.encode())
                    if net is None:
                        raise ValueError("variant: expected fid, torchvision or keras, found %r" % (variant,))
                    _call("feat_weights_synth", ctypes.byref(opened), _u64(int(spec[6:])), _handle(net))
                else:
                    _call("feat_weights_open", ctypes.byref(opened), os.fsencode(spec))
                found = _library.feat_weights_net(opened)
                if wanted is not None and found != wanted:
                    raise Error("unsupported", "%s: expected weights of %s as asked, found %s" % (
                        spec, network, _library.feat_net_name(_handle(found)).decode()))
                _call("feat_model_create", ctypes.byref(self._model), opened, ctypes.byref(config))
                info = _WeightsInfo()
                _call("feat_weights_describe", opened, ctypes.byref(info))
            finally:
                _library.feat_weights_close(ctypes.byref(opened))
        self.weights = WeightsInfo(info.name.decode(), _library.feat_net_variant_name(_handle(info.net)).decode(),
                                   info.n_classes, bytes(info.content_sha256).hex())
        self._net = _handle(info.net)
        self.network = _library.feat_net_name(self._net).decode()
        self.tap = _library.feat_net_tap_name(self._net, _library.feat_net_tap(self._net, _FEATURES)).decode()
        self.isa = _library.feat_model_isa(self._model).decode()
        _models.add(self)

    def close(self):
        """Frees the network; it cannot be used any more."""
        with _lock:
            self._close_session()
            _library.feat_model_close(ctypes.byref(self._model))

    def __del__(self):
        if getattr(self, "_model", None) is not None and _library is not None:
            self.close()

    def _close_session(self):
        if self._session is not None and self._session[0] == os.getpid():
            _library.feat_session_close(ctypes.byref(self._session[1]))
        self._session = None

    def _run_on(self, pool):
        """A session on this pool; _close_pool closes it first."""
        if self._session is None:
            session = _handle()
            _call("feat_session_create", ctypes.byref(session), self._model, pool)
            self._session = (os.getpid(), session)
        return self._session[1]

    def _tap(self, name):
        tap = ctypes.c_uint(_library.feat_net_find_tap(self._net, str(name).encode()))
        if tap.value >= _library.feat_net_n_taps(self._net):
            raise ValueError("tap: unknown layer %r" % (name,))
        return tap

    def dim(self, tap=None):
        """Width of the features of a layer; None: of the network's own."""
        tap = self.tap if tap is None else tap
        if not self._model:
            raise ValueError("the model is closed")
        n = _library.feat_tap_dim(self._model, self._tap(tap))
        if n == 0:
            raise ValueError("tap: this network has no %r" % (tap,))
        return n

    def features(self, images, tap=None, preset="tf1"):
        """float32 [n, d] of images: uint8 [n, h, w, 3], or a sequence or iterator of uint8 [h, w, 3] of any sizes. tap:
        None for the network's features ("2048", VGG-16's "fc2_relu"), or of Inception-v3 "64", "192", "768", "2048",
        "spatial", "logits_unbiased", "logits", of VGG-16 "pool1" to "pool5", "fc1", "fc1_relu", "fc2", "fc2_relu", or
        several in a tuple; the result is then a tuple too, of one pass. preset: "tf1", "pytorch-fid", "clean", ..."""
        tap = self.tap if tap is None else tap
        taps = (tap,) if isinstance(tap, str) else tuple(tap)
        dims = [self.dim(t) for t in taps]
        how = _library.feat_preset_find(str(preset).encode())
        if not how:
            raise ValueError("preset: unknown name %r" % (preset,))
        pieces = [[] for _ in taps]
        if isinstance(images, np.ndarray):
            images = _array(images, "images", np.uint8, "(n, h, w, 3)")
        index, batch = 0, []
        for image in images:
            batch.append(_picture(image, index))
            index += 1
            if len(batch) == self.BATCH:
                self._take(pieces, batch, taps, dims, how)
                batch = []
        if batch:
            self._take(pieces, batch, taps, dims, how)
        rows = [np.concatenate(p) if p else np.empty((0, d), np.float32) for p, d in zip(pieces, dims)]
        return rows[0] if isinstance(tap, str) else tuple(rows)

    def _take(self, pieces, batch, taps, dims, preset):
        shape = _library.feat_net_input(self._net)
        inputs = np.empty((len(batch), shape.c, shape.h, shape.w), np.float32)
        rows = [np.empty((len(batch), d), np.float32) for d in dims]
        outputs = (_Output * len(taps))(*(_Output(self._tap(t).value, r.ctypes.data, d) for t, r, d in zip(taps, rows, dims)))
        with _lock:
            for i, image in enumerate(batch):
                picture = _Picture(image.ctypes.data, image.shape[0], image.shape[1])  # RGB without gaps
                _call("feat_preprocess", _at(inputs[i]), self._net, ctypes.byref(picture), _handle(preset), None)
            if not self._model:
                raise ValueError("the model is closed")
            session = self._run_on(_threads())
            _call("feat_session_run", session, _at(inputs), _size(len(batch)), outputs, _size(len(taps)), None)
        for piece, row in zip(pieces, rows):
            piece.append(row)


def _picture(image, index):
    a = np.asarray(image)
    if a.dtype != np.uint8:
        raise TypeError("images[%d]: expected dtype uint8, found %s" % (index, a.dtype))
    if a.ndim != 3 or a.shape[2] != 3 or 0 in a.shape:
        raise ValueError("images[%d]: expected shape (h, w, 3), found %s" % (index, a.shape))
    return np.ascontiguousarray(a)
