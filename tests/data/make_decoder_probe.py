#!/usr/bin/env python3
"""Writes tools/cache_probe_data.h (needs numpy and Pillow)."""
from PIL import Image
import numpy as np, io
rng=np.random.RandomState(5)
a=np.zeros((19,21,3),np.uint8)
y,x=np.mgrid[0:19,0:21]
a[...,0]=(x*12)%256; a[...,1]=(y*13+x*3)%256; a[...,2]=((x-9)**2+(y-9)**2)%256
a=(a.astype(int)+rng.randint(-20,20,a.shape)).clip(0,255).astype(np.uint8)
b=io.BytesIO(); Image.fromarray(a).save(b,'JPEG',quality=50,subsampling=2,optimize=True)
d=b.getvalue()
import sys
sys.stderr.write("%d bytes\n"%len(d))
print("/* A JPEG of 21 x 19 pixels with halved chroma (tests/data/make_decoder_probe.py), for bf_decoder_fingerprint. */")
print("#ifndef BONAFIDE_CACHE_PROBE_DATA_H\n#define BONAFIDE_CACHE_PROBE_DATA_H\n")
print("static const unsigned char bf_decoder_probe[%d] = {"%len(d))
for i in range(0,len(d),14):
    print("    "+", ".join("0x%02x"%v for v in d[i:i+14])+",")
print("};\n\n#endif")
