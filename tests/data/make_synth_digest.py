"""Writes synth_digest.h: values and content digests of synthetic weights, computed from the definition in
engine/flat/FORMAT.md alone. Needs NumPy; the tests need only the header this writes.

  make_synth_digest.py > synth_digest.h
"""
import hashlib
import math
import os
import re
import struct
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def convolutions():
    text = open(os.path.join(HERE, "../../engine/nets/tensors.c")).read()
    rows = re.findall(r'\{"([\w.]+)", "[\w/]+", (\d+), (\d+), (\d+), (\d+)\}', text)
    assert len(rows) == 94
    return [(name, tuple(map(int, shape))) for name, *shape in rows]


def draws(seed, name, n):
    state = 0xCBF29CE484222325
    for byte in ("%d:%s" % (seed, name)).encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)
    return np.float32(2) * u - np.float32(1)


def tensors(seed, classes):
    one = np.float32(1)
    for name, (oc, ic, kh, kw) in convolutions():
        amplitude = np.float32(math.sqrt(6.0 / (ic * kh * kw)))
        key = name + ".conv.weight"
        yield key, (oc, ic, kh, kw), draws(seed, key, oc * ic * kh * kw) * amplitude
        for part, centre, amplitude in (("weight", one, 0.25), ("bias", None, 0.25), ("running_mean", None, 0.25),
                                        ("running_var", one, 0.5)):
            key = "%s.bn.%s" % (name, part)
            value = draws(seed, key, oc) * np.float32(amplitude)
            yield key, (oc,), value if centre is None else centre + value
    yield "fc.weight", (classes, 2048), draws(seed, "fc.weight", classes * 2048) * np.float32(0.05)
    yield "fc.bias", (classes,), draws(seed, "fc.bias", classes) * np.float32(0.5)


def digest(seed, classes, dtype, code):
    sha = hashlib.sha256()
    for name, shape, value in tensors(seed, classes):
        four = tuple(shape) + (0,) * (4 - len(shape))
        sha.update(name.encode().ljust(64, b"\0") + struct.pack("<6I", code, len(shape), *four))
        sha.update(value.astype(dtype).tobytes())
    return sha.hexdigest()


def main():
    print("/* Written by make_synth_digest.py: what synthetic weights must be. */")
    print('#define SYNTH1_1008_FLOAT32 "%s"' % digest(1, 1008, "<f4", 1))
    print('#define SYNTH1_1000_FLOAT32 "%s"' % digest(1, 1000, "<f4", 1))
    print('#define SYNTH1_1008_FLOAT16 "%s"' % digest(1, 1008, "<f2", 2))
    print("static const struct {\n    const char *name;\n    float first, last;\n} synth7[] = {")
    wanted = ("Conv2d_1a_3x3.conv.weight", "Mixed_6e.branch7x7_2.bn.weight", "Mixed_7c.branch_pool.bn.bias",
              "Mixed_5b.branch1x1.bn.running_mean", "Mixed_7a.branch3x3_2.bn.running_var", "fc.weight", "fc.bias")
    for name, _, value in tensors(7, 1008):
        if name in wanted:
            print('    {"%s", %sf, %sf},' % (name, float(value[0]).hex(), float(value[-1]).hex()))
    print("};")


if __name__ == "__main__":
    main()
