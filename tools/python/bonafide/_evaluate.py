"""Commands of the program as functions: everything of `eval`, the judge, and any other."""

from __future__ import annotations

import csv
import io
from typing import Any, Dict, List, Optional, Sequence, Union

from ._sides import ask


def evaluate(real: Any, gen: Any, metrics: Union[None, str, Sequence[str]] = None, preset: Optional[str] = None,
             network: Optional[str] = None, **options: Any) -> Dict[str, Any]:
    """Every number of `bonafide eval`, in one pass over the images of each set: a dict with the keys of `eval --json`
    (tools/records/JSON.md), such as "frechet_inception_distance" with its "..._standard_error".

    real, gen   as in bonafide.fid: paths, images, features
    metrics     "fid,kid" or ["fid", "kid", "per-class", "fd-dinov2"]; None: is, fid, kid, precision and recall, density
                and coverage; all=True: all of the network's features
    preset      whose conventions ("pytorch-fid", "clean", ...): presets() lists them
    network     "vgg16", "dinov2-vitl14", ...: networks() lists them

    Further keywords: layout, range and rounding of images in arrays (bonafide.Form), and every option of
    `bonafide help eval` with dashes as underscores: weights="inception.iv3", kid_size=500, per_image="images.csv",
    report="page", manifest="run.json", judge="judge.npz", test=a_third_set, as_="all", output= for -o. What the program
    warns of is under "warnings", and is a BonafideWarning too."""
    answer: Dict[str, Any] = ask("eval", {"real": real, "gen": gen},
                                 dict(options, metrics=metrics, preset=preset, network=network))
    return answer


def command(name: str, *sets: Any, **options: Any) -> Dict[str, Any]:
    """Any other command of the program: command("compare", "a.json", "b.json"), command("sanity", "photos/",
    output="page"). Operands as in bonafide.fid, options as in evaluate; its --json as a dict."""
    answer: Dict[str, Any] = ask(name, {"set%d" % (i + 1): x for i, x in enumerate(sets)}, options)
    return answer


def judge_predict(model: str, *sets: Any, **options: Any) -> Dict[str, Any]:
    """What people would say of images, by a trained judge (MODEL.npz): the dict of `judge predict --json`, and under
    "predictions" a list of dicts: "image" (its name), "p" (probability that a person calls it real), "score_logit"."""
    sides: Dict[str, Any] = {"model": model}
    sides.update(("set%d" % (i + 1), x) for i, x in enumerate(sets))
    answer, table = ask("judge predict", sides, options, output=".csv")
    lines: List[Dict[str, Any]] = list(csv.DictReader(io.StringIO(table)))
    found: Dict[str, Any] = answer
    found["predictions"] = [dict(line, p=float(line["p"]), score_logit=float(line["score_logit"])) for line in lines]
    return found


def judge_evaluate(*sets: Any, ref: Any, labels: str, **options: Any) -> Dict[str, Any]:
    """How well a judge predicts people, by cross-validation: the dict of `judge eval --json`. ref: real images to
    compare with; labels: the CSV of what people said."""
    return command("judge eval", *sets, ref=ref, labels=labels, **options)


def judge_train(*sets: Any, ref: Any, labels: str, output: str, **options: Any) -> Dict[str, Any]:
    """Fits a judge and writes it to `output` (MODEL.npz): the dict of `judge train --json`."""
    return command("judge train", *sets, ref=ref, labels=labels, output=output, **options)
