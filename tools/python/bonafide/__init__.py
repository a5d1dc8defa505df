"""Metrics of generated images from libbonafide: NumPy arrays in, numbers out, the same bits as the bonafide program.

    import bonafide
    model = bonafide.Model("inception.iv3")             # or "synth:1" for a trial; None: as the program finds them
    real = model.features(photos)                       # uint8 [n, h, w, 3] -> float32 [n, 2048]
    gen = model.features(samples)
    print(bonafide.fid(real, gen), bonafide.kid(real, gen), bonafide.precision_recall(real, gen))
    print(bonafide.inception_score(model.features(samples, "logits_unbiased")))

This package needs Python 3.7, NumPy and libbonafide.so, nothing else, and no build. The library is looked for in
$BONAFIDE_LIBRARY, inside the package, in ../../../lib (as `make install` places both) and where the system's loader looks.

Arrays are taken as they are: a wrong type or shape is a TypeError or ValueError that names it. What the library
refuses is a bonafide.Error with its message. The interpreter's lock is released while the library works; calls from
several threads wait for each other.
"""


from ._errors import Error
from ._library import set_threads, version
from ._metrics import (authpct, cmmd, density_coverage, fid, fid_infinity, fid_uncertainty, image_scores, inception_score,
                       is_infinity, kid, kid_full, mifid, mind, moments, prd, precision_recall, vendi)
from ._model import Model

__all__ = [
    "Error", "Model", "authpct", "cmmd", "density_coverage", "fid", "fid_infinity", "fid_uncertainty",
    "image_scores", "inception_score", "is_infinity", "kid", "kid_full", "mifid", "mind", "moments", "precision_recall", "prd",
    "set_threads", "vendi", "version",
]
