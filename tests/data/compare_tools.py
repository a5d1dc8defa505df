#!/usr/bin/env python3
"""Prints the table "ours, theirs, difference" of metrics/README.md: runs the tools' own source files on features that
are made here, and bonafide on the same features.

    python3 tests/data/compare_tools.py build/x86_64-linux-gnu/bin/bonafide FOLDER

FOLDER holds checkouts named torch-fidelity (toshas, 5e211a9), generative-evaluation-prdc (clovaai, e320c1d), clean-fid
(GaParmar, e88c4d6), guided-diffusion (openai, 22e0df8), pytorch-fid (mseitzer, b9c1811), TTUR (bioinf-jku, 73ab375).
Needs NumPy, SciPy, scikit-learn and PyTorch. What of guided-diffusion is TensorFlow (softmax, distances) is NumPy here.
"""
import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import types
import warnings

import numpy as np
import torch
from scipy import linalg

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_more_metrics_data import features  # noqa: E402

PROGRAM, SOURCES = (os.path.abspath(p) for p in sys.argv[1:3])


def ours(*args):
    run = subprocess.run([PROGRAM, *args, "--json", "-q"], capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(run.stderr)
    return json.loads(run.stdout)


def row(tool, what, our, their, note):
    print("| %s | %s | %.15g | %.15g | %.1e | %s |" % (tool, what, our, their, our - their, note), flush=True)


def source(path, start, end=None, **names):
    """The names that a part of a file defines, from one line to another."""
    text = open(os.path.join(SOURCES, path)).read()
    text = text[text.index(start):]
    if end is not None:
        text = text[:text.index(end)]
    names.update(np=np, linalg=linalg, warnings=warnings, ndarray=np.ndarray)
    exec(text, names)
    return types.SimpleNamespace(**names)


def quietly(fn, *args):
    with contextlib.redirect_stdout(io.StringIO()):
        return fn(*args)


def moments(x):
    return np.mean(x, axis=0), np.cov(x, rowvar=False)


def torch_fidelity(real, gen, logits):
    defaults = dict(kid_subsets=100, kid_subset_size=1000, kid_kernel="poly", kid_kernel_poly_degree=3,
                    kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=2020, verbose=False,
                    prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=False)
    package = types.ModuleType("torch_fidelity")
    package.__path__ = [os.path.join(SOURCES, "torch-fidelity", "torch_fidelity")]
    helpers, utils = types.ModuleType("torch_fidelity.helpers"), types.ModuleType("torch_fidelity.utils")
    helpers.get_kwarg, helpers.vprint = (lambda k, kw: kw.get(k, defaults[k])), lambda *a: None
    helpers.vassert, utils.__getattr__ = lambda *a: None, lambda name: None
    tqdm = types.ModuleType("tqdm")
    tqdm.tqdm = lambda x, **k: x
    sys.modules.update({"torch_fidelity": package, "torch_fidelity.helpers": helpers, "torch_fidelity.utils": utils,
                        "tqdm": tqdm})
    isc, kid, fid, prc = (importlib.import_module("torch_fidelity.metric_" + m) for m in ("isc", "kid", "fid", "prc"))
    x, y = torch.from_numpy(gen), torch.from_numpy(real)
    our, their = ours("is", "logits.npy"), isc.isc_features_to_metric(torch.from_numpy(logits))
    for key in ("inception_score_mean", "inception_score_std"):
        row("torch-fidelity", "`%s`" % key, our[key], their[key], "")
    our = ours("kid", "real.npy", "gen.npy")
    for their, note in ((kid.kid_features_to_metric(x.double(), y.double()), "its code on float64 features"),
                        (kid.kid_features_to_metric(x, y), "as it is, in float32")):
        for key in ("kernel_inception_distance_mean", "kernel_inception_distance_std"):
            row("torch-fidelity", "`%s`" % key, our[key], their[key], note)
    their = fid.fid_statistics_to_metric(fid.fid_features_to_statistics(x), fid.fid_features_to_statistics(y), False)
    key = "frechet_inception_distance"
    row("torch-fidelity", "`%s`" % key, ours("fid", "real.npy", "gen.npy")[key], their[key], "its means are float32")
    our, their = ours("pr", "real.npy", "gen.npy"), prc.prc_features_to_metric(x, y)
    for key in ("precision", "recall"):
        row("torch-fidelity", "`%s`" % key, our[key], their[key], "its share is a float32")


def prdc(real, gen):
    code = source("generative-evaluation-prdc/prdc/prdc.py", "import numpy")
    their = quietly(code.compute_prdc, real, gen, 5)
    our = ours("pr", "real.npy", "gen.npy", "-k", "5", "--knn-cmp", "lt")
    our.update(ours("eval", "real.npy", "gen.npy", "--metrics", "dc"))
    for key in ("precision", "recall", "density", "coverage"):
        row("prdc", key, our[key], float(their[key]), "k = 5, `--knn-cmp lt`")


def matrix_root_tools(real, gen):
    our = ours("fid", "real.npy", "gen.npy")["frechet_inception_distance"]
    wide = [moments(x.astype(np.float64)) for x in (gen, real)]
    narrow = [moments(x) for x in (gen, real)]
    for tool, path, name, end, m, note in (
            ("pytorch-fid", "pytorch-fid/src/pytorch_fid/fid_score.py", "calculate_frechet_distance",
             "def calculate_activation", wide, "matrix root by SciPy"),
            ("TTUR", "TTUR/fid.py", "calculate_frechet_distance", "#-----", wide, "matrix root by SciPy"),
            ("clean-fid", "clean-fid/cleanfid/fid.py", "frechet_distance", '"""\nCompute the KID', narrow,
             "its means are float32")):
        code = source(path, "def " + name, end)
        row(tool, "FID", our, float(quietly(getattr(code, name), *m[0], *m[1])), note)
    code = source("clean-fid/cleanfid/fid.py", "def kernel_distance", '"""\nCompute the inception features')
    our = ours("eval", "real.npy", "gen.npy", "--metrics", "kid", "--preset", "clean")["kernel_inception_distance_mean"]
    for a, b, note in ((real.astype(np.float64), gen.astype(np.float64), "on float64 features"), (real, gen, "as it is")):
        np.random.seed(2020)
        row("clean-fid", "KID", our, code.kernel_distance(a, b), note + ", after `np.random.seed(2020)`")


class DistanceBlock:
    """The TensorFlow part of the evaluator, with sums in float32 as on a GPU."""

    def __init__(self, session):
        pass

    def distances(self, u, v, kind):
        u, v = u.astype(kind), v.astype(kind)
        norm = [np.square(x).astype(np.float32).sum(1).astype(kind) for x in (u, v)]
        product = (u.astype(np.float32) @ v.astype(np.float32).T).astype(kind)
        return np.maximum(norm[0][:, None] - kind(2) * product + norm[1][None], kind(0))

    def pairwise_distances(self, u, v):
        d = self.distances(u, v, np.float16)
        return (d if np.isfinite(d).all() else self.distances(u, v, np.float32)).astype(np.float32)

    def less_thans(self, u, radii_u, v, radii_v):
        d = self.pairwise_distances(u, v)[..., None]
        return (d <= radii_v).any(1), (d <= radii_u[:, None]).any(0)


class Session:
    """TensorFlow's softmax."""

    def __init__(self, kind):
        self.kind = kind

    def run(self, graph, feed_dict):
        x = feed_dict["logits"].astype(self.kind)
        e = np.exp(x - x.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


def guided_diffusion(real, gen, logits):
    any_type = type("AnyType", (), {"__getitem__": lambda self, key: None})()
    np.bool = bool
    code = source("guided-diffusion/evaluations/evaluator.py", "class FIDStatistics", "class DistanceBlock",
                  Tuple=any_type, Iterable=any_type, DistanceBlock=DistanceBlock,
                  _numpy_partition=lambda x, kth, axis: [np.partition(x, kth, axis=axis)])
    a, b = (code.FIDStatistics(*moments(x)) for x in (gen, real))
    row("guided-diffusion", "FID", ours("fid", "real.npy", "gen.npy")["frechet_inception_distance"],
        float(a.frechet_distance(b)), "its means are float32")
    evaluator = code.Evaluator.__new__(code.Evaluator)
    evaluator.softmax, evaluator.softmax_input = None, "logits"
    evaluator.softmax_batch_size = 512
    evaluator.manifold_estimator = code.ManifoldEstimator(None)
    our = ours("is", "many.npy", "--preset", "adm")["inception_score_mean"]
    for kind, note in ((np.float64, "12,000 rows; its code on float64 probabilities"), (np.float32, "as it is, in float32")):
        evaluator.sess = Session(kind)
        row("guided-diffusion", "Inception Score", our, evaluator.compute_inception_score(np.load("many.npy")), note)
    their = quietly(evaluator.compute_prec_recall, real, gen)
    for args, note in ((["--adm-fp16"], "`--adm-fp16`"), ([], "without")):
        our = ours("pr", "real.npy", "gen.npy", "--preset", "adm", *args)
        for key, value in zip(("precision", "recall"), their):
            row("guided-diffusion", key, our[key], value, note)


def from_definitions(real, gen, logits):
    """stylegan3 and torchmetrics, whose code is not at hand: written from their formulas."""
    def raw(x, ddof):
        x = x.astype(np.float64)
        mu = x.sum(0) / len(x)
        return mu, (x.T @ x - len(x) * np.outer(mu, mu)) / (len(x) - ddof)

    def distance(a, b, trace):
        return np.square(a[0] - b[0]).sum() + np.trace(a[1]) + np.trace(b[1]) - 2.0 * trace

    a, b = raw(gen, 0), raw(real, 0)
    row("StyleGAN, by its formula", "FID", ours("fid", "real.npy", "gen.npy", "--preset", "stylegan")[
        "frechet_inception_distance"], distance(a, b, np.trace(linalg.sqrtm(a[1] @ b[1])).real), "divisor n")
    a, b = raw(gen, 1), raw(real, 1)
    trace = np.sqrt(np.linalg.eigvals(a[1] @ b[1]).astype(complex)).real.sum()
    row("torchmetrics, by its formula", "FID", ours("fid", "real.npy", "gen.npy")["frechet_inception_distance"],
        distance(a, b, trace), "eigenvalues of the product")
    x = torch.from_numpy(logits).double()[np.random.RandomState(2020).permutation(len(logits))]
    scores = []
    for p, log_p in zip(x.softmax(1).chunk(10), x.log_softmax(1).chunk(10)):
        scores.append((p * (log_p - p.mean(0, keepdim=True).log())).sum(1).mean().exp())
    our = ours("is", "logits.npy", "--preset", "torchmetrics-1.8")
    row("torchmetrics, by its formula", "mean of IS", our["inception_score_mean"], torch.stack(scores).mean().item(),
        "`torch.chunk`, our permutation")
    row("torchmetrics, by its formula", "deviation of IS", our["inception_score_std"], torch.stack(scores).std().item(),
        "divisor 9")


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    real, gen = features(3000, 128, 1, 0.0), features(2500, 128, 2, 0.2)
    weights = np.random.RandomState(5).randn(128, 1008) * 4.0
    logits = ((gen - gen.mean(0)) @ weights).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, x in (("real", real), ("gen", gen), ("logits", logits), ("many", np.concatenate([logits] * 5)[:12000])):
            np.save(name + ".npy", x)
        print("| tool | value | ours | theirs | difference | |\n| --- | --- | --- | --- | --- | --- |")
        torch_fidelity(real, gen, logits)
        prdc(real, gen)
        matrix_root_tools(real, gen)
        guided_diffusion(real, gen, logits)
        from_definitions(real, gen, logits)
        os.chdir("/")


main()
