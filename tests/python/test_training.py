"""The training loop of tests/examples with NumPy in PyTorch's place: its memory stays as it is, and its numbers are those of
the program on the saved images. tests/install.sh runs it as test_bonafide.py."""

import ast
import os
import unittest

import numpy as np

import bonafide
from support import Case, run

WEIGHTS = "synth:1"
KEY = "frechet_inception_distance_64"
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "training_loop.py")


def resident():
    """Memory of this process in MiB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2.0 ** 20


def save_image(path, image):
    """As torchvision's save_image(normalize=True, value_range=(-1, 1)), into a PPM: image float32 [3, h, w]."""
    unit = (image - np.float32(-1)) / np.float32(2)
    pixels = np.clip(unit * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    with open(path, "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % pixels.shape[1::-1] + np.ascontiguousarray(pixels).tobytes())


class Training(Case):
    def test_loop(self):
        rng = np.random.RandomState(6)
        real = rng.randint(0, 256, (20, 32, 32, 3)).astype(np.uint8)
        np.save(self.path("photos"), real)
        memory = []
        with bonafide.Model(WEIGHTS) as model:
            metrics = bonafide.Metrics(model, ["fid64"], real=self.path("photos"), range=(-1, 1))
            for epoch in range(12):
                images = np.tanh(rng.standard_normal((24, 3, 32, 32)) * (1 + epoch)).astype(np.float32)
                for batch in np.split(images, 3):
                    metrics.update(batch)
                found = metrics.compute()[KEY]
                metrics.reset()
                memory.append(resident())
        folder = os.path.join(self.folder.name, "last")
        os.mkdir(folder)
        for i, image in enumerate(images):
            save_image(os.path.join(folder, "%03d.ppm" % i), image)
        said = run("eval", self.path("photos"), folder, "--metrics", "fid64", "--weights", WEIGHTS)
        self.assertEqual(found.hex(), said[KEY].hex())
        # Threads get their heaps in the first epochs.
        self.assertLess(max(memory[5:]) - memory[4], 4, memory)

    def test_example(self):
        """It is Python, in twelve lines."""
        with open(EXAMPLE) as file:
            text = file.read()
        ast.parse(text, feature_version=(3, 7))
        lines = [line for line in text.split("\n") if line.strip()][1:]
        self.assertEqual(len(lines), 12)


if __name__ == "__main__":
    unittest.main(verbosity=1)
