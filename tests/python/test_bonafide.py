"""The Python module against the program, to the last bit, and against wrong arrays. tests/install.sh runs it:

    BONAFIDE=bin/bonafide PYTHONPATH=share/bonafide INCLUDE=include CC=gcc python3 test_bonafide.py

BONAFIDE is the installed program; the module finds its library by itself."""

import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

import bonafide
from support import Case, run

class Numbers(Case):
    def test_fid(self):
        said = run("fid", self.path("real"), self.path("gen"))
        self.assertEqual(said["frechet_inception_distance"], bonafide.fid(self.real, self.gen))
        u = bonafide.fid_uncertainty(self.real, self.gen)
        self.assertEqual(said["frechet_inception_distance"], u.value)
        self.assertEqual(said.get("frechet_inception_distance_standard_error"), u.standard_error)
        self.assertEqual(said.get("corrected_frechet_inception_distance"), u.corrected)

    def test_statistics(self):
        stats = os.path.join(self.folder.name, "real.npz")
        run("stats", self.path("real"), "-o", stats)
        mu, sigma = bonafide.moments(self.real)
        with np.load(stats) as file:
            np.testing.assert_array_equal(file["mu"], mu)
            np.testing.assert_array_equal(file["sigma"], sigma)
        said = run("fid", stats, self.path("gen"))
        self.assertEqual(said["frechet_inception_distance"], bonafide.fid((mu, sigma), self.gen))

    def test_inception_score(self):
        said = run("is", self.path("logits"), "--splits", "7", "--seed", "3")
        score = bonafide.inception_score(self.logits, splits=7, seed=3)
        self.assertEqual(said["inception_score_mean"], score.mean)
        self.assertEqual(said["inception_score_std"], score.std)
        said = run("is", self.path("logits"), "--no-shuffle")
        self.assertEqual(said["inception_score_mean"], bonafide.inception_score(self.logits, shuffle=False).mean)

    def test_kid(self):
        said = run("kid", self.path("real"), self.path("gen"), "--kid-size", "30", "--kid-subsets", "11")
        kid = bonafide.kid(self.real, self.gen, subset_size=30, subsets=11)
        self.assertEqual(said["kernel_inception_distance_mean"], kid.mean)
        self.assertEqual(said["kernel_inception_distance_std"], kid.std)
        full = bonafide.kid_full(self.real, self.gen)
        self.assertEqual(said["kernel_inception_distance"], full.value)
        self.assertEqual(said["kernel_inception_distance_standard_error"], full.standard_error)

    def test_cmmd(self):
        for normalise, sigma in ((True, 10.0), (True, 0.5), (False, 3.0)):
            x, y = self.real.astype(np.float64), self.gen.astype(np.float64)
            if normalise:
                x, y = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (x, y))

            def kernel(a, b):
                return np.exp(((a[:, None] - b[None]) ** 2).sum(2) / (-2.0 * sigma ** 2))

            between = kernel(x, y).mean()
            value = 1000.0 * (kernel(x, x).mean() + kernel(y, y).mean() - 2.0 * between)
            within = [(kernel(a, a).sum() - len(a)) / (len(a) * (len(a) - 1)) for a in (x, y)]
            found = bonafide.cmmd(self.real, self.gen, sigma=sigma, normalise=normalise)
            self.assertLess(abs(found.value - value), 1e-10)
            self.assertLess(abs(found.unbiased - 1000.0 * (sum(within) - 2.0 * between)), 1e-10)
            self.assertGreater(found.standard_error, 0.0)
        self.assertEqual(bonafide.cmmd(self.real, self.gen), bonafide.cmmd(self.real, self.gen, 10.0, True))
        self.assertEqual(bonafide.cmmd(self.real[:3], self.gen).standard_error, 0.0)
        with self.assertRaisesRegex(bonafide.Error, "sigma"):
            bonafide.cmmd(self.real, self.gen, sigma=0.0)

    def test_precision_recall(self):
        said = run("pr", self.path("real"), self.path("gen"), "-k", "4")
        pr = bonafide.precision_recall(self.real, self.gen, k=4)
        self.assertEqual((said["precision"], said["recall"], said["f_score"]), tuple(pr))

    def test_the_rest(self):
        said = run("eval", self.path("real"), self.path("gen"), "--metrics",
                   "fid,dc,mifid,mind,vendi,authpct,fid-inf,prd")
        dc = bonafide.density_coverage(self.real, self.gen)
        self.assertEqual((said["density"], said["coverage"]), (dc.density, dc.coverage))
        self.assertEqual(said["mifid_generated_to_real"], bonafide.mifid(self.real, self.gen).value)
        self.assertEqual(said["mifid_real_to_generated"], bonafide.mifid(self.real, self.gen, real_to_gen=True).value)
        self.assertEqual(said["monge_inception_distance"], bonafide.mind(self.real, self.gen).value)
        self.assertEqual(said["vendi_score"], bonafide.vendi(self.gen))
        self.assertEqual(said["authpct"], bonafide.authpct(self.real, self.gen))
        self.assertEqual(said["frechet_inception_distance_infinity"], bonafide.fid_infinity(self.real, self.gen).value)
        prd = bonafide.prd(self.real, self.gen)
        self.assertEqual((said["prd_f_8"], said["prd_f_one_eighth"]), (prd.f_8, prd.f_one_eighth))

    def test_per_image(self):
        table = os.path.join(self.folder.name, "images.csv")
        run("eval", self.path("real"), self.path("gen"), "--metrics", "pr", "--per-image", table)
        with open(table) as file:
            names = file.readline().strip().split(",")
            lines = [dict(zip(names, line.strip().split(","))) for line in file]
        scores = bonafide.image_scores(self.real, self.gen)
        self.assertEqual([int(line["nearest_index"]) for line in lines], scores["nearest"].tolist())
        self.assertEqual([int(line["inside"]) for line in lines], scores["inside"].tolist())

    def test_threads_do_not_matter(self):
        first = bonafide.fid(self.real, self.gen)
        for n in (1, 3, 0):
            bonafide.set_threads(n)
            self.assertEqual(first, bonafide.fid(self.real, self.gen))

    def test_from_many_threads(self):
        found = []
        threads = [threading.Thread(target=lambda: found.append(bonafide.fid(self.real, self.gen))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [bonafide.fid(self.real, self.gen)] * 4)

    def test_strided_rows_are_copied(self):
        wide = np.zeros((70, 48), np.float32)
        wide[:, ::2] = self.real
        self.assertEqual(bonafide.fid(wide[:, ::2], self.gen), bonafide.fid(self.real, self.gen))


class Network(Case):
    def test_features(self):
        images = np.random.RandomState(1).randint(0, 256, (3, 40, 48, 3)).astype(np.uint8)
        np.save(self.path("images"), images)
        model = bonafide.Model("synth:1")
        for tap, preset in (("2048", "tf1"), ("logits_unbiased", "clean")):
            out = self.path(tap)
            said = run("features", self.path("images"), "-o", out, "--weights", "synth:1", "--tap", tap, "--preset",
                       preset)
            self.assertEqual(said["weights"]["sha256"], model.weights.sha256)
            np.testing.assert_array_equal(np.load(out), model.features(images, tap, preset))
        one, two = model.features([images[0]], ("2048", "logits_unbiased"))
        self.assertEqual((one.shape, two.shape), ((1, 2048), (1, 1008)))
        np.testing.assert_array_equal(one[0], np.load(self.path("2048"))[0])
        bonafide.set_threads(2)
        np.testing.assert_array_equal(model.features(iter(images[:1])), one)
        bonafide.set_threads(0)
        self.assertEqual(model.features([]).shape, (0, 2048))
        self.wrong_arrays(model, images)
        model.close()
        with self.assertRaisesRegex(ValueError, "model is closed|no '2048'"):
            model.features(images[:1])

    def test_other_network(self):
        images = np.random.RandomState(2).randint(0, 256, (2, 24, 20, 3)).astype(np.uint8)
        np.save(self.path("few"), images)
        model = bonafide.Model("synth:1", network="vgg16")
        said = run("features", self.path("few"), "-o", self.path("vgg"), "--weights", "synth:1", "--network", "vgg16")
        self.assertEqual(said["network"], model.network)
        self.assertEqual((said["tap"], said["weights"]["sha256"]), (model.tap, model.weights.sha256))
        rows, pool = model.features(images, (model.tap, "pool3"))
        np.testing.assert_array_equal(np.load(self.path("vgg")), rows)
        self.assertEqual((model.dim(), pool.shape), (4096, (2, 256)))
        with self.assertRaisesRegex(ValueError, "tap: unknown layer '2048'"):
            model.features(images, "2048")
        with self.assertRaisesRegex(ValueError, "network: unknown name 'vgg19'"):
            bonafide.Model("synth:1", network="vgg19")
        model.close()

    def wrong_arrays(self, model, images):
        with self.assertRaisesRegex(TypeError, "images: expected dtype uint8, found float32"):
            model.features(images.astype(np.float32))
        with self.assertRaisesRegex(ValueError,
                                    r"images: expected shape .*, found \(40, 48, 3\); write images\[None\]"):
            model.features(images[0])
        with self.assertRaisesRegex(ValueError, r"images: expected shape .* found \(3, 40, 48, 2\)"):
            model.features(images[..., :2])
        with self.assertRaisesRegex(TypeError,
                                    r"images\[1\]: expected dtype uint8, or floats with a range, found int64"):
            model.features([images[0], images[1].astype(np.int64)])
        with self.assertRaisesRegex(ValueError, "tap: unknown layer '2049'"):
            model.features(images, "2049")
        with self.assertRaisesRegex(ValueError, "preset: unknown name 'inception'"):
            model.features(images, preset="inception")


class Refusals(Case):
    def test_arrays(self):
        with self.assertRaisesRegex(TypeError, "real: expected dtype float32, found int64"):
            bonafide.fid(self.real.astype(np.int64), self.gen)
        with self.assertRaisesRegex(ValueError, r"gen: expected shape \(n, h, w, 3\) .*, found \(64, 24, 1\)"):
            bonafide.kid(self.real, self.gen[:, :, None])
        with self.assertRaisesRegex(ValueError, r"gen: expected shape \(n, d\), found \(24,\)"):
            bonafide.kid(self.real, self.gen[0])
        with self.assertRaisesRegex(ValueError, r"same width, found shapes \(70, 24\) and \(64, 23\)"):
            bonafide.precision_recall(self.real, self.gen[:, :23])
        with self.assertRaisesRegex(ValueError, "same width, found 24 and 23"):
            bonafide.fid(self.real, self.gen[:, :23])
        with self.assertRaisesRegex(TypeError, r"real\[0\]: expected dtype float64, found float32"):
            bonafide.fid((self.real[0], self.real), self.gen)
        with self.assertRaisesRegex(ValueError, r"real: expected shapes \(d,\) and \(d, d\)"):
            bonafide.fid((np.zeros(3), np.zeros((4, 4))), self.gen)
        with self.assertRaisesRegex(ValueError, "logits: expected shape"):
            bonafide.inception_score(self.logits[0])
        with self.assertRaisesRegex(ValueError, "n_splits: expected a number that is whole and not negative"):
            bonafide.inception_score(self.logits, splits=-1)
        with self.assertRaisesRegex(ValueError, "threads: expected"):
            bonafide.set_threads(-1)

    def test_what_the_library_refuses(self):
        with self.assertRaises(bonafide.NumericError) as caught:
            bonafide.kid(self.real, self.gen)
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(caught.exception.status, "numeric")
        self.assertIn("1000", str(caught.exception))
        bad = self.real.copy()
        bad[3, 5] = np.nan
        with self.assertRaisesRegex(bonafide.Error, "row 3"):
            bonafide.fid(bad, self.gen)
        with self.assertRaisesRegex(bonafide.MissingFileError, "missing.iv3"):
            bonafide.Model(os.path.join(self.folder.name, "missing.iv3"))
        with self.assertRaisesRegex(FileNotFoundError, "missing.iv3"):
            bonafide.Model(os.path.join(self.folder.name, "missing.iv3"))


class Layout(unittest.TestCase):
    """The structures of the module are those of the headers."""

    def test_structures(self):
        mirrored = [x for x in vars(bonafide._library).values()
                    if isinstance(x, type) and issubclass(x, ctypes.Structure)]
        self.assertGreater(len(mirrored), 20)
        lines = ['#include <stddef.h>', '#include <stdio.h>', '#include <bonafide/feat.h>', '#include <bonafide/gmet.h>',
                 "int main(void) {"]
        expected = []
        for structure in mirrored:
            name = structure.__name__
            lines.append('printf("%%zu\\n", sizeof(%s));' % name)
            expected.append((name, ctypes.sizeof(structure)))
            for field, _ in structure._fields_:
                lines.append('printf("%%zu\\n", offsetof(%s, %s));' % (name, field))
                expected.append((name + "." + field, getattr(structure, field).offset))
        with tempfile.TemporaryDirectory(prefix="bonafide-layout.") as folder:
            source, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
            with open(source, "w") as file:
                file.write("\n".join(lines + ["return 0;", "}", ""]))
            subprocess.run([*os.environ.get("CC", "cc").split(), "-I" + os.environ["INCLUDE"], source, "-o", program],
                           check=True)
            found = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode().split()
        self.assertEqual(len(found), len(expected))
        differ = ["%s: %s in the headers, %d in the module" % (name, n, m) for (name, m), n in zip(expected, found)
                  if int(n) != m]
        self.assertEqual(differ, [])


if __name__ == "__main__":
    print("Python %s, NumPy %s, library %s" % (sys.version.split()[0], np.__version__, bonafide.version()))
    # Structures that differ from the headers crash whatever is called next, so they are looked at before all else.
    layout = unittest.TestLoader().loadTestsFromTestCase(Layout)
    if not unittest.TextTestRunner().run(layout).wasSuccessful():
        sys.exit(1)
    unittest.main(verbosity=1)
