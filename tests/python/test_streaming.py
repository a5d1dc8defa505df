"""Moments and Metrics in batches against the functions and the program, to the last bit. tests/install.sh runs it as
test_bonafide.py."""

import os
import unittest

import numpy as np

import bonafide
from support import Case, run

WEIGHTS = "synth:1"
#: Those of one layer, the network's features; CMMD is of another network, and so of a run of its own.
OF_FEATURES = [name for name in bonafide.Metrics.METRICS
               if name not in ("is", "is-inf", "sfid", "fid64", "fid192", "fid768", "cmmd")]


def batches(rows, *sizes):
    at = 0
    for size in sizes:
        yield rows[at:at + size]
        at += size
    yield rows[at:]


class Streaming(Case):
    def test_moments(self):
        rng = np.random.RandomState(8)
        rows = rng.standard_normal((5000, 12)).astype(np.float32)
        expected = bonafide.moments(rows)
        m = bonafide.Moments()
        for batch in batches(rows, 1, 0, 2047, 7, 2048):
            self.assertIs(m.update(batch), m)
        self.assertEqual((m.n, m.dim), (5000, 12))
        for x, y in zip(expected, m.compute()):
            np.testing.assert_array_equal(x, y)
        np.testing.assert_array_equal(m.compute(ddof=0)[1], bonafide.moments(rows, ddof=0)[1])
        other = rows[:900] * np.float32(1.5)
        self.assertEqual(bonafide.fid(m, other).hex(), bonafide.fid(rows, other).hex())
        path = self.path("other")
        np.save(path, other)
        self.assertEqual(bonafide.fid(m, path).hex(), bonafide.fid(rows, other).hex())
        first = bonafide.Moments(rows[:10]).update(rows[10:])
        np.testing.assert_array_equal(first.compute()[1], expected[1])
        m.reset().update(other)
        np.testing.assert_array_equal(m.compute()[1], bonafide.moments(other)[1])

    def test_moments_refuse(self):
        m = bonafide.Moments(12)
        with self.assertRaisesRegex(bonafide.NumericError, "no rows yet"):
            m.compute()
        with self.assertRaisesRegex(ValueError, r"expected shape \(n, 12\), found \(70, 24\)"):
            m.update(self.real)
        bad = np.zeros((4, 12), np.float32)
        bad[2, 3] = np.nan
        with self.assertRaisesRegex(bonafide.NumericError, "row 2 is not finite"):
            m.update(bad)
        m.update(np.ones((3, 12), np.float32))
        self.assertEqual(m.compute()[0].tolist(), [1.0] * 12)
        with self.assertRaisesRegex(ValueError, "dim: expected a width above 0"):
            bonafide.Moments(0)

    def metrics(self, names, **more):
        m = bonafide.Metrics(None, names, **more)
        for batch in batches(self.real, 10, 33):
            m.update_features(batch, real=True)
        for batch in batches(self.gen, 63):
            self.assertIs(m.update_features(batch), m)
        return m

    def compared(self, found, *words):
        """What was computed is what the program says, bit for bit."""
        said = run("eval", self.path("real"), self.path("gen"), *words)
        self.assertTrue(found)
        for key, value in found.items():
            if key.endswith("_unknown"):
                self.assertIn(key, said)
            else:
                self.assertEqual(value, said[key], key)

    def test_metrics(self):
        m = self.metrics(OF_FEATURES, kid_size=20, kid_subsets=7, k=4, density_k=6, seed=9)
        self.assertEqual((m.n_real, m.n_generated, m.keeps_rows), (70, 64, True))
        self.compared(m.compute(), "--metrics", ",".join(OF_FEATURES), "--kid-size", "20", "--kid-subsets", "7",
                      "-k", "4", "--density-k", "6", "--seed", "9")
        first = m.compute()
        m.reset()
        self.assertEqual((m.n_real, m.n_generated), (70, 0))
        with self.assertRaisesRegex(bonafide.NumericError, "no rows yet|no images"):
            m.compute()
        self.assertEqual(m.update_features(self.gen).compute(), first)
        m.reset(real=True)
        self.assertEqual(m.n_real, 0)
        self.compared(self.metrics("cmmd").compute(), "--metrics", "cmmd")
        m = bonafide.Metrics(None, "is-inf").update_features(self.logits, tap="logits")
        self.assertEqual(m.compute(), {"inception_score_infinity": bonafide.is_infinity(self.logits).value})

    def test_conventions(self):
        """What the tools of all presets do otherwise is what the program takes."""
        for preset in bonafide.presets():
            if preset.name in ("dgm", "dgm-clean", "edm2", "clip", "cmmd"):
                continue
            m = self.metrics(OF_FEATURES, preset=preset.name, kid_size=40)
            self.compared(m.compute(), "--metrics", ",".join(OF_FEATURES), "--preset", preset.name, "--kid-size", "40")
            m = bonafide.Metrics(None, "is", preset=preset.name).update_features(self.logits, tap="logits")
            said = run("is", self.path("logits"), "--preset", preset.name)
            self.assertEqual(m.compute(), {key: said[key] for key in ("inception_score_mean", "inception_score_std")},
                             preset.name)

    def test_other_networks(self):
        for network, presets in (("dinov2-vits14", ("dgm", "dgm-clean", "edm2", "tf1")),
                                 ("clip-vit-b-32", ("clip", "cmmd", "tf1")), ("vgg16", ("tf1", "stylegan"))):
            for preset in presets:
                m = self.metrics(("fid", "kid", "pr", "dc"), preset=preset, kid_size=40)
                how = bonafide._conventions.convention(network, preset)
                m.convention = how._replace(kid_size=40)
                self.compared(m.compute(), "--metrics", "fid,kid,pr,dc", "--preset", preset, "--network", network,
                              "--kid-size", "40")

    def test_few_images(self):
        found = self.metrics("kid").compute()
        self.assertIn("1000 images needed", found["kernel_inception_distance_mean_unknown"])
        self.assertNotIn("kernel_inception_distance_mean", found)

    def test_given(self):
        fid = bonafide.fid(self.real, self.gen)
        stats = os.path.join(self.folder.name, "given.npz")
        run("stats", self.path("real"), "-o", stats)
        for real in (self.real, bonafide.moments(self.real), bonafide.Moments(self.real), stats):
            m = bonafide.Metrics(None, ["fid"], real=real).update_features(self.gen)
            self.assertEqual(m.compute(), {"frechet_inception_distance": fid})
            m.reset().update_features(self.gen)
            self.assertEqual(m.compute(), {"frechet_inception_distance": fid})
            self.assertFalse(m.keeps_rows)
            if not isinstance(real, tuple):
                m = bonafide.Metrics(None, ["fid"], real=real, preset="stylegan").update_features(self.gen)
                self.compared(m.compute(), "--metrics", "fid", "--preset", "stylegan")

    def test_refusals(self):
        moments = bonafide.moments(self.real)
        for words, call in (
                ("unknown 'fidd'; did you mean 'fid'", lambda: bonafide.Metrics(None, ["fidd"])),
                ("unknown setting 'kid_sise'; did you mean 'kid_size'",
                 lambda: bonafide.Metrics(None, "kid", kid_sise=3)),
                ("metrics: none", lambda: bonafide.Metrics(None, [])),
                ("without a model", lambda: bonafide.Metrics(None, "fid").update(np.zeros((1, 8, 8, 3), np.uint8))),
                ("needs the features of each real image", lambda: bonafide.Metrics(None, "kid", real=moments)),
                ("fid needs features", lambda: bonafide.Metrics(None, "fid").update_features(self.gen, tap="spatial")),
                ("given as moments",
                 lambda: bonafide.Metrics(None, "fid", real=moments).update_features(self.real, real=True))):
            with self.assertRaisesRegex((TypeError, ValueError), words):
                call()


