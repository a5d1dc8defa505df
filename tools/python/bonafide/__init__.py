"""Metrics of generated images: files and folders, images and features in, numbers out, the same bits as the program.

    import bonafide
    bonafide.fid("photos/", "samples/")                 # any path that `bonafide fid` takes
    bonafide.fid("photos/", images)                     # uint8 [n, h, w, 3] or [n, 3, h, w], lists of PIL images, ...
    bonafide.evaluate("photos/", "samples/", metrics=["fid", "kid", "pr"])  # a dict with the keys of eval --json

    model = bonafide.Model("inception.iv3")             # or "synth:1" for a trial; None: as the program finds them
    real, gen = model.features(photos), model.features(samples)  # images -> float32 [n, 2048]
    print(bonafide.fid(real, gen), bonafide.kid(real, gen), bonafide.precision_recall(real, gen))
    print(bonafide.inception_score(model.features(samples, "logits_unbiased")))

This package needs Python 3.7 and NumPy, and libbonafide.so for arrays, the program `bonafide` for files and images; a
wheel has both inside. The library is looked for in $BONAFIDE_LIBRARY, inside the package, in ../../../lib (as `make
install` places both) and where the system's loader looks; the program in $BONAFIDE_PROGRAM, inside the package (bin),
in ../../../bin, and in PATH. `python -m bonafide ...` is the program.

A wrong type or shape is a TypeError or ValueError that names it. What the library or the program refuses is a
bonafide.Error with its message, of the subclass that says why. What the program warns of is a
bonafide.BonafideWarning. The interpreter's lock is released while the library works, Ctrl-C ends its calls at once,
and models have threads of their own.
"""

from ._errors import (ArgumentError, BonafideWarning, ChecksumError, Error, FileError, FormatError, InputError,
                      MissingFileError, NumericError, OutOfMemoryError, ProgramError, UnsupportedError, VersionError)
from ._evaluate import command, evaluate, judge_evaluate, judge_predict, judge_train
from ._images import Form
from ._library import version
from ._metrics import (authpct, cmmd, density_coverage, fid, fid_infinity, fid_uncertainty, image_scores,
                       inception_score, is_infinity, kid, kid_full, mifid, mind, moments, prd, precision_recall, vendi)
from ._model import Model, networks, presets
from ._moments import Moments
from ._results import (Cmmd, DensityCoverage, FidUncertainty, InceptionScore, Infinity, Kid, KidFull, Mifid, Mind,
                       Network, PrecisionRecall, Prd, Preset, WeightsInfo)
from ._sides import features
from ._streaming import Metrics
from ._threads import set_threads
from .torch_fidelity import calculate_metrics

__version__ = version()

__all__ = [
    "ArgumentError", "BonafideWarning", "ChecksumError", "Cmmd", "DensityCoverage", "Error", "FidUncertainty",
    "FileError", "Form", "FormatError", "InceptionScore", "Infinity", "InputError", "Kid", "KidFull", "Metrics",
    "Mifid", "Mind", "MissingFileError", "Model", "Moments", "Network", "NumericError", "OutOfMemoryError",
    "PrecisionRecall", "Prd", "Preset", "ProgramError", "UnsupportedError", "VersionError", "WeightsInfo", "authpct",
    "calculate_metrics", "cmmd", "command", "density_coverage", "evaluate", "features", "fid", "fid_infinity",
    "fid_uncertainty", "image_scores", "inception_score", "is_infinity", "judge_evaluate", "judge_predict",
    "judge_train", "kid",
    "kid_full", "mifid", "mind", "moments", "networks", "precision_recall", "prd", "presets", "set_threads", "vendi",
    "version",
]
