#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/corpus, one folder for each target. Run from the root of the source tree:

    make fuzz-seeds && python3 tests/fuzz/make_corpus.py build/x86_64-linux-gnu

Inputs that once crashed something are kept beside the seeds under names that begin with "crash-"; they are not
touched. Needs NumPy and a built bonafide."""

import glob
import gzip
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

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
        put("image", name, (b"T" if name.endswith(".tga") else b"-") + read(path))
    # The targets of single formats start from all of tests/data/images and tests/data/pixels as well (run.sh, replay.sh).
    for target, name in [("jpeg", "progressive.jpg"), ("png", "interlaced.png"), ("bmp", "palette.bmp"), ("gif", "interlaced.gif"),
                         ("tga", "runs.tga"), ("pnm", "plain.pnm")]:
        put(target, name, read("tests/data/images/" + name))
    put("webp", "lossy_alpha.webp", read("tests/data/pixels/lossy_alpha.webp"))
    text = b"".join(b"line %d of a text that repeats itself\n" % (i % 7) for i in range(60))
    for name, level, strategy in [("dynamic", 9, 0), ("fixed", 9, 4), ("stored", 0, 0), ("huffman", 9, 2)]:
        z = zlib.compressobj(level, 8, -15, 9, strategy)
        put("inflate", name, bytes([len(text) // 256 + 1, 100, 40]) + z.compress(text) + z.flush())


def sets():
    for path in sorted(glob.glob("tests/data/sets/*")):
        name = os.path.basename(path)
        put("set", name, read(path))
        if name.endswith((".zip", ".npz")):
            put("zip", name, read(path))
    for path in sorted(glob.glob("tests/data/stats/*")):
        put("stats", os.path.basename(path), read(path))
        if path.endswith(".npz"):
            put("zip", os.path.basename(path), read(path))
    out = io.BytesIO()
    np.savez_compressed(out, mu=np.array([0.5, -2.0, 1.0]), sigma=np.diag([2.0, 3.0, 1.5]).astype("<f4"), n=50000)
    put("zip", "counted.npz", out.getvalue())


def data_files():
    """Small ones of the formats in which data sets are published."""
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (2, 3 * 8 * 8), dtype=np.uint8)
    idx = b"\0\0\10\3" + struct.pack(">III", 2, 8, 8) + pixels[:, :64].tobytes()
    put("set", "idx", idx)
    put("set", "idx.gz", gzip.compress(idx, 9, mtime=0))
    for protocol in (2, 4):
        put("set", "batch_%d.pkl" % protocol, pickle.dumps({"batch_label": "b", "data": pixels, "labels": [1, 2]}, protocol))
    for name, form in (("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as t:
            for path, data in (("a/" + "n" * 60 + "/" + "m" * 60 + ".png", read("tests/data/images/bits.png")),
                               ("b.cls", b"3"), ("c", read("tests/data/images/one.gif"))):
                info = tarfile.TarInfo(path)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
        put("set", name + ".tar", out.getvalue().rstrip(b"\0") + bytes(1024))
    put("list", "cifar-100", b"B" + b"".join(bytes([i, 9 * i]) + bytes(range(256)) * 12 for i in (3, 9)))
    put("list", "stl-10", b"X" + bytes(range(256)) * 108)


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


def api():
    """Opcodes of fuzz_api.c, each with its arguments."""
    def taken(which, n, d):
        return bytes([1, which, n, d]) + bytes((7 * i * i + 31 * i + 5 * which) % 127 for i in range(n * d))

    both = taken(0, 20, 4) + taken(1, 24, 4)
    made = b"\0\0\4\0\1\4"
    added = b"\3\0\0\0\3\1\1\0"
    put("api", "moments", made + both + added + b"\6\0\0\1\x09\0")
    put("api", "places", made + both + b"\3\0\0\1" + bytes(range(20)) + b"\5\0\1\xff" + b"\0\x40\0\0\0\0\0\0")
    put("api", "everything", made + both + added + b"\5\0\1\xff" + b"\x7f" + b"\xff" * 7 + b"\6\0\0\1")
    put("api", "kept", made + both + added + b"\x08\0\0\0\0" + added + b"\x08\0\1\x20\0")
    put("api", "parts", made + both + added + (b"\5\0\1\xff" + b"\0\x18" + b"\0" * 6) + b"\3\0\0\0\7" + b"\1" * 4)
    for i in range(10):
        put("api", "pair%d" % i, both + bytes([10, 10, 2, 3, 2, i]) + bytes([9, 1]))
    put("api", "matrix", b"\x09\2" + bytes(range(36)) + b"\4\4")
    put("api", "pixels", b"\x0b\0\0\1\x0c\x0b\2" + bytes(range(200)))
    put("api", "names", b"\x0b\1\x0bavx2,scalar" + b"\x0b\1\x05vgg16")


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


def slim(path, width):
    """A part with at most `width` features in each layer, and every checksum zero, as the target computes them."""
    data = read(path)
    text_at, text_bytes = struct.unpack("<QQ", data[16:32])
    about = json.loads(data[text_at:text_at + text_bytes])
    out = bytearray(64)

    def section(node, payload):
        out.extend(bytes(-len(out) % 64))
        node.update({"at": len(out), "bytes": len(payload), "xxh64": "0" * 16})
        out.extend(payload)

    def old(node):
        return data[node["at"]:node["at"] + node["bytes"]]

    for s in about["sets"]:
        s["list"] = "0" * 64
        section(s["names"], old(s["names"]))
        section(s["leaves"], old(s["leaves"]))
        for layer in s["layers"]:
            d, layer["dim"] = layer["dim"], min(width, layer["dim"])
            for run_ in layer["runs"]:
                section(run_, np.frombuffer(old(run_), np.float32).reshape(-1, d)[:, :layer["dim"]].tobytes())
    if about["weights"] is not None:
        about["weights"]["taps"] = {t: min(width, d) for t, d in about["weights"]["taps"].items()}
    section(about["words"], old(about["words"]))
    text = json.dumps(about).encode()
    out.extend(bytes(-len(out) % 64))
    struct.pack_into("<8sQQQQQQQ", out, 0, b"BFPART1\n", len(out) + len(text), len(out), len(text), 0, 0, 0, 0)
    return bytes(out) + text


def parts(folder):
    rng = np.random.default_rng(3)
    for name, n in (("a", 5), ("b", 4)):
        np.save(os.path.join(folder, name + ".npy"), rng.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8))
    np.save(os.path.join(folder, "f.npy"), rng.standard_normal((6, 4)).astype(np.float32))
    network = ["--weights", "synth:1"]
    for name, words, shards in (
        ("features", ["features", "a.npy", "--tap", "64"] + network, 2),
        ("stats", ["stats", "a.npy", "--tap", "64"] + network, 2),
        ("stats-file", ["stats", "f.npy"], 1),
        ("eval", ["eval", "a.npy", "b.npy", "--splits", "1", "-k", "1"] + network, 2),
        ("eval-all", ["eval", "a.npy", "b.npy", "--all", "--splits", "1", "-k", "1"] + network, 1),
    ):
        out = []
        for i in range(shards):
            run(folder, *words, "--shard", "%d/%d" % (i + 1, shards), "-o", "one.part")
            out.append(slim(os.path.join(folder, "one.part"), 8))
        put("part", name, b"\n=====\n".join(out))
    run(folder, "eval", "a.npy", "b.npy", "--splits", "1", "-k", "1", "--json=one.json", *network)
    run(folder, "fid", "a.npy", "b.npy", "--json=two.json", *network)
    one, two = (read(os.path.join(folder, name)) for name in ("one.json", "two.json"))
    manifest_ = read("tests/fuzz/corpus/manifest/run").split(b"\n=====\n")[0]
    put("result", "same", one + b"\n=====\n" + one)
    put("result", "other", one + b"\n=====\n" + two)
    put("result", "manifest", manifest_ + b"\n=====\n" + one)


def lists():
    put("list", "paths", b"b.png\nfolder/a.jpg\r\n/absolute/c d.gif\n\n../up.bmp")
    put("list", "frames", b"R\3\2" + bytes(range(36)))
    put("list", "cifar", b"B" + b"".join(bytes([i]) + bytes(range(256)) * 12 for i in (3, 9)))


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
        data_files()
        texts()
        api()
        weights(seeds)
        manifest(folder)
        judge(folder)
        parts(folder)
        lists()
    total = sum(os.path.getsize(p) for p in glob.glob(CORPUS + "/*/*"))
    print("%d files, %d bytes" % (len(glob.glob(CORPUS + "/*/*")), total))


main()