class OfImages(Case):
    def test_every_layer(self):
        rng = np.random.RandomState(3)
        real, gen = (rng.randint(0, 256, (n, 16, 16, 3)).astype(np.uint8) for n in (12, 11))
        np.save(self.path("real"), real)
        np.save(self.path("gen"), gen)
        names = "fid,fid64,is,kid,sfid"
        said = run("eval", self.path("real"), self.path("gen"), "--metrics", names, "--weights", WEIGHTS,
                   "--kid-size", "5", "--splits", "2", "--preset", "clean")
        with bonafide.Model(WEIGHTS) as model:
            m = bonafide.Metrics(model, names, kid_size=5, splits=2, preset="clean")
            for batch in batches(np.moveaxis(real, 3, 1) / np.float32(255), 5):
                m.update(batch, real=True, range=(0, 1))
            m.update(gen[:7]).update(iter(gen[7:]))
            found = m.compute()
            self.assertEqual((m.n_real, m.n_generated), (12, 11))
            for key, value in found.items():
                self.assertEqual(value, said[key], key)
            self.assertEqual(len(found), 8)
            stats = os.path.join(self.folder.name, "stats.npz")
            run("stats", self.path("real"), "-o", stats, "--weights", WEIGHTS)
            fid = bonafide.fid(self.path("real"), self.path("gen"), weights=WEIGHTS)
            for given in (stats, self.path("real"), real):
                m = bonafide.Metrics(model, real=given).update(gen)
                self.assertEqual(m.compute()["frechet_inception_distance"].hex(), fid.hex())
            with self.assertRaisesRegex(ValueError, "is of preset tf1, and these images are of clean"):
                bonafide.Metrics(model, real=stats, preset="clean")
            with self.assertRaisesRegex(ValueError, "outside range"):
                m.update(np.full((2, 8, 8, 3), 1.5), range=(0, 1))
            self.assertEqual(m.n_generated, 11)


if __name__ == "__main__":
    unittest.main(verbosity=1)
