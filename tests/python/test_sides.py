"""Paths, images and features as sides of every function, against the program, to the last bit. tests/install.sh runs
it as test_bonafide.py."""

import os
import re
import subprocess
import sys
import unittest
import warnings

import numpy as np

import bonafide
from bonafide._options import options_of
from support import PROGRAM, Case, run

WEIGHTS = "synth:1"


class FakePicture:
    """What there is of an image of PIL: a mode, convert, and __array__."""

    def __init__(self, pixels, mode="RGB"):
        self.pixels, self.mode, self.size = pixels, mode, pixels.shape[1::-1]

    def __array__(self, dtype=None, copy=None):
        return self.pixels

    def convert(self, mode):
        return FakePicture(np.repeat(self.pixels[..., None], 3, 2), mode) if self.pixels.ndim == 2 else self


def write_ppm(path, image):
    with open(path, "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % image.shape[1::-1] + image.tobytes())


class OfFeatures(Case):
    """Files of features and arrays of them are the same."""

    def test_every_function(self):
        a, b = self.path("real"), self.path("gen")
        for function, more in ((bonafide.fid, {}), (bonafide.fid_uncertainty, {}), (bonafide.kid, {"subset_size": 30}),
                               (bonafide.kid_full, {}), (bonafide.cmmd, {}), (bonafide.mind, {"directions": 40}),
                               (bonafide.density_coverage, {}), (bonafide.precision_recall, {"k": 4, "strict": True}),
                               (bonafide.prd, {"seed": 3}), (bonafide.authpct, {}), (bonafide.fid_infinity, {}),
                               (bonafide.mifid, {})):
            expected = function(self.real, self.gen, **more)
            self.assertEqual(expected, function(a, b, **more), function.__name__)
            self.assertEqual(expected, function(self.real, b, **more), function.__name__)
            self.assertEqual(expected, function(a, self.gen, **more), function.__name__)
        self.assertEqual(bonafide.vendi(b), bonafide.vendi(self.gen))
        self.assertEqual(bonafide.inception_score(self.path("logits"), splits=7, seed=3),
                         bonafide.inception_score(self.logits, splits=7, seed=3))
        self.assertEqual(bonafide.inception_score(self.path("logits"), shuffle=False).mean,
                         bonafide.inception_score(self.logits, shuffle=False).mean)
        self.assertEqual(bonafide.is_infinity(self.path("logits")), bonafide.is_infinity(self.logits))
        np.testing.assert_array_equal(bonafide.image_scores(a, b), bonafide.image_scores(self.real, self.gen))

    def test_moments(self):
        moments = bonafide.moments(self.real)
        for x, y in zip(moments, bonafide.moments(self.path("real"))):
            np.testing.assert_array_equal(x, y)
        self.assertEqual(bonafide.fid(moments, self.path("gen")), bonafide.fid(moments, self.gen))

    def test_float64(self):
        wide = self.real.astype(np.float64)
        self.assertEqual(bonafide.fid(wide, self.gen), bonafide.fid(self.real, self.gen))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            bonafide.fid(wide * (1 + 1e-12), self.gen)
        self.assertIn("real: float64 rounded to float32, which changes", str(told[0].message))
        self.assertEqual((told[0].category, told[0].filename), (bonafide.BonafideWarning, __file__))
        self.assertEqual(bonafide.fid(self.real.astype(np.float16), self.gen),
                         bonafide.fid(self.real.astype(np.float16).astype(np.float32), self.gen))

    def test_evaluate(self):
        said = run("eval", self.path("real"), self.path("gen"), "--all", "--kid-size", "30")
        found = bonafide.evaluate(self.real, self.gen, all=True, kid_size=30)
        for side, name in zip(said["inputs"], ("real", "gen")):
            self.assertTrue(side["path"].endswith(name + ".npy"))
            side["path"] = name
        for text in (said, found):
            text["warnings"] = [re.sub(r"^(.*: )?\S*(real|gen)(\.npy)?: ", r"\1\2: ", line)
                                for line in text["warnings"]]
        said["warnings"] = [line.replace(self.path("gen"), "gen") for line in said["warnings"]]
        self.assertEqual(found, said)
        self.assertEqual(bonafide.evaluate(self.real, self.gen, metrics=["fid", "mind"], as_=None).keys(),
                         run("eval", self.path("real"), self.path("gen"), "--metrics", "fid,mind").keys())

    def test_manifest_and_audit(self):
        path = os.path.join(self.folder.name, "run.json")
        bonafide.evaluate(self.path("real"), self.path("gen"), metrics="fid", manifest=path)
        self.assertEqual(bonafide.command("audit", path)["command"], "audit")

    def test_judge(self):
        rng = np.random.RandomState(1)
        labels = os.path.join(self.folder.name, "labels.csv")
        with open(labels, "w") as file:
            file.write("image,n,k\n")
            for i in range(64):
                file.write("%d,3,%d\n" % (i, rng.randint(4)))
        model = os.path.join(self.folder.name, "judge.npz")
        bonafide.judge_train(self.gen, ref=self.real, labels=labels, output=model)
        said = run("judge", "predict", model, self.path("gen"))
        found = bonafide.judge_predict(model, self.gen)
        self.assertEqual((found["mean_p"], len(found["predictions"])), (said["mean_p"], 64))
        self.assertEqual(np.mean([line["p"] for line in found["predictions"]]).round(12), round(said["mean_p"], 12))
        found = bonafide.judge_evaluate(self.gen, ref=self.path("real"), labels=labels, cv="kfold:4")
        said = run("judge", "eval", self.path("gen"), "--ref", self.path("real"), "--labels", labels, "--cv", "kfold:4")
        self.assertEqual(found["overall"], said["overall"])


class OfImages(Case):
    def setUp(self):
        super().setUp()
        rng = np.random.RandomState(2)
        self.images = [rng.randint(0, 256, (n, 20, 24, 3)).astype(np.uint8) for n in (3, 4)]
        for name, images in zip(("ia", "ib"), self.images):
            np.save(self.path(name), images)

    def test_one_number(self):
        a, b = self.images
        folder = os.path.join(self.folder.name, "pictures")
        os.mkdir(folder)
        for i, image in enumerate(b):
            write_ppm(os.path.join(folder, "%d.ppm" % i), image)
        said = run("fid", self.path("ia"), self.path("ib"), "--weights", WEIGHTS)["frechet_inception_distance"]
        paths = [os.path.join(folder, "%d.ppm" % i) for i in range(4)]
        for gen in (b, np.moveaxis(b, 3, 1), list(b), folder, paths, [FakePicture(x) for x in b]):
            self.assertEqual(said.hex(), bonafide.fid(self.path("ia"), gen, weights=WEIGHTS).hex())
        with bonafide.Model(WEIGHTS) as model:
            rows = model.features(a), model.features(paths)
            self.assertEqual(said.hex(), bonafide.fid(*rows).hex())
            self.assertEqual(said.hex(), bonafide.fid(rows[0], iter(b), weights=WEIGHTS).hex())
            np.testing.assert_array_equal(bonafide.features(folder, weights=WEIGHTS), rows[1])
            mixed = [b[0], b[1][:11]]
            np.testing.assert_array_equal(bonafide.features(mixed, weights=WEIGHTS), model.features(mixed))
        for dtype, way in ((np.float32, 1), (np.float64, 3)):
            unit = np.moveaxis(b / dtype(255), 3, way) * dtype(2) - dtype(1)
            np.save(self.path("unit"), unit)
            for gen in (unit, self.path("unit")):
                found = bonafide.fid(self.path("ia"), gen, weights=WEIGHTS, range=(-1, 1), layout=("nchw", "nhwc")[way // 3])
                self.assertEqual(said.hex(), found.hex())
        with self.assertRaisesRegex(ValueError, 'rounding: of floats in files it is "save_image"'):
            bonafide.fid(a, self.path("unit"), range=(-1, 1), rounding="nearest")
        answer = bonafide.evaluate(a, b, metrics=["fid"], weights=WEIGHTS)
        self.assertEqual([(side["path"], side["n"]) for side in answer["inputs"]], [("real", 3), ("gen", 4)])
        self.assertEqual(answer["weights"]["name"], WEIGHTS)
        self.assertTrue(any("synthetic" in line for line in answer["warnings"]))


class Program(Case):
    def test_options(self):
        """Every option that the help has is a keyword, and no word is taken for a value."""
        for command in ("eval", "fid", "judge eval", "features", "sanity"):
            help_text = subprocess.run([PROGRAM, "help"] + command.split(), stdout=subprocess.PIPE).stdout.decode()
            words = set(re.findall(r"^  (?:-\w, )?(--?[a-z0-9-]+)", help_text, re.M)) - {"--json", "--quiet", "--help"}
            self.assertEqual({option.word for option in options_of(command).values()}, words)
        known = options_of("eval")
        for name, has_value in (("numerics", True), ("kid_kernel", True), ("k", True), ("output", True), ("all", False),
                                ("no_shuffle", False), ("stylegan_fp16", False), ("skip_bad", False)):
            self.assertEqual(known[name].has_value, has_value, name)

    def test_refusals(self):
        a, b = self.path("real"), self.path("gen")
        for kinds, words, call in (
                ((TypeError,), "unknown option 'kid_sise' of eval; did you mean 'kid_size'",
                 lambda: bonafide.evaluate(a, b, kid_sise=3)),
                ((TypeError,), "all: expected True or False, found 1", lambda: bonafide.evaluate(a, b, all=1)),
                ((TypeError,), "preset: expected a value, found True", lambda: bonafide.evaluate(a, b, preset=True)),
                ((bonafide.ArgumentError, ValueError), "did you mean 'clean'",
                 lambda: bonafide.fid(a, b, preset="cleann")),
                ((bonafide.MissingFileError, OSError), "^nope: no such file", lambda: bonafide.fid(a, "nope")),
                ((bonafide.InputError, ValueError), "^width differs: real has 24 features, .*logits.npy has 12",
                 lambda: bonafide.fid(self.real, self.path("logits"))),
                ((bonafide.NumericError,), "1000 images needed on each side", lambda: bonafide.kid(a, b)),
                ((TypeError,), "preset: is for images and files only; real and gen are already features",
                 lambda: bonafide.fid(self.real, self.gen, preset="clean")),
                ((TypeError,), "ddof: the program has no such setting", lambda: bonafide.fid(a, b, ddof=0)),
                ((ValueError,), "range: expected lo < hi", lambda: bonafide.fid(a, b, range=(1, 0))),
                ((ValueError,), "gen: no images", lambda: bonafide.fid(a, []))):
            with self.assertRaisesRegex(kinds[0], words) as caught:
                call()
            for kind in kinds:
                self.assertIsInstance(caught.exception, kind)

    def test_nothing_is_left(self):
        before = set(os.listdir(self.folder.name))
        old = os.environ.get("TMPDIR")
        os.environ["TMPDIR"], bonafide._sides.tempfile.tempdir = self.folder.name, None
        try:
            bonafide.fid(self.real, self.path("gen"))
            with self.assertRaises(bonafide.InputError):
                bonafide.fid(self.real, self.path("logits"))
        finally:
            os.environ.pop("TMPDIR")
            if old is not None:
                os.environ["TMPDIR"] = old
            bonafide._sides.tempfile.tempdir = None
        self.assertEqual(set(os.listdir(self.folder.name)), before)

    def test_module_is_the_program(self):
        def said(*words):
            return subprocess.run([*words, "fid", self.path("real"), self.path("gen")], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL).stdout

        self.assertEqual(said(sys.executable, "-m", "bonafide"), said(PROGRAM))
        self.assertIn(b"FID", said(PROGRAM))

    def test_missing_program(self):
        old = os.environ.get("BONAFIDE_PROGRAM")
        os.environ["BONAFIDE_PROGRAM"] = "/nonexistent/bonafide"
        try:
            with self.assertRaisesRegex(bonafide.ProgramError, "/nonexistent/bonafide cannot be run: No such file"):
                bonafide.fid(self.path("real"), self.path("gen"))
        finally:
            os.environ.pop("BONAFIDE_PROGRAM")
            if old is not None:
                os.environ["BONAFIDE_PROGRAM"] = old


if __name__ == "__main__":
    unittest.main(verbosity=1)
