"""libbonafide by ctypes: its structures, where it is found, how it is called."""

from __future__ import annotations

import ctypes
import os
from typing import Any, List, Optional

from ._errors import of_status

SONAME = "libbonafide.so.0"

_Status = ctypes.c_int
_size = ctypes.c_size_t
_double = ctypes.c_double
_int = ctypes.c_int
_u32 = ctypes.c_uint32
_u64 = ctypes.c_uint64
_handle = ctypes.c_void_p

# --- the library's structures: engine/feat.h, metrics/gmet.h ------------------------------------------------------


def _struct(name: str, *fields: Any) -> Any:
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


def _sized(name: str, *fields: Any) -> Any:
    """A structure of options, which says first how long it is."""
    return _struct(name, ("struct_size", _size), *fields)


_Error = _struct("feat_error", ("status", _int), ("message", ctypes.c_char * 512))
_Config = _struct("feat_config", ("struct_size", _size), ("isa_mask", _u32), ("numerics", _int), ("pool", _handle),
                  ("no_classifier", _int))
_RunOptions = _struct("feat_run_options", ("struct_size", _size), ("stop", ctypes.c_void_p),
                      ("stop_ctx", ctypes.c_void_p), ("progress", ctypes.c_void_p), ("progress_ctx", ctypes.c_void_p))
_Picture = _struct("feat_picture", ("data", ctypes.c_void_p), ("h", _size), ("w", _size), ("stride", ctypes.c_ssize_t),
                   ("order", _int), ("plane_stride", ctypes.c_ssize_t))
_Shape = _struct("feat_shape", ("c", ctypes.c_uint16), ("h", ctypes.c_uint16), ("w", ctypes.c_uint16))
_Output = _struct("feat_output", ("tap", ctypes.c_uint), ("data", ctypes.c_void_p), ("stride", _size))
_WeightsInfo = _struct(
    "feat_weights_info", ("net", _handle), ("n_classes", _size), ("n_tensors", _size), ("n_parameters", _size),
    ("name", ctypes.c_char * 96), ("source_sha256", ctypes.c_ubyte * 32), ("content_sha256", ctypes.c_ubyte * 32))
_Context = _struct("gmet_context", ("pool", _handle), ("kernels", ctypes.c_void_p), ("team", ctypes.c_void_p),
                   ("memo", ctypes.c_void_p), ("stop", ctypes.c_void_p), ("stop_ctx", ctypes.c_void_p),
                   ("later", ctypes.c_void_p * 6))
_Set = _struct("gmet_set", ("rows", ctypes.c_void_p), ("n", _size), ("d", _size), ("paging", ctypes.c_void_p))
_Fid = _struct("gmet_fid_result", ("value", _double), ("mean_term", _double), ("trace_term", _double))
_FidSide = _struct("gmet_fid_side", ("rows", ctypes.c_void_p), ("n", _size), ("mu", ctypes.c_void_p),
                   ("sigma", ctypes.c_void_p), ("sigma_done", ctypes.c_void_p), ("ctx", ctypes.c_void_p),
                   ("geometry", ctypes.c_void_p))
_Uncertainty = _struct(
    "gmet_fid_uncertainty_result", ("raw", _Fid), ("bias_real", _double), ("bias_gen", _double),
    ("bias_second", _double), ("corrected", _double), ("standard_error", _double), ("corrected_error", _double),
    ("bias_left", _double), ("error_real", _double), ("error_gen", _double), ("heavy", _double),
    ("rank_real", _size), ("rank_gen", _size), ("has_error", _int), ("has_corrected", _int),
    ("why_no_error", ctypes.c_char_p), ("why_no_corrected", ctypes.c_char_p), ("dependent", _int), ("in_order", _int))
_IsOptions = _sized("gmet_is_options", ("n_splits", _size), ("shuffle", _int), ("seed", _u32), ("ddof", _size),
                    ("split", _int), ("block_size", _size), ("probabilities", _int), ("stride", _size))
_Is = _struct("gmet_is_result", ("mean", _double), ("std", _double), ("n_splits", _size))
_PrOptions = _sized("gmet_pr_options", ("k", _size), ("strict", _int), ("adm_fp16", _int),
                    ("stylegan_fp16", _int))
