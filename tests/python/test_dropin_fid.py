"""The stand-ins for pytorch-fid and clean-fid: each name, each option, what they warn of and refuse, and the numbers
against the program's. tests/install.sh runs it as test_bonafide.py. tools/python/DROPIN.md has figures of the tools
themselves."""

import os
import random
import subprocess
import sys
import unittest

import numpy as np

from dropin_support import Dropin, Tensor, chw, pictures, write
from support import run

import bonafide
from bonafide import pytorch_fid
from bonafide.cleanfid import fid


class PytorchFid(Dropin):
    def program(self, *words):
        done = subprocess.run([sys.executable, "-m", "bonafide.pytorch_fid", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def expected(self, real, tap="64"):
        said = run("fid", real, self.lists["gen"], "--preset", "pytorch-fid", "--tap", tap)
        return said["frechet_inception_distance"]

    def test_prints_the_value(self):
        code, out, err = self.program(self.real, self.gen, "--dims", "64")
        self.assertEqual((code, out), (0, "FID:  %r\n" % self.expected(self.lists["real"])))
        self.assertNotIn("without meaning", err)
        self.assertIn("bonafide: warning: the weights are synthetic", err)

    def test_options_without_meaning(self):
        code, out, err = self.program("--batch-size", "50", self.real, self.gen, "--device", "cuda:0", "--num-workers",
                                      "4", "--dims", "64")
        self.assertEqual((code, out), (0, "FID:  %r\n" % self.expected(self.lists["real"])))
        self.assertEqual([line for line in err.splitlines() if "without meaning" in line], [
            "bonafide: warning: pytorch_fid: without meaning here and ignored: --batch-size, --num-workers, --device"])

    def test_which_files_count(self):
        images = pictures(9, 5)
        endings = ["a.bmp", "b.JPG", "c.jpeg", "d.gif", "e.png", "f.ppm", "g", "h.webp", ".i.pgm"]
        folder = write(os.path.join(self.top, "endings"), images, endings)
        found = [os.path.basename(path) for path in pytorch_fid.images_of(folder)]
        self.assertEqual(found, [".i.pgm", "a.bmp", "c.jpeg", "e.png", "f.ppm", "h.webp"])
        self.assertEqual(len(pytorch_fid.images_of(self.real)), 6)

    def test_statistics(self):
        stats = os.path.join(self.top, "kept")
        self.assertEqual(self.program("--save-stats", self.real, stats, "--dims", "64")[:2], (0, ""))
        with np.load(stats + ".npz") as file:
            mu, sigma = file["mu"], file["sigma"]
            self.assertEqual((mu.shape, sigma.shape, int(file["n"])), ((64,), (64, 64), 6))
        value = self.expected(self.lists["real"])
        self.assertEqual(self.program(stats + ".npz", self.gen, "--dims", "64")[:2], (0, "FID:  %r\n" % value))
        again = self.program("--save-stats", self.real, stats, "--dims", "64")
        self.assertEqual(again[:2], (1, ""))
        self.assertIn("kept.npz: exists already", again[2])
        theirs, copy = os.path.join(self.top, "theirs.npz"), os.path.join(self.top, "copy.npz")
        np.savez_compressed(theirs, mu=mu, sigma=sigma)
        said = self.program(theirs, self.gen, "--dims", "64")
        self.assertEqual(said[:2], (0, "FID:  %r\n" % value))
        self.assertEqual(self.program("--save-stats", theirs, copy)[:2], (0, ""))
        self.assertEqual(self.program(copy, theirs, "--dims", "64")[:2], (0, "FID:  0.0\n"))

    def test_refusals(self):
        for words, code, text in (
                ((self.real, os.path.join(self.top, "none")), 1, "none: no such file or folder"),
                ((self.top, self.gen), 3, "no images there: files ending in .bmp, "),
                ((self.zip, self.gen), 3, "gen.zip: expected a folder, or a file ending in .npz"),
                ((self.real, self.gen, "--dims", "100"), 2, "invalid choice: 100"),
                ((self.real,), 2, "path")):
            said = self.program(*words)
            self.assertEqual(said[:2], (code, ""), words)
            self.assertIn(text, said[2])
            self.assertNotIn("Traceback", said[2])

    def test_functions(self):
        value, said = self.ignored(pytorch_fid.calculate_fid_given_paths, [self.real, self.gen], 50, "cpu", 64, 8)
        self.assertEqual(value, self.expected(self.lists["real"]))
        self.assertEqual(said, "calculate_fid_given_paths: without meaning here and ignored: batch_size, device, "
                               "num_workers")
        with self.assertRaises(FileNotFoundError):
            pytorch_fid.calculate_fid_given_paths([self.real, "/not/there"])
        with self.assertRaisesRegex(ValueError, "dims: expected one of 64, 192, 768, 2048, found 63"):
            pytorch_fid.fid_score.calculate_fid_given_paths([self.real, self.gen], dims=63)
        path = os.path.join(self.top, "by_function.npz")
        _, said = self.ignored(pytorch_fid.save_fid_stats, [self.real, path], 50, "cpu", 64)
        self.assertIn("save_fid_stats: without meaning here and ignored: batch_size, device", said)
        self.assertEqual(pytorch_fid.calculate_fid_given_paths([path, self.gen], dims=64), value)
        eye = np.eye(3, dtype=np.float32)
        distance, said = self.ignored(pytorch_fid.calculate_frechet_distance, np.zeros(3), eye, np.ones(3), eye,
                                      eps=1e-6)
        self.assertEqual((distance, said), (3.0, "calculate_frechet_distance: without meaning here and ignored: eps"))


class CleanFid(Dropin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._data = os.environ.get("XDG_DATA_HOME")
        os.environ["XDG_DATA_HOME"] = os.path.join(cls.top, "data")
        cls.every = os.path.join(cls.top, "every.txt")
        with open(cls.lists["real"][1:]) as file, open(cls.every, "w") as target:
            target.write(file.read() + cls.deep + "\n")

    @classmethod
    def tearDownClass(cls):
        os.environ.pop("XDG_DATA_HOME")
        if cls._data is not None:
            os.environ["XDG_DATA_HOME"] = cls._data
        super().tearDownClass()

    def expected(self, preset, metric="fid", *more):
        words = ["--metrics", metric] if metric == "kid" else []
        said = run("eval" if words else "fid", "@" + self.every, self.lists["gen"], "--preset", preset, *words, *more)
        return said["kernel_inception_distance_mean" if words else "frechet_inception_distance"]

    def test_two_folders(self):
        for mode, preset in (("clean", "clean"), ("legacy_pytorch", "pytorch-fid"), ("legacy_tensorflow", "tf1")):
            value, said = self.ignored(fid.compute_fid, self.gen, self.real, mode=mode)
            self.assertEqual((value, said), (self.expected(preset), None))
        value, said = self.ignored(fid.compute_fid, self.gen, self.real, num_workers=0, batch_size=8, device="cpu",
                                   use_dataparallel=False, verbose=False)
        self.assertEqual(value, self.expected("clean"))
        self.assertEqual(said, "compute_fid: without meaning here and ignored: num_workers, use_dataparallel, "
                               "batch_size, device")
        self.assertEqual(fid.compute_fid(self.zip, self.real), value)
        self.assertEqual(fid.compare_folders(self.gen, self.real), value)

    def test_kid(self):
        value, said = self.ignored(fid.compute_kid, self.real, self.gen, num_workers=2)
        self.assertEqual(said, "compute_kid: without meaning here and ignored: num_workers")
        self.assertEqual(value, self.expected("clean", "kid"))

    def test_features(self):
        model = bonafide.Model("synth:1")
        rows, said = self.ignored(fid.get_folder_features, self.real, model, num_workers=0, device="cpu")
        self.assertEqual(said, "get_folder_features: without meaning here and ignored: num_workers, device")
        images = np.concatenate([self.real_images, self.deep_images])
        np.testing.assert_array_equal(rows, model.features(images, preset="clean"))
        drawn = list(range(7))
        random.Random(5).shuffle(drawn)
        before = random.getstate()
        few = fid.get_folder_features(self.real, num=3, shuffle=True, seed=5)
        self.assertEqual(random.getstate(), before)
        np.testing.assert_array_equal(few, rows[drawn[:3]])
        np.testing.assert_array_equal(fid.get_folder_features(self.real, num=2), rows[:2])
        self.assertEqual(fid.fid_from_feats(rows, few), bonafide.fid(rows, few))
        self.assertEqual(fid.kernel_distance(rows, few, 5, 3),
                         bonafide.kid(rows, few, subsets=5, subset_size=3, shrink=True).mean)
        mu, sigma = bonafide.moments(rows[:, :3])
        self.assertEqual(fid.frechet_distance(mu, sigma, mu + 1, sigma), 3.0)
        self.assertEqual(fid.compare_folders(self.real, self.gen, model), fid.fid_from_feats(
            rows, fid.get_folder_features(self.gen, model)))
        with self.assertRaisesRegex(TypeError, "model: expected a bonafide.Model or None, found function"):
            fid.get_folder_features(self.real, run)

    def test_arrays_in_a_folder(self):
        folder = write(os.path.join(self.top, "mixed"), self.gen_images[:3], ["a.ppm", "c.PNG", "e.gif"])
        np.save(os.path.join(folder, "b.npy"), self.gen_images[3])
        rows = fid.get_folder_features(folder)
        expected = bonafide.Model("synth:1").features(self.gen_images[[0, 3, 1]], preset="clean")
        np.testing.assert_array_equal(rows, expected)
        self.assertAlmostEqual(fid.compute_fid(folder, self.real), fid.fid_from_feats(
            fid.get_folder_features(self.real), rows), delta=1e-9)
        fid.make_custom_stats("mixed", folder)
        self.assertAlmostEqual(fid.compute_fid(self.gen, dataset_name="mixed", dataset_split="custom"),
                               fid.compute_fid(self.gen, folder), delta=1e-9)
        np.save(os.path.join(folder, "b.npy"), np.zeros((4, 5, 3)))
        with self.assertRaisesRegex(TypeError, "expected dtype uint8"):
            fid.get_folder_features(folder)

    def test_named_statistics(self):
        self.assertFalse(fid.test_stats_exists("Mine", "clean"))
        _, said = self.ignored(fid.make_custom_stats, "Mine", self.real, batch_size=2)
        self.assertEqual(said, "make_custom_stats: without meaning here and ignored: batch_size")
        self.assertLessEqual({"mine_clean_custom_na.npz", "mine_clean_custom_na_kid.npz"},
                             set(os.listdir(fid.stats_folder())))
        for metric in ("FID", "KID"):
            self.assertTrue(fid.test_stats_exists("Mine", "clean", metric=metric))
        self.assertFalse(fid.test_stats_exists("Mine", "legacy_pytorch"))
        self.assertEqual(fid.compute_fid(self.gen, dataset_name="Mine", mode="clean", dataset_split="custom"),
                         self.expected("clean"))
        self.assertEqual(fid.compute_kid(self.gen, dataset_name="Mine", mode="clean", dataset_split="custom"),
                         self.expected("clean", "kid"))
        with self.assertRaisesRegex(OSError, "custom statistics 'Mine' of mode clean are there already"):
            fid.make_custom_stats("Mine", self.gen)
        fid.remove_custom_stats("Mine", mode="clean")
        self.assertFalse(fid.test_stats_exists("Mine", "clean"))
        with self.assertRaisesRegex(FileNotFoundError, "no custom statistics 'Mine' of mode clean"):
            fid.remove_custom_stats("Mine")
        with self.assertRaisesRegex(FileNotFoundError, "make_custom_stats makes it"):
            fid.compute_fid(self.gen, dataset_name="Mine", dataset_split="custom")
        fid.make_custom_stats("few", self.real, num=3, mode="legacy_tensorflow")
        with np.load(os.path.join(fid.stats_folder(), "few_legacy_tensorflow_custom_na.npz")) as file:
            self.assertEqual(int(file["n"]), 3)
        for name in ("../up", "", ".hidden", "a/b"):
            with self.assertRaisesRegex(ValueError, "name: expected letters, digits"):
                fid.make_custom_stats(name, self.real)
        with self.assertRaisesRegex(ValueError, 'metric: expected "FID" or "KID"'):
            fid.test_stats_exists("x", "clean", metric="IS")

    def test_published_statistics(self):
        with self.assertRaisesRegex(FileNotFoundError, "'bonafide refs get ffhq_clean_trainval70k_1024' gets them, "
                                    "or bring .*ffhq_clean_trainval70k_1024.npz to "):
            fid.compute_fid(self.gen, dataset_name="FFHQ", dataset_res=1024, dataset_split="trainval70k")
        with self.assertRaisesRegex(FileNotFoundError, "nothing is downloaded: .*brecahad_clean_train_512_kid.npz"):
            fid.compute_kid(self.gen, dataset_name="brecahad", dataset_res=512, dataset_split="train")
        mu, sigma = bonafide.moments("@" + self.every, preset="clean")
        os.makedirs(fid.stats_folder(), exist_ok=True)
        np.savez(os.path.join(fid.stats_folder(), "cifar10_clean_train_32.npz"), mu=mu, sigma=sigma)
        self.assertEqual(fid.compute_fid(self.gen, dataset_name="cifar10", dataset_res=32, dataset_split="train"),
                         self.expected("clean"))
        run("refs", "add", os.path.join(fid.stats_folder(), "cifar10_clean_train_32.npz"), "--name",
            "mine_clean_train_32")
        self.assertEqual(fid.compute_fid(self.gen, dataset_name="mine", dataset_res=32, dataset_split="train"),
                         self.expected("clean"))

    def test_generator(self):
        seen, images = [], chw(self.gen_images)

        def gen(z):
            seen.append(z.shape)
            self.assertEqual(z.dtype, np.float32)
            return Tensor(images[:3])

        value, said = self.ignored(fid.compute_fid, gen=gen, fdir2=self.real, num_gen=5, batch_size=3, z_dim=7,
                                   num_workers=1)
        self.assertEqual(said, "compute_fid: without meaning here and ignored: num_workers")
        self.assertEqual(seen, [(3, 7), (3, 7)])
        model = bonafide.Model("synth:1")
        rows = model.features(self.gen_images[[0, 1, 2, 0, 1]], preset="clean")
        self.assertEqual(value, bonafide.fid(bonafide.moments("@" + self.every, preset="clean"), rows))
        self.assertEqual(fid.compute_kid(gen=gen, fdir2=self.real, num_gen=5, batch_size=3),
                         fid.kernel_distance(fid.get_folder_features(self.real), rows))
        fid.make_custom_stats("for_gen", self.real, mode="legacy_tensorflow")
        whole = fid.compute_fid(gen=lambda z: images.astype(np.float32), dataset_name="for_gen", dataset_split="custom",
                                mode="legacy_tensorflow", num_gen=5, batch_size=5)
        self.assertEqual(whole, run("fid", "@" + self.every, self.lists["gen"])["frechet_inception_distance"])
        flipped = fid.compute_fid(gen=lambda z: images, fdir2=self.real, num_gen=5, batch_size=5,
                                  custom_image_tranform=lambda image: image[:, ::-1])
        self.assertEqual(flipped, bonafide.fid(bonafide.moments("@" + self.every, preset="clean"), model.features(
            self.gen_images[:, :, ::-1], preset="clean")))

    def test_generators_that_are_refused(self):
        images = chw(self.gen_images)
        with self.assertWarnsRegex(bonafide.BonafideWarning, "rounded to bytes"):
            fid.compute_fid(gen=lambda z: images * np.float32(0.999), fdir2=self.real, num_gen=2, batch_size=5)
        for make, kind, text in (
                (lambda z: images / np.float32(64) - 1, ValueError, "floats from 0 to 255, found float32 from -0.0625"),
                (lambda z: self.gen_images, ValueError, r"gen\(z\): expected shape \(n, 3, h, w\)"),
                (lambda z: images[:1], ValueError, "expected batches of batch_size = 4 images"),
                (3, TypeError, "gen: expected a function")):
            with self.assertRaisesRegex(kind, text):
                fid.compute_fid(gen=make, fdir2=self.real, num_gen=8, batch_size=4)

    def test_refusals(self):
        for kind, text, how in (
                (ValueError, "mode: expected one of clean, legacy_pytorch, legacy_tensorflow, found 'legacy'",
                 dict(mode="legacy")),
                (ValueError, "model_name: expected one of inception_v3, clip_vit_b_32", dict(model_name="clip")),
                (bonafide.UnsupportedError, "custom_fn_resize: .*gen=", dict(custom_fn_resize=len)),
                (bonafide.UnsupportedError, "custom_feat_extractor: ", dict(custom_feat_extractor=len)),
                (bonafide.UnsupportedError, "custom_image_tranform: ", dict(custom_image_tranform=len))):
            with self.assertRaisesRegex(kind, text):
                fid.compute_fid(self.gen, self.real, **how)
        with self.assertRaisesRegex(ValueError, "expected fdir1 or gen"):
            fid.compute_fid()
        with self.assertRaisesRegex(FileNotFoundError, "none: no such folder"):
            fid.compute_fid(self.gen, os.path.join(self.top, "none"))
        with self.assertRaisesRegex(bonafide.InputError, "no images there"):
            fid.compute_fid(self.gen, write(os.path.join(self.top, "empty"), []))
        with self.assertRaisesRegex(bonafide.InputError, "expected a folder or a .zip"):
            fid.compute_fid(self.gen, self.every)

    def test_clip(self):
        weights = os.environ["BONAFIDE_WEIGHTS"]
        value = fid.compute_fid(self.gen, self.real, model_name="clip_vit_b_32")
        said = run("fid", "@" + self.every, self.lists["gen"], "--network", "clip-vit-b-32", "--preset", "clip",
                   "--weights", weights)
        self.assertEqual(value, said["frechet_inception_distance"])
        fid.make_custom_stats("c", self.real, model_name="clip_vit_b_32")
        self.assertTrue(os.path.exists(os.path.join(fid.stats_folder(), "c_clean_clip_vit_b_32_custom_na.npz")))
        self.assertEqual(value, fid.compute_fid(self.gen, dataset_name="c", dataset_split="custom",
                                                model_name="clip_vit_b_32"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
