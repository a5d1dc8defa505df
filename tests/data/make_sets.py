"""Writes sets/: small archives by Python's zipfile and arrays by NumPy, for test_zip.c, test_npy.c, test_open_set.c.

python3 make_sets.py (needs numpy). Element i of an array is (i * i % 97) / 4, of a byte array i * 7 % 256.
"""
import io
import os
import zipfile
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "sets")
os.makedirs(OUT, exist_ok=True)
DATE = (1980, 1, 1, 0, 0, 0)
TEXT = b"".join(b"line %d of a text that repeats itself\n" % (i % 7) for i in range(60))


def path(name):
    return os.path.join(OUT, name)


class Pipe(io.RawIOBase):
    """A stream that cannot seek: zipfile then writes data descriptors."""
    def __init__(self, f):
        self.f = f

    def writable(self):
        return True

    def write(self, b):
        return self.f.write(b)


def members(z, method, **options):
    for name, data in [("b.txt", TEXT), ("a/", b""), ("a/c.txt", b"short"), ("a/nothing", b"")]:
        info = zipfile.ZipInfo(name, DATE)
        info.compress_type = method
        with z.open(info, "w", **options) as f:
            f.write(data)


def archives():
    for name, method in [("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2)]:
        with zipfile.ZipFile(path(name + ".zip"), "w") as z:
            members(z, method)
    with open(path("described.zip"), "wb") as f, zipfile.ZipFile(Pipe(f), "w") as z:
        members(z, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path("zip64.zip"), "w") as z:
        members(z, zipfile.ZIP_DEFLATED, force_zip64=True)
    with open(path("prefixed.zip"), "wb") as f:
        f.write(b"#!/bin/sh\n# a program in front\n")
        with zipfile.ZipFile(f, "a") as z:
            members(z, zipfile.ZIP_DEFLATED)
            z.comment = b"PK\5\6 is not the end record"
    for name, member in [("dotdot", "a/../../b.png"), ("absolute", "/etc/b.png")]:
        with zipfile.ZipFile(path(name + ".zip"), "w") as z:
            z.writestr(zipfile.ZipInfo(member, DATE), b"x")
    with zipfile.ZipFile(path("empty.zip"), "w"):
        pass
    with zipfile.ZipFile(path("images.zip"), "w") as z:             # needs make_images.py run before
        for name, source in [("b.png", "grey.png"), ("a/1.png", "rgb.png"), ("B.jpg", "rgb.jpg"), ("a/10.png", "palette.png"),
                             ("__MACOSX/a/._1.png", "grey.png"), (".hidden.png", "grey.png"), ("labels.json", None),
                             ("a/", None), ("a/2.png", "rgb.png")]:
            data = b"" if source is None else open(os.path.join(HERE, "images", source), "rb").read()
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_DEFLATED if name.startswith("a/1") else zipfile.ZIP_STORED
            z.writestr(info, data[:-9] if name == "a/2.png" else data)


def values(*shape):
    i = np.arange(int(np.prod(shape)))
    return (i * i % 97 / 4).reshape(shape)


def pixels(*shape):
    return (np.arange(int(np.prod(shape))) * 7 % 256).astype(np.uint8).reshape(shape)


def arrays():
    def save(name, a, version=None):
        with open(path(name + ".npy"), "wb") as f:
            np.lib.format.write_array(f, a, version)
    save("f4", values(5, 3).astype("<f4"))
    save("f8", values(5, 3))
    save("f8_v2", values(5, 3), (2, 0))
    save("f4_fortran", np.asfortranarray(values(5, 3).astype("<f4")))
    save("f4_big", values(5, 3).astype(">f4"))
    save("f2", values(5, 3).astype("<f2"))
    save("vector", values(5))
    save("objects", np.array([{}, []], dtype=object))
    bad = values(5, 3).astype("<f4")
    bad[3, 1] = np.nan
    save("f4_nan", bad)
    save("f4_nan_fortran", np.asfortranarray(bad))
    big = values(5, 3)
    big[2, 2] = 1e39
    save("f8_beyond", big)
    save("u1_rgb", pixels(4, 5, 6, 3))
    save("u1_grey", pixels(4, 5, 6))
    save("u1_grey1", pixels(4, 5, 6, 1))
    save("u1_chw", pixels(4, 3, 5, 6))
    save("u1_one", pixels(5, 6, 3))
    save("u1_fortran", np.asfortranarray(pixels(4, 5, 6, 3)))
    save("u1_rgba", pixels(4, 5, 6, 4))
    save("u1_none", pixels(0, 5, 6, 3))

    soft = (np.eye(6) * 0.94 + 0.01).astype("<f4")                  # rows that sum to 1
    save("probabilities", soft)
    save("probabilities_bad", np.where(np.arange(6)[:, None] == 4, soft / 2, soft))

    np.savez(path("stats.npz"), mu=values(3), sigma=values(3, 3))
    np.savez_compressed(path("stats_more.npz"), mu=values(1, 3).astype("<f4"), sigma=np.asfortranarray(values(3, 3)),
                        n=np.int32(50000), preset=np.array("tf1"), weights=np.array("d\u00e9j\u00e0 \U0001f600"))
    np.savez(path("stats_nan.npz"), mu=values(3), sigma=np.where(np.eye(3) > 0, values(3, 3), np.nan))
    np.savez(path("stats_shape.npz"), mu=values(3), sigma=values(3, 4))
    np.savez(path("batch.npz"), pixels(4, 5, 6, 3), mu=values(3), sigma=values(3, 3))
    np.savez_compressed(path("batch_packed.npz"), pixels(4, 5, 6, 3), pixels(4))
    np.savez(path("features.npz"), feats=values(5, 3).astype("<f4"), names=np.array(["a", "b"]))
    np.savez_compressed(path("real_feats.npz"), real_feats=np.asfortranarray(values(5, 3)), real_probs=values(5, 2))
    np.savez(path("reps.npz"), model=np.array("dinov2"), reps=values(5, 3).astype("<f4"), hparams=np.array({}, dtype=object))
    np.savez(path("adm.npz"), pixels(4, 5, 6, 3), mu=values(3), sigma=values(3, 3), mu_s=values(2).astype("<f4"),
             sigma_s=values(2, 2).astype("<f4"))
    np.savez(path("adm_stats.npz"), mu=values(3), sigma=values(3, 3), mu_s=values(2), sigma_s=values(2, 2))
    np.savez(path("adm_bad.npz"), pixels(4, 5, 6, 3), mu=values(3), sigma=values(3, 3), mu_s=values(2), sigma_s=values(2, 3))
    np.savez(path("only.npz"), whatever=values(5, 3))
    np.savez(path("nothing.npz"), x=values(3), y=values(4))


archives()
arrays()
