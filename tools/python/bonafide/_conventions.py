"""What the tool of a preset does otherwise than most, as tools/options/conventions.c has it. The tests compare both."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Tuple

EVEN, CHUNK, BLOCK = 0, 1, 2  # gmet_split


class Convention(NamedTuple):
    """Divisors, subsets, neighbours; the defaults are the usual ones."""

    fid_ddof: int = 1
    kid_shrink: bool = False
    kid_subsets: int = 100
    kid_size: int = 1000
    k: int = 3
    strict: bool = False
    density_k: int = 5
    splits: int = 10
    split: int = EVEN
    shuffle: bool = True
    is_ddof: int = 0
    logits: str = "logits_unbiased"
    real_to_gen: bool = False
    seed: int = 2020


_STUDIOGAN: Dict[str, Any] = dict(logits="logits", splits=1, shuffle=False, k=5, strict=True)
_DGM: Dict[str, Any] = dict(kid_shrink=True, k=5, strict=True)
_OTHER: Dict[Tuple[str, str], Dict[str, Any]] = {
    ("inception-v3", "clean"): dict(kid_shrink=True),
    ("inception-v3", "adm"): dict(split=BLOCK, shuffle=False),
    ("inception-v3", "stylegan"): dict(fid_ddof=0, kid_shrink=True, shuffle=False),
    ("inception-v3", "torchmetrics-1.8"): dict(split=CHUNK, is_ddof=1, real_to_gen=True),
    ("inception-v3", "studiogan-legacy"): _STUDIOGAN,
    ("inception-v3", "studiogan-clean"): _STUDIOGAN,
    ("inception-v3", "studiogan-friendly"): _STUDIOGAN,
    ("dinov2", "dgm"): _DGM,
    ("dinov2", "dgm-clean"): _DGM,
    ("clip", "clip"): dict(kid_shrink=True),
}
_FAMILIES = ("inception-v3", "dinov2", "clip")


def convention(network: str, preset: str) -> Convention:
    """That of a preset for a network, by their names."""
    family = next((name for name in _FAMILIES if network.startswith(name)), network)
    return Convention(**_OTHER.get((family, preset), {}))
