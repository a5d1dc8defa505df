#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/corpus, one folder for each target. Run from the root of the source tree:

    make fuzz-seeds && python3 tests/fuzz/make_corpus.py build/x86_64-linux-gnu

Inputs that once crashed something are kept beside the seeds under names that begin with "crash-"; they are not
touched. Needs NumPy and a built bonafide."""

import glob
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

BUILD = sys.argv[1]
TOOL = os.path.abspath(os.path.join(BUILD, "bin", "bonafide"))
CORPUS = "tests/fuzz/corpus"


def put(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def images():
    for path in sorted(glob.glob("tests/data/images/*")):
        name = os.path.basename(path)
        if not name.endswith(".ref.ppm"):
            put("image", name, (b"T" if name.endswith(".tga") else b"-") + read(path))


def sets():
    for path in sorted(glob.glob("tests/data/sets/*")):
        name = os.path.basename(path)
        put("set", name, read(path))
        if name.endswith((".zip", ".npz")):
            put("zip", name, read(path))


def texts():
    put("json", "small", b'{"a": [1, -2.5e3, true, null, "x\\u00e9\\ud83d\\ude00"], "n": {"sets": [{"n": 3}]}}')
    put("json", "deep", b'{"a":' * 20 + b"1" + b"}" * 20)
    put("json", "odd", b' {"version": 18446744073709551615, "path": "\\n\\t\\"", "tool": 1e-320} ')
    put("csv", "long", b"image,rater,label,group,truth\na.png,r1,real,g,1\na.png,r2,fake,g,1\nb.png,r1,0,h,0\n")
    put("csv", "count", b'image,n,k,block\n"a,b.png",5,3,x\n"c""d",7,0,y\n')
    put("csv", "multigen", b"".join(read("tests/data/judge/multigen_part.csv").splitlines(True)[:12]))
    put("csv", "bom", b"\xef\xbb\xbfimage,rater,label\r\nimg10,r,1\r\nimg9,r,0\r\n")
    for i, line in enumerate([
        "fid a b --preset clean --threads 4",
        "eval real gen --all --json out.json --skip-bad --manifest run.json -q",
        "eval real gen --metrics=is,fid --splits 3 -k5 --density-k=4",
        "weights convert a b.iv3 --dtype float16 --variant keras",
        "judge train a --ref b --labels c.csv -o d.npz --lambda 0.1",
        "features set -o f.npy --tap spatial --isa avx2,scalar -- --odd",
        "help weights convert",
        "fidd --presett clean",
    ]):
        put("opt", "line%d" % i, line.replace(" ", "\n").encode())


def weights(seeds):
    for name in os.listdir(seeds):
        target = name.split("-")[0]
        if os.path.isfile(os.path.join(seeds, name)):
            put(target, name, read(os.path.join(seeds, name)))
    for pack in glob.glob(os.path.join(seeds, "cache", "*")):
        put("cache", "three", read(pack))


def run(folder, *words):
    subprocess.run([TOOL, *words, "--quiet"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def manifest(folder):
    rng = np.random.default_rng(1)
    for name in ("a", "b"):
        np.save(os.path.join(folder, name + ".npy"), rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8))
    run(folder, "eval", "a.npy", "b.npy", "--weights", "synth:1", "--splits", "1", "-k", "1", "--manifest", "run.json")
    run(folder, "features", "a.npy", "-o", "f.npy", "--weights", "synth:1", "--manifest", "one.json")
    for name in ("run", "one"):
        path = os.path.join(folder, name + ".json")
        put("manifest", name, read(path) + b"\n=====\n" + read(path + ".leaves"))


def zero_sum(path):
    """The model with the digest that the target's replacement of SHA-256 computes."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "sha256.npy":
                data = data[:-256] + "".join("0" * 64).encode("utf-32-le")
            new.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def judge(folder):
    rng = np.random.default_rng(2)
    n, d = 40, 6
    np.save(os.path.join(folder, "ref.npy"), rng.standard_normal((30, d)).astype(np.float32))
    np.save(os.path.join(folder, "x.npy"), rng.standard_normal((n, d)).astype(np.float32))
    with open(os.path.join(folder, "labels.csv"), "w") as f:
        f.write("image,n,k\n" + "".join("%d,4,%d\n" % (i, rng.integers(0, 5)) for i in range(n)))
    for model in ("logistic", "ridge", "krr", "const"):
        out = "judge-%s.npz" % model
        run(folder, "judge", "train", "x.npy", "--ref", "ref.npy", "--labels", "labels.csv", "-o", out, "--model", model,
            "-k", "3", "--pca", "4", "--components", "2")
        put("judge", model, zero_sum(os.path.join(folder, out)))


def main():
    for path in glob.glob(CORPUS + "/*/*"):
        if not os.path.basename(path).startswith("crash-"):
            os.remove(path)
    with tempfile.TemporaryDirectory() as folder:
        seeds = os.path.join(folder, "seeds")
        os.mkdir(seeds)
        subprocess.run([os.path.join(BUILD, "fuzz", "gen_seeds"), seeds], check=True)
        images()
        sets()
        texts()
        weights(seeds)
        manifest(folder)
        judge(folder)
    total = sum(os.path.getsize(p) for p in glob.glob(CORPUS + "/*/*"))
    print("%d files, %d bytes" % (len(glob.glob(CORPUS + "/*/*")), total))


main()
