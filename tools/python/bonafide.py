"""Metrics of generated images from libbonafide: NumPy arrays in, numbers out, the same bits as the bonafide program.

    import bonafide
    model = bonafide.Model("inception.iv3")             # or "synth:1" for a trial; None: as the program finds them
    real = model.features(photos)                       # uint8 [n, h, w, 3] -> float32 [n, 2048]
    gen = model.features(samples)
    print(bonafide.fid(real, gen), bonafide.kid(real, gen), bonafide.precision_recall(real, gen))
    print(bonafide.inception_score(model.features(samples, "logits_unbiased")))

This file needs Python 3.7, NumPy and libbonafide.so, nothing else, and no build. The library is looked for in
$BONAFIDE_LIBRARY, beside this file, in ../../lib (as `make install` places both) and where the system's loader looks.

Arrays are taken as they are: a wrong type or shape is a TypeError or ValueError that names it. What the library
refuses is a bonafide.Error with its message. The interpreter's lock is released while the library works; calls from
several threads wait for each other.
"""

import collections
import ctypes
import os
import threading
import weakref

import numpy as np

__all__ = [
    "Error", "Model", "authpct", "cmmd", "density_coverage", "fid", "fid_infinity", "fid_uncertainty",
    "image_scores", "inception_score", "is_infinity", "kid", "kid_full", "mifid", "mind", "moments", "precision_recall", "prd",
    "set_threads", "vendi", "version",
]

SONAME = "libbonafide.so.0"

_Status = ctypes.c_int
_size = ctypes.c_size_t
_double = ctypes.c_double
_int = ctypes.c_int
_u32 = ctypes.c_uint32
_u64 = ctypes.c_uint64
_handle = ctypes.c_void_p


