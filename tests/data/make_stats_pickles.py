#!/usr/bin/env python3
"""Writes tests/data/stats: files of statistics in pickles as numpy, torch and other programs write them, and others that must
be refused. Run from the top of the tree with numpy and torch; tests need neither.

    python3 tests/data/make_stats_pickles.py
"""
import os
import pickle
import sys
import types

import numpy as np
import torch

D, N = 4, 50
OUT = 'tests/data/stats'
os.makedirs(OUT, exist_ok=True)
for name in os.listdir(OUT):
    os.remove(os.path.join(OUT, name))

rows = np.random.RandomState(22)
x = rows.standard_normal((N, D)) @ rows.standard_normal((D, D)) + 1.0
mu, sigma = x.mean(0), np.cov(x, rowvar=False)
wide = np.arange(9.0).reshape(3, 3)
wide = wide @ wide.T + np.eye(3)
raw = dict(num_items=N, num_features=D, raw_mean=x.sum(0), raw_cov=x.T @ x)
style = dict(capture_all=False, capture_mean_cov=True, max_items=None, all_features=None, **raw)


def path(name):
    return os.path.join(OUT, name)


def dump(name, what, protocol=4):
    with open(path(name), 'wb') as f:
        pickle.dump(what, f, protocol=protocol)


def module_of(cls, name):
    """Pickles name the class by this module, which is not there where they are read."""
    parts = name.split('.')
    for i in range(len(parts)):
        sys.modules.setdefault('.'.join(parts[:i + 1]), types.ModuleType(parts[i]))
    cls.__module__ = name
    setattr(sys.modules[name], cls.__name__, cls)


class EasyDict(dict):
    pass


class FeatureStats:
    pass


class Calls:
    def __reduce__(self):
        return os.system, ('touch executed',)


module_of(EasyDict, 'dnnlib.util')
module_of(FeatureStats, 'metrics.metric_utils')

# What all good files are compared with; pytorch-fid's form.
np.savez(path('reference.npz'), mu=mu, sigma=sigma)
np.savez(path('good_mean_cov.npz'), mean=mu, cov=sigma)
np.savez(path('good_m_s.npz'), m=mu, s=sigma)
for p in (2, 3, 4, 5):
    dump('good_mu_sigma_%d.pkl' % p, {'mu': mu, 'sigma': sigma}, p)
    dump('good_fortran_%d.pkl' % p, {'mean': mu[None], 'cov': np.asfortranarray(sigma)}, p)
    dump('parts_%d.pkl' % p, {'fid': {'mu': mu, 'sigma': sigma}, 'fd_dinov2': {'mu': mu[:3], 'sigma': wide}}, p)
    dump('counted_sums_%d.pkl' % p, style, p)
dump('good_pair.pkl', (mu, sigma), 2)
dump('good_strided.pkl', {'mu': mu, 'sigma': np.stack([sigma, sigma], 2)[:, :, 1]})
dump('float_mu_sigma.pkl', {'mu': mu.astype('f4'), 'sigma': sigma.astype('f4')}, 5)
easy = EasyDict(style)
easy['num_items'] = np.int64(N)
dump('counted_easydict.pkl', easy)
stats = FeatureStats()
stats.__dict__.update(style)
dump('counted_object.pkl', stats, 3)
np.save(path('good_objects.npy'), {'mean': mu, 'cov': sigma}, allow_pickle=True)
for zipped, name in ((True, 'zip'), (False, 'legacy')):
    how = dict(_use_new_zipfile_serialization=zipped)
    torch.save({'mean': mu, 'cov': sigma}, path('good_numpy_%s.pth' % name), **how)
    torch.save({'m': torch.from_numpy(mu), 's': torch.from_numpy(sigma).t()}, path('good_tensors_%s.pth' % name), **how)
    torch.save({'mu': torch.from_numpy(mu).float(), 'sigma': torch.from_numpy(sigma).float()},
               path('float_tensors_%s.pth' % name), **how)

# Refused. What is said of each is in tests/tools/statistics/test_statfile.c.
dump('bad_call.pkl', {'mu': mu, 'sigma': Calls()}, 2)
dump('bad_call_4.pkl', {'mu': mu, 'sigma': Calls()}, 4)
dump('bad_keys.pkl', {'a': 1, 'b': 2.5})
dump('bad_features.pkl', dict(style, all_features=[x], raw_mean=None, raw_cov=None))
dump('bad_number.pkl', 7)
cycle = {'x': 1}
cycle['self'] = cycle
dump('bad_cycle.pkl', cycle)
s = sigma.copy()
s[0, 1] += 5.0
dump('bad_asymmetric.pkl', {'mu': mu, 'sigma': s})
s = sigma.copy()
s[2, 1] = np.nan
dump('bad_nan.pkl', {'mu': mu, 'sigma': s})
dump('bad_shape.pkl', {'mu': mu, 'sigma': sigma[:2]})
dump('bad_rank.pkl', {'mu': mu, 'sigma': sigma[None]})
dump('bad_endian.pkl', {'mu': mu.astype('>f8'), 'sigma': sigma})
dump('bad_complex.pkl', {'mu': mu.astype('c16'), 'sigma': sigma})
dump('bad_strings.pkl', {'mu': np.array(['a', 'b']), 'sigma': sigma})
dump('bad_objects.pkl', {'mu': np.array([1, 'a'], dtype=object), 'sigma': sigma})
dump('bad_count.pkl', dict(style, num_items=-3))
dump('bad_one.pkl', dict(style, num_items=1))
dump('bad_text.pkl', {'mu': 'mu', 'sigma': sigma})
dump('bad_parts.pkl', {str(i): {'mu': mu, 'sigma': sigma} for i in range(33)})
good = open(path('good_mu_sigma_4.pkl'), 'rb').read()
size = len(sigma.tobytes()).to_bytes(1, 'little')
at = good.index(b'C' + size)
with open(path('bad_huge.pkl'), 'wb') as f:  # 2^40 bytes declared
    f.write(good[:at] + b'\x8e' + (1 << 40).to_bytes(8, 'little') + good[at + 2:])
with open(path('bad_shape_huge.pkl'), 'wb') as f:  # 2^31 - 1 columns
    f.write(good.replace(b'K\x04\x85', b'J\xff\xff\xff\x7f\x85', 1))
with open(path('bad_protocol.pkl'), 'wb') as f:
    f.write(b'\x80\x06' + good[2:])
