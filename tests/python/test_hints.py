"""The hints of the package and of programs that use it, by mypy --strict where it is there; and that its sources are
those of Python 3.7. tests/install.sh runs it as test_bonafide.py."""

import ast
import glob
import importlib
import inspect
import os
import subprocess
import tempfile
import unittest

import bonafide

FOLDER = os.path.dirname(os.path.abspath(bonafide.__file__))

USER = '''
import numpy as np

import bonafide

model = bonafide.Model("synth:1", numerics="exact")
images = np.zeros((4, 3, 8, 8), np.float32)
value: float = bonafide.fid("photos/", images, range=(0, 1), preset="clean")
kid: bonafide.Kid = bonafide.kid("photos/", ["a.png", "b.png"], subset_size=2)
answer = bonafide.evaluate("photos/", images, metrics=["fid", "kid"], kid_size=500)
print(answer["frechet_inception_distance"], kid.mean, value)
metrics = bonafide.Metrics(model, ["fid"], real="photos.npz").update(images).reset()
mu, sigma = bonafide.Moments(2048).update(np.zeros((2, 2048))).compute()
print(mu.shape, bonafide.fid((mu, sigma), bonafide.features("samples/")), metrics.compute())
'''
WRONG = USER + "nothing: str = bonafide.fid('a', 'b')\n"


def mypy(*words):
    """(exit code, what it said), or None where there is no mypy."""
    try:
        done = subprocess.run(["mypy", "--strict", "--cache-dir", os.devnull, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, MYPYPATH=os.path.dirname(FOLDER)))
    except OSError:
        return None
    return done.returncode, done.stdout.decode()


class Hints(unittest.TestCase):
    def check(self, expected, *words):
        found = mypy(*words)
        if found is None:
            self.skipTest("NOT TESTED: no mypy here")
        self.assertEqual(found[0], expected, found[1])

    def test_package_and_user(self):
        for text, expected, more in ((USER, 0, [FOLDER]), (WRONG, 1, [])):
            with tempfile.TemporaryDirectory(prefix="bonafide-hints.") as folder:
                path = os.path.join(folder, "user.py")
                with open(path, "w") as file:
                    file.write(text)
                self.check(expected, path, *more)

    def test_typed(self):
        self.assertTrue(os.path.exists(os.path.join(FOLDER, "py.typed")))


class Sources(unittest.TestCase):
    def test_syntax(self):
        for path in glob.glob(os.path.join(FOLDER, "*.py")):
            with open(path) as file:
                text = file.read()
            ast.parse(text, path, feature_version=(3, 7))
            self.assertEqual([line for line in text.split("\n") if len(line) > 120], [], path)
            imported = {node.module or "." for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
            imported |= {name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)
                         for name in node.names}
            self.assertFalse({"torch", "PIL", "scipy"} & imported, path)

    def test_docstrings(self):
        """Everything in public says what it is."""
        for name in bonafide.__all__:
            thing = getattr(bonafide, name)
            self.assertTrue(inspect.getdoc(thing), name)
            for member, value in vars(thing).items() if inspect.isclass(thing) else ():
                if not member.startswith("_") and inspect.isfunction(value):
                    self.assertTrue(inspect.getdoc(value), "%s.%s" % (name, member))
        for path in glob.glob(os.path.join(FOLDER, "_*.py")):
            module = os.path.basename(path)[:-3]
            if not module.startswith("__"):
                self.assertTrue(importlib.import_module("bonafide." + module).__doc__, module)


if __name__ == "__main__":
    unittest.main(verbosity=1)