_Pr = _struct("gmet_pr_result", ("precision", _double), ("recall", _double), ("f_score", _double))
_KidOptions = _sized(
    "gmet_kid_options", ("n_subsets", _size), ("subset_size", _size), ("shrink", _int), ("seed", _u32),
    ("kernel", _int), ("degree", ctypes.c_uint), ("gamma", _double), ("coef0", _double))
_Kid = _struct("gmet_kid_result", ("mean", _double), ("std", _double), ("n_subsets", _size), ("subset_size", _size))
_KidFull = _struct("gmet_kid_full_result", ("value", _double), ("variance", _double), ("standard_error", _double),
                   ("has_error", _int))
_PrdcOptions = _sized("gmet_prdc_options", ("k", _size), ("strict", _int), ("recall", _int))
_Prdc = _struct("gmet_prdc_result", ("precision", _double), ("recall", _double), ("density", _double),
                ("coverage", _double))
_ImageOptions = _sized("gmet_image_options", ("k", _size), ("realism", _int))
_ImageScore = _struct("gmet_image_score", ("realism", _double), ("rarity", _double), ("distance", _double),
                      ("nearest", _size), ("inside", _int))
_InfinityOptions = _sized("gmet_infinity_options", ("n_points", _size), ("min_size", _size), ("seed", _u32),
                          ("probabilities", _int))
_Infinity = _struct("gmet_infinity_result", ("value", _double), ("slope", _double), ("fit_residual", _double),
                    ("n_points", _size))
_MifidOptions = _sized("gmet_mifid_options", ("direction", _int), ("threshold", _double))
_Mifid = _struct("gmet_mifid_result", ("value", _double), ("distance", _double), ("penalty", _double),
                 ("n_zero_rows", _size))
_CmmdOptions = _sized("gmet_cmmd_options", ("sigma", _double), ("normalise", _int))
_Cmmd = _struct("gmet_cmmd_result", ("value", _double), ("unbiased", _double), ("standard_error", _double),
                ("has_error", _int))
_MindOptions = _sized("gmet_mind_options", ("n_directions", _size), ("seed", _u64), ("subsample", _int))
_Mind = _struct("gmet_mind_result", ("value", _double), ("directions_error", _double), ("n_real", _size),
                ("n_gen", _size))
_PrdOptions = _sized("gmet_prd_options", ("n_clusters", _size), ("n_angles", _size), ("n_runs", _size),
                     ("seed", _u64), ("equal_sizes", _int))
_Prd = _struct("gmet_prd_result", ("f_8", _double), ("f_one_eighth", _double))

# --- the library ---------------------------------------------------------------------------------------------------


def _candidates() -> List[str]:
    named = os.environ.get("BONAFIDE_LIBRARY")
    if named:
        return [named]
    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.join(here, SONAME), os.path.join(here, "..", "..", "..", "lib", SONAME)]
    return [path for path in places if os.path.exists(path)] + [SONAME]


def _load() -> ctypes.CDLL:
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
_library.feat_net_preset_name.restype = ctypes.c_char_p
_library.feat_net_tap_dim.restype = _size
_library.feat_pool_threads.restype = _size
_library.feat_preset_at.restype = _handle
_library.feat_net_at.restype = _handle
_library.gmet_moments_count.restype = _size
_library.gmet_moments_close.restype = None


# The library's function that reads a flag, for whatever asks whether it shall stop.
_STOP = ctypes.cast(_library.feat_stop_flag, ctypes.c_void_p).value


def version() -> str:
    """The version of the library, "0.1.0"."""
    return _text(_library.feat_version())


def _call(function: str, *args: Any) -> None:
    """Calls a function whose last parameter is an feat_error; an error becomes an exception."""
    error = _Error()
    status = getattr(_library, function)(*args, ctypes.byref(error))
    if status != 0:
        raise of_status(_status_name(status), error.message.decode("utf-8", "replace"))


def _status_name(status: int) -> str:
    return _text(_library.feat_status_name(_Status(status)))


def _text(found: Optional[bytes]) -> str:
    """A string of the library, of which NULL is none."""
    return (found or b"").decode("utf-8", "replace")
