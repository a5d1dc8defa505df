#!/usr/bin/env python3
"""Writes the expected roots in tests/tools/records/test_merkle.c: the recursive definition of RFC 6962, section 2.1."""
import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(i):
    return sha256(b"\0" + sha256(b"file %d" % i) + b"dir/img%d.png" % i)


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:]))


for n in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 1000]:
    print('{%d, "%s"},' % (n, root([leaf(i) for i in range(n)]).hex()))
