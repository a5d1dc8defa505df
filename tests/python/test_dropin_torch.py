"""The stand-ins for torch-fidelity and torchmetrics: each name, each option, what they warn of and refuse, and the
numbers against the program's. tests/install.sh runs it as test_bonafide.py. tools/python/DROPIN.md has figures of the
tools themselves."""

import os
import pickle
import unittest
from unittest import mock

import numpy as np

from dropin_support import Dropin, Tensor, chw
from support import run

import bonafide
import bonafide.torch_fidelity as torch_fidelity
from bonafide.torchmetrics import (FrechetInceptionDistance, InceptionScore, KernelInceptionDistance,
                                   MemorizationInformedFrechetInceptionDistance, Score)


class DataSet:
    """What torch.utils.data.Dataset is to calculate_metrics."""

    def __init__(self, images):
        self._images = images

    def __len__(self):
        return len(self._images)

    def __getitem__(self, i):
        return Tensor(self._images[i])


class TorchFidelity(Dropin):
    EXT = "ppm,png"

    def metrics(self, **options):
        usual = dict(input1=self.gen, input2=self.real, samples_find_ext=self.EXT)
        return bonafide.calculate_metrics(**dict(usual, **options))

    def eval(self, metrics, *words):
        return run("eval", self.lists["real"], self.lists["gen"], "--metrics", metrics, *words)

    def test_the_usual_ones(self):
        value, said = self.ignored(self.metrics, isc=True, fid=True, kid=True, prc=True, kid_subset_size=2,
                                   kid_subsets=9, isc_splits=2, rng_seed=7, prc_neighborhood=2, cuda=False,
                                   verbose=False)
        self.assertIsNone(said)
        expected = self.eval("is,fid,kid,pr-vgg", "--kid-size", "2", "--kid-subsets", "9", "--splits", "2", "--seed",
                             "7", "-k", "2")
        p, r = expected["precision_vgg16"], expected["recall_vgg16"]
        self.assertEqual(value, {
            "inception_score_mean": expected["inception_score_mean"],
            "inception_score_std": expected["inception_score_std"],
            "frechet_inception_distance": expected["frechet_inception_distance"],
            "kernel_inception_distance_mean": expected["kernel_inception_distance_mean"],
            "kernel_inception_distance_std": expected["kernel_inception_distance_std"],
            "precision": p, "recall": r, "f_score": 2 * p * r / max(1e-5, p + r)})

    def test_one_at_a_time(self):
        said = self.eval("fid,mind")
        self.assertEqual(self.metrics(fid=True), {"frechet_inception_distance": said["frechet_inception_distance"]})
        self.assertEqual(self.metrics(mind=True), {"monge_inception_distance": said["monge_inception_distance"]})
        said = run("is", self.lists["gen"], "--no-shuffle", "--splits", "3")
        value = torch_fidelity.calculate_metrics(input1=self.gen, isc=True, isc_splits=3, samples_shuffle=False,
                                                 samples_find_ext=self.EXT)
        self.assertEqual(value, {key: said[key] for key in ("inception_score_mean", "inception_score_std")})

    def test_which_files_count(self):
        deep = self.metrics(fid=True, samples_find_deep=True, input1=self.real, input2=self.gen)
        with open(os.path.join(self.top, "deep.txt"), "w") as file:
            with open(self.lists["real"][1:]) as flat:
                file.write(flat.read() + self.deep + "\n")
        said = run("fid", self.lists["gen"], "@" + file.name)
        self.assertEqual(deep, {"frechet_inception_distance": said["frechet_inception_distance"]})
        with self.assertRaisesRegex(bonafide.InputError, "files ending in .jpeg, .jpg, .png are looked for, not in"):
            self.metrics(fid=True, samples_find_ext="png,jpg,jpeg")

    def test_images_of_other_kinds(self):
        whole = self.metrics(fid=True)
        gen, real = chw(self.gen_images), chw(self.real_images)
        self.assertEqual(self.metrics(fid=True, input1=gen, input2=Tensor(real)), whole)
        self.assertEqual(self.metrics(fid=True, input1=DataSet(gen), input2=list(real)), whole)
        self.assertEqual(self.metrics(fid=True, input1=self.zip), whole)
        bonafide.torch_fidelity.register_dataset("ours", lambda root, download: DataSet(real) if (root, download) == (
            "r", False) else None)
        self.assertEqual(self.metrics(fid=True, input2="ours", datasets_root="r", datasets_download=False), whole)
        with self.assertRaisesRegex(ValueError, "'ours' is registered already"):
            torch_fidelity.register_dataset("ours", len)
        for wrong in ("cifar10-train", " x", "a/b"):
            with self.assertRaises(ValueError):
                torch_fidelity.register_dataset(wrong, len)
        stats = os.path.join(self.top, "real.npz")
        run("stats", self.lists["real"], "-o", stats)
        self.assertEqual(self.metrics(fid=True, input2=stats), whole)
        own = os.path.join(self.top, "data", "bonafide", "refs", "own")
        os.makedirs(own)
        os.rename(stats, os.path.join(own, "cifar10-val.npz"))
        with mock.patch.dict(os.environ, XDG_DATA_HOME=os.path.join(self.top, "data")):
            self.assertEqual(self.metrics(fid=True, input2="cifar10-val"), whole)
        stats = os.path.join(own, "cifar10-val.npz")
        with self.assertRaisesRegex(bonafide.NumericError, "kernel_inception_distance_mean is not there"):
            self.metrics(fid=True, kid=True, kid_subset_size=2, input2=stats)

    def test_generator(self):
        seen, images = [], chw(self.gen_images)

        class Module:
            def eval(self):
                seen.append("eval")

            def __call__(self, z, labels=None):
                seen.append((z, labels))
                return Tensor(images[:len(z)])

        wrapped = torch_fidelity.GenerativeModelModuleWrapper(Module(), 3, "normal", 4)
        value = self.metrics(fid=True, input1=wrapped, input1_model_num_samples=5, batch_size=4, rng_seed=11)
        rng = np.random.RandomState(11)
        self.assertEqual(seen[0], "eval")
        for (z, labels), n in zip(seen[1:], (4, 1)):
            np.testing.assert_array_equal(z, rng.randn(n, 3).astype(np.float32))
            np.testing.assert_array_equal(labels, rng.randint(0, 4, (n,), dtype=np.int64))
        self.assertEqual(value, self.metrics(fid=True, input1=images[[0, 1, 2, 3, 0]]))
        for z_type, check in (("uniform_0_1", lambda z: (z.min() >= 0) and (z.max() < 1)),
                              ("unit", lambda z: np.allclose((z ** 2).sum(1), 1))):
            model = torch_fidelity.GenerativeModelModuleWrapper(Module(), 3, z_type, 0, make_eval=False)
            self.metrics(fid=True, input1=model, input1_model_num_samples=2)
            self.assertTrue(check(seen[-1][0]) and seen[-1][1] is None)
        with self.assertRaisesRegex(ValueError, "input1_model_num_samples: expected how many"):
            self.metrics(fid=True, input1=wrapped)
        for wrong in ((3, 3, "normal", 0), (len, 0, "normal", 0), (len, 3, "gauss", 0), (len, 3, "normal", -1)):
            with self.assertRaises(ValueError):
                torch_fidelity.GenerativeModelModuleWrapper(*wrong)

    def test_other_layers_and_settings(self):
        model = bonafide.Model("synth:1")
        gen, real = model.features(self.gen_images, ("64", "192")), model.features(self.real_images, ("64", "192"))
        value = self.metrics(fid=True, kid=True, prc=True, mind=True, isc=True, feature_extractor="inception-v3-compat",
                             feature_layer_fid="64", feature_layer_kid="64", feature_layer_prc="192",
                             feature_layer_mind="64", feature_layer_isc="64", isc_splits=2, kid_subset_size=3,
                             kid_subsets=4, prc_neighborhood=2, mind_num_projections=20,
                             feature_extractor_weights_path="synth:1")
        pr, score = bonafide.precision_recall(real[1], gen[1], k=2), bonafide.inception_score(gen[0], splits=2)
        kid = bonafide.kid(real[0], gen[0], subset_size=3, subsets=4)
        self.assertEqual((value["precision"], value["recall"]), (pr.precision, pr.recall))
        self.assertEqual((value["kernel_inception_distance_mean"], value["kernel_inception_distance_std"]), kid[:2])
        self.assertEqual(value["inception_score_mean"], score.mean)
        self.assertEqual(value["frechet_inception_distance"], bonafide.fid(real[0], gen[0]))
        self.assertEqual(value["monge_inception_distance"], bonafide.mind(real[0], gen[0], directions=20).value)
        value, said = self.ignored(self.metrics, kid=True, kid_degree=2, kid_gamma=0.5, kid_coef0=2, kid_subset_size=3,
                                   feature_layer_kid="64")
        kid = bonafide.kid(real[0], gen[0], subset_size=3, degree=2, gamma=0.5, coef0=2.0)
        self.assertEqual((list(value.values()), said), (list(kid[:2]), None))

    def test_kid_of_few_images(self):
        """torch-fidelity has a spread where the program leaves it out."""
        model = bonafide.Model("synth:1")
        gen, real = model.features(self.gen_images), model.features(self.real_images)
        kid = bonafide.kid(real, gen, subset_size=4)
        self.assertIsNotNone(kid.std)
        value = self.metrics(kid=True, kid_subset_size=4)
        self.assertEqual(list(value.values()), [kid.mean, kid.std])
        with self.assertRaisesRegex(bonafide.NumericError, "1000"):
            self.metrics(kid=True)
        said = self.eval("kid", "--kid-kernel", "rbf", "--kid-sigma", "30", "--kid-size", "2")
        value = self.metrics(kid=True, kid_kernel="rbf", kid_kernel_rbf_sigma=30, kid_subset_size=2)
        self.assertEqual(list(value.values()), [said["kernel_inception_distance_mean"],
                                                said["kernel_inception_distance_std"]])

    def test_options_without_meaning(self):
        value, said = self.ignored(self.metrics, fid=True, cuda=True, cache=False, cache_root="/tmp", save_cpu_ram=True,
                                   input2_cache_name="x", ppl_epsilon=1e-3, feature_extractor_internal_dtype="float64")
        self.assertEqual(said, "calculate_metrics: without meaning here and ignored: cuda, cache_root, save_cpu_ram, "
                               "input2_cache_name, ppl_epsilon, feature_extractor_internal_dtype")
        self.assertEqual(value, self.metrics(fid=True))

    def test_refusals(self):
        for kind, text, how in (
                (bonafide.UnsupportedError, "ppl: the perceptual path length", dict(ppl=True)),
                (bonafide.UnsupportedError, "samples_resize_and_crop: ", dict(fid=True, samples_resize_and_crop=64)),
                (bonafide.UnsupportedError, "a generator in a file", dict(
                    fid=True, input1=os.path.join(self.top, "g.onnx"))),
                (TypeError, "no option 'kid_subset_sizes'; did you mean 'kid_subset_size'?", dict(kid_subset_sizes=3)),
                (TypeError, "no option 'nonsense'$", dict(nonsense=3)),
                (ValueError, "no metric asked for", dict()),
                (ValueError, 'kid_kernel: expected "poly" or "rbf"', dict(kid=True, kid_kernel="linear")),
                (ValueError, "feature_extractor: expected one of inception-v3-compat", dict(
                    fid=True, feature_extractor="x")),
                (ValueError, "input1: expected a folder, .* found None", dict(fid=True, input1=None)),
                (ValueError, "input2: expected a folder, .* found None", dict(fid=True, input2=None)),
                (TypeError, "input1: expected a folder, .* found int", dict(fid=True, input1=3)),
                (TypeError, "input1: expected dtype uint8, found float32", dict(
                    fid=True, input1=np.zeros((2, 3, 4, 4), "f4"))),
                (ValueError, "input1: expected shape", dict(fid=True, input1=self.gen_images)),
                (FileNotFoundError, "cifar10-train is a data set .*'bonafide refs get cifar10-train' gets it", dict(
                    fid=True, input2="cifar10-train")),
                (FileNotFoundError, "input2: /not/there: no such file", dict(fid=True, input2="/not/there")),
                (bonafide.UnsupportedError, "bonafide weights convert x.pth", dict(
                    fid=True, feature_extractor_weights_path="x.pth"))):
            open(os.path.join(self.top, "g.onnx"), "w").close()
            with self.assertRaisesRegex(kind, text):
                self.metrics(**how)


