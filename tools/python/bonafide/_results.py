"""What the functions of this package return."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple


class FidUncertainty(NamedTuple):
    """FID, its standard error, and the value less its bias; None where it does not hold."""

    value: float
    standard_error: Optional[float]
    corrected: Optional[float]
    corrected_error: Optional[float]
    bias_real: float
    bias_gen: float
    bias_second: float
    bias_left: Optional[float]


class InceptionScore(NamedTuple):
    """Mean and standard deviation over the splits."""

    mean: float
    std: float
    n_splits: int


class PrecisionRecall(NamedTuple):
    """From 0 to 1, higher is better; the F-score is their harmonic mean."""

    precision: float
    recall: float
    f_score: float


class Kid(NamedTuple):
    """Mean and spread over the subsets; no spread (None) where a subset is more than half of a set."""

    mean: float
    std: Optional[float]
    n_subsets: int
    subset_size: int


class KidFull(NamedTuple):
    """Of all pairs of images; the variance is the square of the standard error, which is 0 where it is not known."""

    value: float
    variance: float
    standard_error: float


class DensityCoverage(NamedTuple):
    """Density may exceed 1."""

    precision: float
    recall: float
    density: float
    coverage: float


class Infinity(NamedTuple):
    """A value extrapolated to infinitely many images, the slope per 1/N, and how straight the line is."""

    value: float
    slope: float
    fit_residual: float


class Mifid(NamedTuple):
    """FID times a penalty for copies, which their mean distance decides."""

    value: float
    distance: float
    penalty: float


class Cmmd(NamedTuple):
    """As published (biased), without the pairs of an image with itself, and the error (0 where it is not known)."""

    value: float
    unbiased: float
    standard_error: float


class Mind(NamedTuple):
    """The distance, and what other random directions would change."""

    value: float
    directions_error: float


class Prd(NamedTuple):
    """F-scores of the curve: recall and precision."""

    f_8: float
    f_one_eighth: float


class WeightsInfo(NamedTuple):
    """Name of the published file or "synth:SEED", variant of the network, classes, SHA-256 of the tensors."""

    name: str
    variant: str
    n_classes: int
    sha256: str


class Preset(NamedTuple):
    """A way to get from pixels to the network's input."""

    name: str
    version: int


class Network(NamedTuple):
    """A network, its taps (layers that features can be of), which of them its features are of ("2048"), how wide these
    are, and the preset of its best known number."""

    name: str
    taps: Tuple[str, ...]
    tap: str
    dim: int
    preset: str
