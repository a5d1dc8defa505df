"""Writes synth_digest.h: values and content digests of synthetic weights, computed from the definition in
engine/flat/FORMAT.md alone. Needs NumPy; the tests need only the header this writes.

  make_synth_digest.py > synth_digest.h
"""
import hashlib
import math
import struct
import numpy as np


def convolutions():
    """Names and shapes (out, in, height, width) of Inception-v3's, in the order of torchvision's state_dict."""
    rows = []

    def conv(name, out, inputs, height=1, width=0):
        rows.append((name, (out, inputs, height, width or height)))

    def block_a(name, inputs, pool):
        conv(name + ".branch1x1", 64, inputs)
        conv(name + ".branch5x5_1", 48, inputs)
        conv(name + ".branch5x5_2", 64, 48, 5)
        conv(name + ".branch3x3dbl_1", 64, inputs)
        conv(name + ".branch3x3dbl_2", 96, 64, 3)
        conv(name + ".branch3x3dbl_3", 96, 96, 3)
        conv(name + ".branch_pool", pool, inputs)

    def block_c(name, c7):
        conv(name + ".branch1x1", 192, 768)
        conv(name + ".branch7x7_1", c7, 768)
        conv(name + ".branch7x7_2", c7, c7, 1, 7)
        conv(name + ".branch7x7_3", 192, c7, 7, 1)
        conv(name + ".branch7x7dbl_1", c7, 768)
        for i, (out, height, width) in enumerate(((c7, 7, 1), (c7, 1, 7), (c7, 7, 1), (192, 1, 7))):
            conv("%s.branch7x7dbl_%d" % (name, i + 2), out, c7, height, width)
        conv(name + ".branch_pool", 192, 768)

    def block_e(name, inputs):
        conv(name + ".branch1x1", 320, inputs)
        conv(name + ".branch3x3_1", 384, inputs)
        conv(name + ".branch3x3_2a", 384, 384, 1, 3)
        conv(name + ".branch3x3_2b", 384, 384, 3, 1)
        conv(name + ".branch3x3dbl_1", 448, inputs)
        conv(name + ".branch3x3dbl_2", 384, 448, 3)
        conv(name + ".branch3x3dbl_3a", 384, 384, 1, 3)
        conv(name + ".branch3x3dbl_3b", 384, 384, 3, 1)
        conv(name + ".branch_pool", 192, inputs)

    conv("Conv2d_1a_3x3", 32, 3, 3)
    conv("Conv2d_2a_3x3", 32, 32, 3)
    conv("Conv2d_2b_3x3", 64, 32, 3)
    conv("Conv2d_3b_1x1", 80, 64)
    conv("Conv2d_4a_3x3", 192, 80, 3)
    block_a("Mixed_5b", 192, 32)
    block_a("Mixed_5c", 256, 64)
    block_a("Mixed_5d", 288, 64)
    conv("Mixed_6a.branch3x3", 384, 288, 3)
    conv("Mixed_6a.branch3x3dbl_1", 64, 288)
    conv("Mixed_6a.branch3x3dbl_2", 96, 64, 3)
    conv("Mixed_6a.branch3x3dbl_3", 96, 96, 3)
    for name, c7 in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        block_c(name, c7)
    conv("Mixed_7a.branch3x3_1", 192, 768)
    conv("Mixed_7a.branch3x3_2", 320, 192, 3)
    conv("Mixed_7a.branch7x7x3_1", 192, 768)
    conv("Mixed_7a.branch7x7x3_2", 192, 192, 1, 7)
    conv("Mixed_7a.branch7x7x3_3", 192, 192, 7, 1)
    conv("Mixed_7a.branch7x7x3_4", 192, 192, 3)
    block_e("Mixed_7b", 1280)
    block_e("Mixed_7c", 2048)
    assert len(rows) == 94
    return rows


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


def content_sha256(content):
    """Byte b belongs to lane b / 4 mod 16."""
    whole = len(content) // 64 * 64
    words, rest = np.frombuffer(content[:whole], dtype="<u4").reshape(-1, 16), content[whole:]
    lanes = [words[:, lane].tobytes() + rest[4 * lane:4 * lane + 4] for lane in range(16)]
    return hashlib.sha256(b"".join(hashlib.sha256(lane).digest() for lane in lanes)).hexdigest()


def digest(seed, classes, dtype, code):
    content = bytearray()
    for name, shape, value in tensors(seed, classes):
        four = tuple(shape) + (0,) * (4 - len(shape))
        content += name.encode().ljust(64, b"\0") + struct.pack("<6I", code, len(shape), *four)
        content += value.astype(dtype).tobytes()
    return content_sha256(bytes(content))


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
