"""Ctrl-C in calls of the library and of the program, forks, and threads of several models. tests/install.sh runs it as
test_bonafide.py."""

import gc
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import warnings
import weakref

import numpy as np

import bonafide
from support import PROGRAM


def setUpModule():
    # Whoever is started in the background of a shell without job control ignores SIGINT, and so does Python then.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted(work, after=0.3):
    """Seconds from SIGINT, sent `after` seconds from now, until `work` has raised KeyboardInterrupt."""
    sent = []

    def send():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(after, send)
    timer.start()
    try:
        work()
    except KeyboardInterrupt:
        return time.monotonic() - sent[0]
    finally:
        timer.join()
    raise AssertionError("it ended before it was interrupted")


class Interrupts(unittest.TestCase):
    #: What Ctrl-C may take on a machine that has nothing else to do is 0.1 s; tests run on busy ones.
    LIMIT = 1.0

    @classmethod
    def setUpClass(cls):
        rng = np.random.RandomState(1)
        cls.rows = rng.standard_normal((6000, 1024)).astype(np.float32)

    def setUp(self):
        warnings.simplefilter("ignore")

    def test_metrics(self):
        few = self.rows[:70]
        before = bonafide.fid(few, few[:60])
        for work in (lambda: bonafide.precision_recall(self.rows, self.rows),
                     lambda: bonafide.kid_full(self.rows, self.rows),
                     lambda: bonafide.fid_infinity(self.rows, self.rows, points=50)):
            self.assertLess(interrupted(work), self.LIMIT)
            self.assertEqual(bonafide.fid(few, few[:60]), before)

    def test_the_library_is_asked_to_stop(self):
        heard = threading.Event()

        def job(native):
            for _ in range(3000):  # what is not heard shall fail, not hang
                if native.stop_flag.value:
                    heard.set()
                    return
                time.sleep(0.01)

        self.assertLess(interrupted(lambda: bonafide._threads.shared.call(job)), self.LIMIT)
        self.assertTrue(heard.wait(1))

    def test_network(self):
        images = np.random.RandomState(2).randint(0, 256, (400, 8, 8, 3)).astype(np.uint8)
        with bonafide.Model("synth:1") as model:
            before = model.features(images[:2])
            self.assertLess(interrupted(lambda: model.features(images)), self.LIMIT)
            np.testing.assert_array_equal(model.features(images[:2]), before)
            metrics = bonafide.Metrics(model).update(images[:2])
            self.assertLess(interrupted(lambda: metrics.update(images)), self.LIMIT)

    def test_program(self):
        with tempfile.TemporaryDirectory(prefix="bonafide-python.") as folder:
            path = os.path.join(folder, "images.npy")
            np.save(path, np.zeros((400, 8, 8, 3), np.uint8))
            self.assertLess(interrupted(lambda: bonafide.fid(path, path, weights="synth:1"), 0.5), self.LIMIT)
            left = subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE).stdout.decode()
            self.assertNotIn(path, left)

    def test_moments_that_are_not_whole(self):
        m = bonafide.Moments(self.rows[:10])
        old = bonafide._moments._call

        def slow(function, *args):
            old(function, *args)
            if function == "gmet_moments_add":
                time.sleep(2)

        bonafide._moments._call = slow
        try:
            self.assertLess(interrupted(lambda: m.update(self.rows[:10])), self.LIMIT)
        finally:
            bonafide._moments._call = old
        with self.assertRaisesRegex(bonafide.Error, "interrupted"):
            m.compute()
        with self.assertRaisesRegex(bonafide.Error, "interrupted"):
            m.update(self.rows[:10])
        m.reset().update(self.rows[:10])
        np.testing.assert_array_equal(m.compute()[0], bonafide.moments(self.rows[:10])[0])


