"""What the tests of the Python package share: the program, and two small sets of features."""

import json
import os
import subprocess
import tempfile
import unittest
import warnings

import numpy as np

PROGRAM = os.environ["BONAFIDE"]


def run(*args):
    done = subprocess.run([PROGRAM, *args, "--json", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise AssertionError("%s: %s" % (" ".join(args), done.stderr.decode()))
    return json.loads(done.stdout.decode())


class Case(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("ignore")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="bonafide-python.")
        rng = np.random.RandomState(5)
        cls.real = (rng.standard_normal((70, 24)) ** 2).astype(np.float32)
        cls.gen = (rng.standard_normal((64, 24)) ** 2 * 1.1).astype(np.float32)
        cls.logits = rng.standard_normal((50, 12)).astype(np.float32)
        for name in ("real", "gen", "logits"):
            np.save(cls.path(name), getattr(cls, name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name + ".npy")
