"""clean-fid's functions: `from bonafide.cleanfid import fid` in place of `from cleanfid import fid`.

    from bonafide.cleanfid import fid
    fid.compute_fid("photos/", "samples/")
    fid.make_custom_stats("photos", "photos/")
    fid.compute_fid("samples/", dataset_name="photos", dataset_split="custom")
    fid.compute_kid("photos/", "samples/", mode="legacy_pytorch")

tools/python/DROPIN.md says what differs and what was compared.
"""

from . import _cleanfid as fid
from ._cleanfid import (compare_folders, compute_fid, compute_kid, fid_from_feats, frechet_distance,
                        get_folder_features, kernel_distance, make_custom_stats, remove_custom_stats, test_stats_exists)

__all__ = ["compare_folders", "compute_fid", "compute_kid", "fid", "fid_from_feats", "frechet_distance",
           "get_folder_features", "kernel_distance", "make_custom_stats", "remove_custom_stats", "test_stats_exists"]