class Processes(unittest.TestCase):
    def test_fork(self):
        """A child has none of the threads, and makes its own, also where another thread was at work at the fork."""
        rows = np.random.RandomState(1).standard_normal((3000, 512)).astype(np.float32)
        images = np.random.RandomState(2).randint(0, 256, (2, 8, 8, 3)).astype(np.uint8)
        model = bonafide.Model("synth:1", threads=2)
        expected = bonafide.fid(rows[:99], rows[99:200]), model.features(images)
        other = threading.Thread(target=lambda: bonafide.precision_recall(rows, rows))
        other.start()
        time.sleep(0.05)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                same = bonafide.fid(rows[:99], rows[99:200]) == expected[0]
                status = 0 if same and (model.features(images) == expected[1]).all() else 2
            finally:
                os._exit(status)
        deadline = time.monotonic() + 120
        ended = (0, 0)
        while ended[0] == 0 and time.monotonic() < deadline:
            ended = os.waitpid(child, os.WNOHANG)
            time.sleep(0.02)
        if ended[0] == 0:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        other.join()
        self.assertEqual(ended, (child, 0))
        self.assertEqual(bonafide.fid(rows[:99], rows[99:200]), expected[0])


class Models(unittest.TestCase):
    def test_nothing_stays(self):
        """What a call was given goes with it, whether it worked or not."""
        gc.disable()
        try:
            rows = np.zeros((300, 8), np.float32)
            rows[1, 1] = np.nan
            gone = weakref.ref(rows)
            try:
                bonafide.fid(rows, rows)
                self.fail("a row that is not finite was taken")
            except bonafide.NumericError:  # assertRaises would clear the frames
                pass
            del rows
            deadline = time.monotonic() + 10
            while gone() is not None and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertIsNone(gone())
            model = bonafide.Model("synth:1", threads=2)
            model.features(np.zeros((1, 8, 8, 3), np.uint8))
            native = weakref.ref(model._team._native)
            del model
            while native() is not None and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertIsNone(native())
        finally:
            gc.enable()

    def test_no_lock_between_models(self):
        """A model works while the call of another lasts."""
        images = np.random.RandomState(2).randint(0, 256, (1, 8, 8, 3)).astype(np.uint8)
        one, two = bonafide.Model("synth:1", threads=1), bonafide.Model("synth:2", threads=1)
        entered, leave = threading.Event(), threading.Event()

        def hold(native):
            entered.set()
            leave.wait(60)

        holder = threading.Thread(target=lambda: one._team.call(hold))
        holder.start()
        self.assertTrue(entered.wait(60))
        rows = two.features(images)
        bonafide.fid(np.repeat(rows, 3, 0), np.repeat(rows, 2, 0))
        self.assertTrue(holder.is_alive())
        leave.set()
        holder.join()
        self.assertFalse((one.features(images) == rows).all())

    def test_settings(self):
        bonafide.set_threads(1)
        try:
            model = bonafide.Model("synth:1")
        finally:
            bonafide.set_threads(0)
        self.assertEqual(model._team.call(lambda native: native.threads), 1)
        self.assertEqual(bonafide.Model("synth:1", threads=3)._team.call(lambda native: native.threads), 3)
        self.assertEqual(bonafide.Model("synth:1", numerics="split", threads=1).numerics, "split")
        for words, call in (("threads: expected", lambda: bonafide.Model("synth:1", threads=-1)),
                            ("numerics: expected exact", lambda: bonafide.Model("synth:1", numerics="half")),
                            ("expected synth:SEED with a whole number", lambda: bonafide.Model("synth:x"))):
            with self.assertRaisesRegex(ValueError, words):
                call()
        with self.assertRaisesRegex(TypeError,
                                    'tap: expected a name, such as "2048", or several in a tuple, found 2048'):
            model.features(np.zeros((1, 8, 8, 3), np.uint8), tap=2048)

    def test_lists(self):
        self.assertIn(("tf1", 1), bonafide.presets())
        names = {network.name: network for network in bonafide.networks()}
        self.assertEqual((names["inception-v3-fid"].tap, names["inception-v3-fid"].dim), ("2048", 2048))
        self.assertEqual((names["vgg16"].dim, names["clip-vit-l-14-336"].preset), (4096, "cmmd"))
        self.assertEqual(bonafide.__version__, bonafide.version())
        said = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE).stdout.decode()
        self.assertIn(bonafide.__version__, said)


if __name__ == "__main__":
    unittest.main(verbosity=1)
