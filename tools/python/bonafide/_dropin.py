"""What the modules that stand in for other tools share: options without meaning here, models, images as those tools
have them, and how these modules end as programs."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from ._arrays import as_array, warn
from ._errors import ArgumentError, BonafideWarning, Error, InputError
from ._model import Model

_models: Dict[Tuple[str, str], Model] = {}


def ignored(function: str, given: Mapping[str, Any], harmless: Optional[Mapping[str, Any]] = None) -> str:
    """The sentence that names what was given (is not None) and has no meaning here, "" for nothing. harmless: values
    that ask for what is done anyway."""
    named = [name for name, value in given.items()
             if value is not None and not (harmless is not None and name in harmless and value == harmless[name])]
    if not named:
        return ""
    return "%s: without meaning here and ignored: %s" % (function, ", ".join(named))


def warn_ignored(function: str, given: Mapping[str, Any], harmless: Optional[Mapping[str, Any]] = None) -> None:
    """The same as a BonafideWarning."""
    sentence = ignored(function, given, harmless)
    if sentence:
        warn(sentence)


def model_of(network: Optional[str] = None, weights: Any = None) -> Model:
    """A model that is kept for the next call with the same weights."""
    spec = os.fspath(weights) if weights is not None else os.environ.get("BONAFIDE_WEIGHTS", "")
    key = (network or "", spec)
    if key not in _models:
        _models[key] = Model(weights, network=network)
    return _models[key]


def on_cpu(x: Any) -> Any:
    """A tensor of PyTorch without its gradients and on the CPU, as these tools bring it there; all else as it is."""
    if hasattr(x, "detach") and hasattr(x, "cpu"):
        return x.detach().cpu()
    return x


def batch_of(x: Any, name: str) -> "np.ndarray[Any, Any]":
    """Images [n, 3, h, w], as PyTorch has them, of a tensor or array."""
    a = as_array(on_cpu(x), name)
    if a.ndim != 4 or a.shape[1] != 3:
        raise ValueError("%s: expected shape (n, 3, h, w), found %s" % (name, a.shape))
    return a


def data_folders() -> List[str]:
    """Where the program looks for what it is not given: the user's data folder, then the system's."""
    own = os.environ.get("XDG_DATA_HOME", "")
    if not own.startswith("/"):
        own = os.path.join(os.path.expanduser("~"), ".local", "share")
    return [os.path.join(folder, "bonafide") for folder in (own, "/usr/local/share", "/usr/share")]


def torch_if_loaded() -> Any:
    """The module torch where the caller has imported it, None where not: this package does not."""
    return sys.modules.get("torch")


def listed(folder: str, found: Iterable[str], extensions: Iterable[str], where: str) -> List[str]:
    """The paths found, or InputError where there are none."""
    paths = list(found)
    if not paths:
        raise InputError("%s: no images there: files ending in %s are looked for, %s" % (
            folder, ", ".join("." + ext for ext in sorted(set(extensions))), where))
    return paths


def chunks(images: Callable[[int], Any], total: int, size: int) -> Iterator[Any]:
    """images(n) for the parts of a total."""
    for first in range(0, total, size):
        yield images(min(size, total - first))


def whole_program(name: str, work: Callable[[], None]) -> None:
    """Runs a module as a program: warnings and errors become lines of standard error, errors its exit codes."""

    def show(message: Any, *_: Any) -> None:
        print("bonafide: warning: %s" % message, file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always", BonafideWarning)
        setattr(warnings, "showwarning", show)
        try:
            work()
        except (Error, OSError, TypeError, ValueError) as problem:
            print("bonafide: %s" % problem, file=sys.stderr)
            sys.exit(2 if isinstance(problem, ArgumentError) else 3 if isinstance(problem, InputError) else 1)
        except KeyboardInterrupt:
            print("%s: interrupted" % name, file=sys.stderr)
            sys.exit(130)