class Error(Exception):
    """What the library refused; `status` is its code ("numeric", "format", ...)."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


# --- the library's structures: engine/feat.h, metrics/gmet.h ------------------------------------------------------


def _struct(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


_Error = _struct("feat_error", ("status", _int), ("message", ctypes.c_char * 512))
_Config = _struct("feat_config", ("struct_size", _size), ("isa_mask", _u32), ("pool", _handle),
                  ("no_classifier", _int))
_Shape = _struct("feat_shape", ("c", ctypes.c_uint16), ("h", ctypes.c_uint16), ("w", ctypes.c_uint16))
_Output = _struct("feat_output", ("tap", ctypes.c_uint), ("data", ctypes.c_void_p), ("stride", _size))
_WeightsInfo = _struct(
    "feat_weights_info", ("net", _handle), ("n_classes", _size), ("n_tensors", _size), ("n_parameters", _size),
    ("name", ctypes.c_char * 96), ("source_sha256", ctypes.c_ubyte * 32), ("content_sha256", ctypes.c_ubyte * 32))
_Context = _struct("gmet_context", ("pool", _handle), ("kernels", ctypes.c_void_p), ("team", ctypes.c_void_p),
                   ("memo", ctypes.c_void_p), ("stop", ctypes.c_void_p), ("stop_ctx", ctypes.c_void_p))
_Set = _struct("gmet_set", ("rows", ctypes.c_void_p), ("n", _size), ("d", _size), ("paging", ctypes.c_void_p))
_Fid = _struct("gmet_fid_result", ("value", _double), ("mean_term", _double), ("trace_term", _double))
_FidSide = _struct("gmet_fid_side", ("rows", ctypes.c_void_p), ("n", _size), ("mu", ctypes.c_void_p),
                   ("sigma", ctypes.c_void_p), ("sigma_done", ctypes.c_void_p), ("ctx", ctypes.c_void_p),
                   ("geometry", ctypes.c_void_p))
_Uncertainty = _struct(
    "gmet_fid_uncertainty_result", ("raw", _Fid), ("bias_real", _double), ("bias_gen", _double), ("bias_second", _double),
    ("corrected", _double), ("standard_error", _double), ("corrected_error", _double), ("bias_left", _double),
    ("error_real", _double), ("error_gen", _double), ("heavy", _double), ("rank_real", _size), ("rank_gen", _size),
    ("has_error", _int), ("has_corrected", _int), ("why_no_error", ctypes.c_char_p),
    ("why_no_corrected", ctypes.c_char_p), ("dependent", _int), ("in_order", _int))
_IsOptions = _struct("gmet_is_options", ("n_splits", _size), ("shuffle", _int), ("seed", _u32), ("ddof", _size),
                     ("split", _int), ("block_size", _size), ("probabilities", _int), ("stride", _size))
_Is = _struct("gmet_is_result", ("mean", _double), ("std", _double), ("n_splits", _size))
_PrOptions = _struct("gmet_pr_options", ("k", _size), ("strict", _int), ("adm_fp16", _int),
                     ("stylegan_fp16", _int))
_Pr = _struct("gmet_pr_result", ("precision", _double), ("recall", _double), ("f_score", _double))
_KidOptions = _struct(
    "gmet_kid_options", ("n_subsets", _size), ("subset_size", _size), ("shrink", _int), ("seed", _u32),
    ("kernel", _int), ("degree", ctypes.c_uint), ("gamma", _double), ("coef0", _double))
_Kid = _struct("gmet_kid_result", ("mean", _double), ("std", _double), ("n_subsets", _size), ("subset_size", _size))
_KidFull = _struct("gmet_kid_full_result", ("value", _double), ("variance", _double), ("standard_error", _double),
                   ("has_error", _int))
_PrdcOptions = _struct("gmet_prdc_options", ("k", _size), ("strict", _int), ("recall", _int))
_Prdc = _struct("gmet_prdc_result", ("precision", _double), ("recall", _double), ("density", _double),
                ("coverage", _double))
_ImageOptions = _struct("gmet_image_options", ("k", _size), ("realism", _int))
_ImageScore = _struct("gmet_image_score", ("realism", _double), ("rarity", _double), ("distance", _double),
                      ("nearest", _size), ("inside", _int))
_InfinityOptions = _struct("gmet_infinity_options", ("n_points", _size), ("min_size", _size), ("seed", _u32),
                            ("probabilities", _int))
_Infinity = _struct("gmet_infinity_result", ("value", _double), ("slope", _double), ("fit_residual", _double),
                    ("n_points", _size))
_MifidOptions = _struct("gmet_mifid_options", ("direction", _int), ("threshold", _double))
_Mifid = _struct("gmet_mifid_result", ("value", _double), ("distance", _double), ("penalty", _double),
                 ("n_zero_rows", _size))
_CmmdOptions = _struct("gmet_cmmd_options", ("sigma", _double), ("normalise", _int))
_Cmmd = _struct("gmet_cmmd_result", ("value", _double), ("unbiased", _double), ("standard_error", _double),
                ("has_error", _int))
_MindOptions = _struct("gmet_mind_options", ("n_directions", _size), ("seed", _u64), ("subsample", _int))
_Mind = _struct("gmet_mind_result", ("value", _double), ("directions_error", _double), ("n_real", _size),
                ("n_gen", _size))
_PrdOptions = _struct("gmet_prd_options", ("n_clusters", _size), ("n_angles", _size), ("n_runs", _size),
                      ("seed", _u64), ("equal_sizes", _int))
_Prd = _struct("gmet_prd_result", ("f_8", _double), ("f_one_eighth", _double))

# --- what is returned ----------------------------------------------------------------------------------------------

FidUncertainty = collections.namedtuple(
    "FidUncertainty", "value standard_error corrected corrected_error bias_real bias_gen bias_second bias_left")
InceptionScore = collections.namedtuple("InceptionScore", "mean std n_splits")
PrecisionRecall = collections.namedtuple("PrecisionRecall", "precision recall f_score")
Kid = collections.namedtuple("Kid", "mean std n_subsets subset_size")
KidFull = collections.namedtuple("KidFull", "value variance standard_error")
DensityCoverage = collections.namedtuple("DensityCoverage", "precision recall density coverage")
Infinity = collections.namedtuple("Infinity", "value slope fit_residual")
Mifid = collections.namedtuple("Mifid", "value distance penalty")
Cmmd = collections.namedtuple("Cmmd", "value unbiased standard_error")
Mind = collections.namedtuple("Mind", "value directions_error")
Prd = collections.namedtuple("Prd", "f_8 f_one_eighth")
WeightsInfo = collections.namedtuple("WeightsInfo", "name variant n_classes sha256")

# --- the library ---------------------------------------------------------------------------------------------------


def _candidates():
    named = os.environ.get("BONAFIDE_LIBRARY")
    if named:
        return [named]
    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.join(here, SONAME), os.path.join(here, "..", "..", "lib", SONAME)]
    return [path for path in places if os.path.exists(path)] + [SONAME]


def _load():
    problems = []
    for path in _candidates():
        try:
            return ctypes.CDLL(path)
        except OSError as problem:
            problems.append(str(problem))
    raise ImportError("bonafide: no usable " + SONAME + " ('make install' puts one in place; BONAFIDE_LIBRARY=FILE "
                      "names one): " + "; ".join(problems))


_library = _load()
_library.feat_status_name.restype = ctypes.c_char_p
_library.feat_version.restype = ctypes.c_char_p
_library.feat_preset_find.restype = _handle
_library.feat_model_isa.restype = ctypes.c_char_p
_library.feat_tap_dim.restype = _size
_library.feat_net_find_variant.restype = _handle
_library.feat_net_find.restype = _handle
_library.feat_net_name.restype = ctypes.c_char_p
_library.feat_net_tap.restype = ctypes.c_uint
_library.feat_net_tap_name.restype = ctypes.c_char_p
_library.feat_weights_net.restype = _handle
_FEATURES = 0  # FEAT_ROLE_FEATURES
_library.feat_net_variant_name.restype = ctypes.c_char_p
_library.feat_net_n_taps.restype = _size
_library.feat_net_find_tap.restype = ctypes.c_uint
_library.feat_net_input.restype = _Shape
# Results do not depend on threads, so one pool serves all; one caller at a time.
_lock = threading.RLock()
_pool = {"pid": None, "threads": 0, "handle": None}
_models = weakref.WeakSet()


def version():
    """The version of the library, "0.1.0"."""
    return _library.feat_version().decode()


def _call(function, *args):
    """Calls a function whose last parameter is an feat_error; an error becomes an exception."""
    error = _Error()
    status = getattr(_library, function)(*args, ctypes.byref(error))
    if status != 0:
        name = _library.feat_status_name(_Status(status)).decode()
        raise Error(name, error.message.decode("utf-8", "replace"))


def set_threads(n):
    """How many threads to work with from now on; 0 (the default): one per CPU. Results do not depend on it."""
    if not isinstance(n, int) or not 0 <= n <= 1024:
        raise ValueError("threads: expected a number from 0 to 1024, found %r" % (n,))
    with _lock:
        _close_pool()
        _pool["threads"] = n


def _close_pool():
    for model in _models:
        model._close_session()
    # The threads of a pool from before a fork are not in this process: it is left alone.
    if _pool["handle"] is not None and _pool["pid"] == os.getpid():
        _library.feat_pool_close(ctypes.byref(_pool["handle"]))
    _pool["handle"] = None


def _threads():
    if _pool["handle"] is None or _pool["pid"] != os.getpid():
        _close_pool()
        handle = _handle()
        _call("feat_pool_create", ctypes.byref(handle), _size(_pool["threads"]))
        _pool["handle"], _pool["pid"] = handle, os.getpid()
    return _pool["handle"]


# --- arrays --------------------------------------------------------------------------------------------------------


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
    getattr(_library, function)(ctypes.byref(options))
    for name, value in values.items():
        if value is not None:
            kind = dict(structure._fields_)[name]
            if kind is not _double and (isinstance(value, float) or value < 0):
                raise ValueError("%s: expected a number that is whole and not negative, found %r" % (name, value))
            setattr(options, name, value)
    return options


# --- the network ---------------------------------------------------------------------------------------------------


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
            _library.feat_config_default(ctypes.byref(config))
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
                _call("feat_preprocess", _at(inputs[i]), self._net, _at(image), _size(image.shape[0]),
                      _size(image.shape[1]), _handle(preset), None)
            if not self._model:
                raise ValueError("the model is closed")
            session = self._run_on(_threads())
            status = _library.feat_session_run(session, _at(inputs), _size(len(batch)), outputs, _size(len(taps)))
        if status != 0:
            raise Error(_library.feat_status_name(_Status(status)).decode(), "the network refused an image or a layer")
        for piece, row in zip(pieces, rows):
            piece.append(row)


def _picture(image, index):
    a = np.asarray(image)
    if a.dtype != np.uint8:
        raise TypeError("images[%d]: expected dtype uint8, found %s" % (index, a.dtype))
    if a.ndim != 3 or a.shape[2] != 3 or 0 in a.shape:
        raise ValueError("images[%d]: expected shape (h, w, 3), found %s" % (index, a.shape))
    return np.ascontiguousarray(a)


# --- metrics -------------------------------------------------------------------------------------------------------


def _moments(rows, ddof):
    n, d = rows.shape
    sums, mu, sigma = _handle(), np.empty(d), np.empty((d, d))
    _call("gmet_moments_create", ctypes.byref(sums), _size(d), _context())
    try:
        _call("gmet_moments_add", sums, _at(rows), _size(n), _size(d))
        _call("gmet_moments_get", sums, _at(mu), _at(sigma), _size(ddof))
    finally:
        _library.gmet_moments_close(ctypes.byref(sums))
    return mu, sigma


def moments(features, ddof=1):
    """Mean [d] and covariance [d, d] in float64 of features, float32 [n, d]: what stands in a statistics file."""
    rows = _rows(features, "features")
    with _lock:
        return _moments(rows, ddof)


def _side(x, name, ddof):
    if isinstance(x, tuple):
        if len(x) != 2:
            raise ValueError("%s: expected (mu, sigma), found a tuple of %d" % (name, len(x)))
        mu = _array(x[0], name + "[0]", np.float64, "(d,)")
        sigma = _array(x[1], name + "[1]", np.float64, "(d, d)")
        if sigma.shape != (mu.shape[0], mu.shape[0]):
            raise ValueError("%s: expected shapes (d,) and (d, d), found %s and %s" % (name, mu.shape, sigma.shape))
        return mu, sigma
    return _moments(_rows(x, name), ddof)


def fid(real, gen, ddof=1):
    """Frechet Inception Distance. Either side: features, float32 [n, d], or (mu, sigma) in float64 as moments() gives
    them. May be slightly negative for equal sets."""
    with _lock:
        a, b = _side(real, "real", ddof), _side(gen, "gen", ddof)
        if a[0].shape != b[0].shape:
            raise ValueError("real and gen: expected the same width, found %d and %d" % (a[0].size, b[0].size))
        out = _Fid()
        _call("gmet_fid", ctypes.byref(out), _at(a[0]), _at(a[1]), _at(b[0]), _at(b[1]), _size(a[0].size), _context())
    return out.value


def fid_uncertainty(real, gen):
    """FID with its standard error, and less its bias, of features on both sides. What does not hold is None."""
    a, b = _two(real, gen)
    out = _Uncertainty()
    with _lock:
        x, y = _moments(a, 1), _moments(b, 1)
        sides = [_FidSide(rows.ctypes.data, rows.shape[0], m[0].ctypes.data, m[1].ctypes.data)
                 for rows, m in ((a, x), (b, y))]
        _call("gmet_fid_uncertainty", ctypes.byref(out), None, None, ctypes.byref(sides[0]), ctypes.byref(sides[1]),
              _size(a.shape[1]), _context())
    fields = {f: getattr(out, f) for f in FidUncertainty._fields[1:]}
    if not out.has_error:
        fields["standard_error"] = None
    if not out.has_corrected:
        fields.update(corrected=None, corrected_error=None, bias_left=None)
    return FidUncertainty(value=out.raw.value, **fields)


def inception_score(logits, splits=10, shuffle=True, seed=2020, ddof=0):
    """Inception Score of logits, float32 [n, classes]: mean and standard deviation over the splits."""
    x = _rows(logits, "logits")
    options = _options("gmet_is_options_default", _IsOptions, n_splits=splits, shuffle=int(shuffle), seed=seed,
                       ddof=ddof)
    out = _Is()
    with _lock:
        _call("gmet_inception_score", ctypes.byref(out), ctypes.byref(options), _set(x), _context())
    return _of(out, InceptionScore)


def kid(real, gen, subsets=100, subset_size=1000, shrink=False, seed=2020, degree=3, gamma=None, coef0=1.0):
    """Kernel Inception Distance as published, over random subsets: mean and standard deviation. gamma None: 1 / d."""
    a, b = _two(real, gen)
    options = _options("gmet_kid_options_default", _KidOptions, n_subsets=subsets, subset_size=subset_size,
                       shrink=int(shrink), seed=seed, degree=degree, gamma=gamma, coef0=coef0)
    out = _Kid()
    with _lock:
        _call("gmet_kid", ctypes.byref(out), ctypes.byref(options), _set(b), _set(a), _context())
    return _of(out, Kid)


def kid_full(real, gen):
    """KID over all pairs of images, unbiased, with its standard error (0 where it is not known)."""
    a, b = _two(real, gen)
    out = _KidFull()
    with _lock:
        _call("gmet_kid_full", ctypes.byref(out), None, _set(b), _set(a), _context())
    return _of(out, KidFull)


def _compare(function, defaults, structure, result, kind, real, gen, before=(), **values):
    """A metric of two sets that takes (result, ..., options, real, gen, context)."""
    a, b = _two(real, gen)
    options = _options(defaults, structure, **values)
    out = result()
    with _lock:
        _call(function, ctypes.byref(out), *before, ctypes.byref(options), _set(a), _set(b), _context())
    return _of(out, kind)


def precision_recall(real, gen, k=3, strict=False, adm_fp16=False, stylegan_fp16=False):
    """Improved precision and recall (Kynkaanniemi et al. 2019) and their harmonic mean. adm_fp16, stylegan_fp16:
    distances rounded as guided-diffusion's evaluator or StyleGAN's pr50k3_full does (the latter to 3 digits)."""
    return _compare("gmet_precision_recall", "gmet_pr_options_default", _PrOptions, _Pr, PrecisionRecall, real, gen, k=k,
                    strict=int(strict), adm_fp16=int(adm_fp16), stylegan_fp16=int(stylegan_fp16))


def density_coverage(real, gen, k=5, strict=True, recall=True):
    """Density and coverage (Naeem et al. 2020), with the precision and recall of that package."""
    return _compare("gmet_prdc", "gmet_prdc_options_default", _PrdcOptions, _Prdc, DensityCoverage, real, gen,
                    (None,), k=k, strict=int(strict), recall=int(recall))


def cmmd(real, gen, sigma=10.0, normalise=True):
    """CMMD (Jayasumana et al. 2024) of features of CLIP: 1000 times the biased MMD^2 with a Gaussian kernel; also the
    unbiased one, and a standard error (0 where it is not known). normalise: rows count divided by their length."""
    return _compare("gmet_cmmd", "gmet_cmmd_options_default", _CmmdOptions, _Cmmd, Cmmd, real, gen, sigma=sigma,
                    normalise=int(normalise))


def mind(real, gen, directions=1000, seed=2020, subsample=True):
    """Monge Inception Distance: sliced Wasserstein distance, as torch-fidelity 0.5 defines it."""
    return _compare("gmet_mind", "gmet_mind_options_default", _MindOptions, _Mind, Mind, real, gen,
                    n_directions=directions, seed=seed, subsample=int(subsample))


def prd(real, gen, clusters=20, runs=10, seed=2020, equal_sizes=True):
    """F-scores of the curve of precision and recall (Sajjadi et al. 2018)."""
    return _compare("gmet_prd_curve", "gmet_prd_options_default", _PrdOptions, _Prd, Prd, real, gen, (None, None),
                    n_clusters=clusters, n_runs=runs, seed=seed, equal_sizes=int(equal_sizes))


def mifid(real, gen, real_to_gen=False, threshold=0.1):
    """Memorisation-informed FID (Bai et al. 2021)."""
    return _compare("gmet_mifid", "gmet_mifid_options_default", _MifidOptions, _Mifid, Mifid, real, gen,
                    (_double(fid(real, gen)),), direction=int(real_to_gen), threshold=threshold)


def image_scores(real, gen, k=3):
    """Per generated image: a structured array of realism, rarity, distance to the nearest real image, its index, and
    whether the image is inside the real manifold."""
    a, b = _two(real, gen)
    options = _options("gmet_image_options_default", _ImageOptions, k=k)
    out = np.empty(b.shape[0], np.dtype(_ImageScore))
    with _lock:
        _call("gmet_image_scores", _at(out), ctypes.byref(options), _set(a), _set(b), _context())
    return out


def authpct(train, gen):
    """Percentage of generated images that are authentic (Alaa et al. 2022)."""
    a, b = _two(train, gen)
    percent = _double()
    with _lock:
        _call("gmet_authpct", ctypes.byref(percent), None, _set(a), _set(b), _context())
    return percent.value


def vendi(features, q=1.0):
    """Vendi score of order q: the effective number of different images."""
    x = _rows(features, "features")
    score = _double()
    with _lock:
        _call("gmet_vendi", ctypes.byref(score), _double(q), _set(x), _context())
    return score.value


def fid_infinity(real, gen, points=15, min_size=0, seed=2020):
    """FID extrapolated to infinitely many generated images (Chong and Forsyth 2020)."""
    a, b = _two(real, gen)
    options = _options("gmet_infinity_options_default", _InfinityOptions, n_points=points, min_size=min_size, seed=seed)
    sums, out = _handle(), _Infinity()
    with _lock:
        _call("gmet_moments_create", ctypes.byref(sums), _size(a.shape[1]), _context())
        try:
            _call("gmet_moments_add", sums, _at(a), _size(a.shape[0]), _size(a.shape[1]))
            _call("gmet_fid_infinity", ctypes.byref(out), None, ctypes.byref(options), sums, _set(b), _context())
        finally:
            _library.gmet_moments_close(ctypes.byref(sums))
    return _of(out, Infinity)


def is_infinity(logits, points=15, min_size=0, seed=2020):
    """Inception Score extrapolated to infinitely many images."""
    x = _rows(logits, "logits")
    options = _options("gmet_infinity_options_default", _InfinityOptions, n_points=points, min_size=min_size, seed=seed)
    out = _Infinity()
    with _lock:
        _call("gmet_is_infinity", ctypes.byref(out), None, ctypes.byref(options), _set(x), _context())
    return _of(out, Infinity)