class TorchMetrics(Dropin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.r, cls.g = chw(cls.real_images), chw(cls.gen_images)
        cls.model = bonafide.Model("synth:1")

    def rows(self, images, tap="64", preset="torchmetrics-1.8"):
        return self.model.features(images, tap, preset)

    def both(self, metric, real=None, gen=None):
        metric.update(self.r if real is None else real, real=True)
        metric.update(self.g if gen is None else gen, real=False)
        return metric

    def test_fid(self):
        metric = FrechetInceptionDistance(feature=64)
        for images, real in ((self.r[:2], True), (self.g[:1], False), (self.r[2:], True), (self.g[1:], False)):
            metric.update(Tensor(images), real=real)
        value = bonafide.fid(self.rows(self.r), self.rows(self.g))
        self.assertEqual(metric.compute(), value)
        said = run("fid", self.lists["real"], self.lists["gen"], "--preset", "torchmetrics-1.8", "--tap", "64")
        self.assertEqual(value, said["frechet_inception_distance"])
        self.assertEqual(self.both(FrechetInceptionDistance(feature=64, antialias=False)).compute(), bonafide.fid(
            self.rows(self.r, preset="tf1"), self.rows(self.g, preset="tf1")))
        self.assertEqual(self.both(FrechetInceptionDistance(
            feature=192, feature_extractor_weights_path="synth:1")).compute(),
            bonafide.fid(self.rows(self.r, "192"), self.rows(self.g, "192")))
        called = FrechetInceptionDistance(feature=64)
        self.assertIsNone(called(self.r, real=True))
        self.assertEqual(called(self.g, False), value)

    def test_reset(self):
        for kind, more in ((FrechetInceptionDistance, {}), (KernelInceptionDistance, dict(subset_size=3, subsets=2)),
                           (MemorizationInformedFrechetInceptionDistance, {})):
            kept, gone = (kind(feature=64, reset_real_features=keep, **more) for keep in (False, True))
            first = self.both(kept).compute()
            self.assertEqual(self.both(gone).compute(), first)
            kept.reset()
            gone.reset()
            for metric in (kept, gone):
                metric.update(self.g, real=False)
            self.assertEqual(kept.compute(), first)
            with self.assertRaisesRegex(bonafide.NumericError, "found 0 of the real one"):
                gone.compute()
        score = InceptionScore(feature=64, splits=2)
        first = score(self.g)
        score.reset()
        self.assertEqual(score(self.g), first)
        score.reset()
        with self.assertRaisesRegex(bonafide.NumericError, "needs images"):
            score.compute()

    def test_normalize(self):
        real, gen = ((x + np.float32(0.7)) / np.float32(256) for x in (self.r, self.g))  # rounding would show
        value = self.both(FrechetInceptionDistance(feature=64, normalize=True), real, gen).compute()
        cut = [(x * np.float32(255)).astype(np.uint8) for x in (real, gen)]
        self.assertEqual(value, self.both(FrechetInceptionDistance(feature=64), *cut).compute())
        metric = FrechetInceptionDistance(feature=64, normalize=True)
        with self.assertRaisesRegex(TypeError, "imgs: expected floats from 0 to 1, .* found uint8"):
            metric.update(self.r, real=True)
        with self.assertRaisesRegex(ValueError, "outside range"):
            metric.update(real * 2, real=True)

    def test_kid(self):
        how = dict(subsets=6, subset_size=2, degree=2, gamma=0.5)
        kid = bonafide.kid(self.rows(self.r), self.rows(self.g), coef0=2.0, **how)
        found = self.both(KernelInceptionDistance(feature=64, coef=2.0, **how)).compute()
        self.assertEqual(found, tuple(kid[:2]))
        with self.assertRaisesRegex(ValueError, "needs 1000 images of each set, found 6 of the real one"):
            self.both(KernelInceptionDistance(feature=64)).compute()

    def test_inception_score(self):
        x = self.rows(self.g, "logits_unbiased").astype(np.float64)
        x = x[np.random.RandomState(2020).permutation(len(x))]
        p = np.exp(x - x.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)

        def score(part):
            return np.exp((part * (np.log(part) - np.log(part.mean(0)))).sum(1).mean())

        for splits, cuts in ((1, [(0, 5)]), (2, [(0, 3), (3, 5)]), (4, [(0, 2), (2, 4), (4, 5)])):
            scores = [score(p[a:b]) for a, b in cuts]
            metric = InceptionScore(splits=splits)
            metric.update(self.g)
            mean, std = metric.compute()
            self.assertAlmostEqual(mean, np.mean(scores), delta=1e-12)
            if splits == 1:
                self.assertTrue(np.isnan(std))
            else:
                self.assertAlmostEqual(std, np.std(scores, ddof=1), delta=1e-12)
        self.assertAlmostEqual(InceptionScore(feature=64)(self.g)[0], 1.0, delta=1e-12)

    def test_mifid(self):
        value = self.both(MemorizationInformedFrechetInceptionDistance(feature=64, cosine_distance_eps=0.5)).compute()
        expected = bonafide.mifid(self.rows(self.r), self.rows(self.g), real_to_gen=True, threshold=0.5)
        self.assertEqual(value, expected.value)
        said = run("eval", self.lists["real"], self.lists["gen"], "--metrics", "mifid", "--preset", "torchmetrics-1.8")
        value = self.both(MemorizationInformedFrechetInceptionDistance()).compute()
        self.assertEqual(value, said["mifid_real_to_generated"])

    def test_score(self):
        score = Score(1.5)
        for same in (score.item(), score.tolist(), score.numpy(), score.cpu(), score.detach()):
            self.assertEqual(same, 1.5)
        self.assertIs(type(score.item()), float)
        self.assertEqual(pickle.loads(pickle.dumps(score)), score)
        self.assertEqual("%.1f" % score, "1.5")

    def test_options_without_meaning(self):
        metric, said = self.ignored(FrechetInceptionDistance, 64, sync_on_compute=False, input_img_size=(3, 299, 299))
        self.assertEqual(said, "FrechetInceptionDistance: without meaning here and ignored: sync_on_compute, "
                               "input_img_size")
        _, said = self.ignored(InceptionScore, compute_on_cpu=True)
        self.assertIn("InceptionScore: without meaning here and ignored: compute_on_cpu", said)
        same, said = self.ignored(metric.cuda)
        self.assertIs(same, metric)
        self.assertIn("cuda", said)
        self.assertIs(metric.to("cpu").cpu().double().eval().set_dtype(float), metric)

    def test_refusals(self):
        for kind, text, make in (
                (ValueError, "feature: expected one of 64, 192, 768, 2048, found 100",
                 lambda: FrechetInceptionDistance(100)),
                (ValueError, "2048, 'logits_unbiased', found 'logits'", lambda: InceptionScore("logits")),
                (bonafide.UnsupportedError, "feature: a network", lambda: FrechetInceptionDistance(lambda x: x)),
                (ValueError, "normalize: expected True or False", lambda: FrechetInceptionDistance(64, normalize=1)),
                (ValueError, "reset_real_features: expected",
                 lambda: KernelInceptionDistance(64, reset_real_features=0)),
                (ValueError, "antialias: expected", lambda: FrechetInceptionDistance(64, antialias=None)),
                (ValueError, "subsets: expected", lambda: KernelInceptionDistance(64, subsets=0)),
                (ValueError, "subset_size: expected", lambda: KernelInceptionDistance(64, subset_size=2.0)),
                (ValueError, "degree: expected", lambda: KernelInceptionDistance(64, degree=True)),
                (ValueError, "gamma: expected", lambda: KernelInceptionDistance(64, gamma=-1.0)),
                (ValueError, "coef: expected", lambda: KernelInceptionDistance(64, coef=None)),
                (ValueError, "splits: expected", lambda: InceptionScore(splits=-1)),
                (ValueError, "cosine_distance_eps: expected", lambda: MemorizationInformedFrechetInceptionDistance(
                    64, cosine_distance_eps=2.0)),
                (bonafide.UnsupportedError, "weights convert w.pth", lambda: FrechetInceptionDistance(
                    64, feature_extractor_weights_path="w.pth"))):
            with self.assertRaisesRegex(kind, text):
                make()
        metric = FrechetInceptionDistance(feature=64)
        with self.assertRaisesRegex(TypeError, "imgs: expected dtype uint8, found float64; normalize=True is for"):
            metric.update(self.r / 255, real=True)
        with self.assertRaisesRegex(ValueError, r"imgs: expected shape \(n, 3, h, w\), found \(3, 20, 24\)"):
            metric.update(self.r[0], real=True)
        metric.update(self.r[:1], real=True)
        with self.assertRaisesRegex(bonafide.NumericError, "FID needs 2 images of each set, found 1 of the real one"):
            metric.compute()


if __name__ == "__main__":
    unittest.main(verbosity=1)
