"""pytorch-fid's command line and functions, with its preset and its way to look for images:

    python -m bonafide.pytorch_fid A G [--dims N] [--batch-size N] [--num-workers N] [--device D]
    python -m bonafide.pytorch_fid --save-stats A STATS.npz

    from bonafide.pytorch_fid import calculate_fid_given_paths, save_fid_stats

A and G are folders, or .npz files with mu and sigma; the value is printed as `FID:  x`. In a folder the files count
that lie in it, not below, and end in one of EXTENSIONS, in lower case. What pytorch-fid has and bonafide has no use for
is taken and named in a warning. tools/python/DROPIN.md has what was compared.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from ._dropin import ignored, listed, warn_ignored, whole_program
from ._errors import FileError, InputError, MissingFileError
from ._metrics import fid
from ._sides import ask, numbers

#: What counts as an image, by its ending.
EXTENSIONS = ("bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp")
#: Widths of the features that there are.
DIMS = (64, 192, 768, 2048)
_PRESET = "pytorch-fid"
#: `from pytorch_fid import fid_score` is the usual way to its functions.
fid_score = sys.modules[__name__]


def images_of(folder: str) -> List[str]:
    """The images of a folder in their order. Raises InputError where there are none."""
    if not os.path.isdir(folder):
        raise InputError("%s: expected a folder, or a file ending in .npz" % folder)
    names = sorted(name for name in os.listdir(folder) if name.endswith(tuple("." + ext for ext in EXTENSIONS)))
    return listed(folder, (os.path.join(folder, name) for name in names), EXTENSIONS, "not in its subfolders")


def _side(path: Any) -> Any:
    path = os.fsdecode(path)
    if not os.path.exists(path):
        raise MissingFileError("%s: no such file or folder" % path)
    return path if path.endswith(".npz") else images_of(path)


def _tap(dims: int) -> str:
    if dims not in DIMS:
        raise ValueError("dims: expected one of %s, found %r" % (", ".join(map(str, DIMS)), dims))
    return str(dims)


def calculate_fid_given_paths(paths: Sequence[Any], batch_size: Any = None, device: Any = None, dims: int = 2048,
                              num_workers: Any = None) -> float:
    """FID of two paths, each a folder or an .npz of statistics. batch_size, device and num_workers have no meaning
    here. Raises Error (FileNotFoundError for a path that is not there, InputError for what is no image)."""
    warn_ignored("calculate_fid_given_paths", dict(batch_size=batch_size, device=device, num_workers=num_workers))
    return _fid(paths, dims)


def _fid(paths: Sequence[Any], dims: int) -> float:
    tap, (first, second) = _tap(dims), paths
    said = ask("fid", {"A": _side(first), "B": _side(second)}, dict(preset=_PRESET, tap=tap))
    return float(numbers(said, "frechet_inception_distance")[0])


def save_fid_stats(paths: Sequence[Any], batch_size: Any = None, device: Any = None, dims: int = 2048,
                   num_workers: Any = None) -> None:
    """Writes mu and sigma of paths[0] to paths[1], which must not exist; ".npz" is added where it is missing. The file
    also has N, preset and weights, and pytorch-fid reads it. The other parameters are those of
    calculate_fid_given_paths."""
    warn_ignored("save_fid_stats", dict(batch_size=batch_size, device=device, num_workers=num_workers))
    _save(paths, dims)


def _save(paths: Sequence[Any], dims: int) -> None:
    tap, source, target = _tap(dims), _side(paths[0]), os.fsdecode(paths[1])
    written = target if target.endswith(".npz") else target + ".npz"
    for path in (target, written):
        if os.path.exists(path):
            raise FileError("%s: exists already; name another file, or remove it" % path)
    if isinstance(source, str):
        with np.load(source, allow_pickle=False) as file:
            if "mu" not in file.files or "sigma" not in file.files:
                raise InputError("%s: expected mu and sigma, found %s" % (source, ", ".join(file.files)))
            np.savez(written, **{name: file[name] for name in file.files})
        return
    ask("stats", {"A": source}, dict(preset=_PRESET, tap=tap, output=written))


def calculate_frechet_distance(mu1: Any, sigma1: Any, mu2: Any, sigma2: Any, eps: Any = None) -> float:
    """FID of means [d] and covariances [d, d]; numbers of other kinds become float64. eps has no meaning here: nothing
    needs to be added to a covariance."""
    warn_ignored("calculate_frechet_distance", dict(eps=eps))
    first, second = _moments(mu1, sigma1), _moments(mu2, sigma2)
    return fid(first, second)


def _moments(mu: Any, sigma: Any) -> Tuple[Any, Any]:
    return np.atleast_1d(np.asarray(mu, np.float64)), np.atleast_2d(np.asarray(sigma, np.float64))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bonafide.pytorch_fid",
        description="FID as pytorch-fid computes it. Weights: as 'bonafide fid' finds them ($BONAFIDE_WEIGHTS, or the "
                    "installed ones).",
        epilog="Options without meaning here, which change no result: --batch-size, --num-workers, --device.")
    parser.add_argument("path", nargs=2, help="a folder of images, or an .npz with mu and sigma")
    parser.add_argument("--dims", type=int, default=2048, choices=DIMS, help="width of the features (default 2048)")
    parser.add_argument("--save-stats", action="store_true",
                        help="write mu and sigma of the first path to the second, an .npz that does not exist yet")
    parser.add_argument("--batch-size", type=int, help="taken for pytorch-fid's sake")
    parser.add_argument("--num-workers", type=int, help="taken for pytorch-fid's sake")
    parser.add_argument("--device", help="taken for pytorch-fid's sake")
    return parser


def main(words: Optional[Sequence[str]] = None) -> None:
    """The command line; words: without the program's name."""
    args = _parser().parse_args(words)

    def work() -> None:
        sentence = ignored("pytorch_fid", {"--batch-size": args.batch_size, "--num-workers": args.num_workers,
                                           "--device": args.device})
        if sentence:
            print("bonafide: warning: " + sentence, file=sys.stderr)
        if args.save_stats:
            _save(args.path, args.dims)
        else:
            print("FID: ", _fid(args.path, args.dims))

    whole_program("pytorch_fid", work)


if __name__ == "__main__":
    main()
