"""What the functions of this package return."""

import collections

FidUncertainty = collections.namedtuple(
    "FidUncertainty", "value standard_error corrected corrected_error bias_real bias_gen bias_second bias_left")
InceptionScore = collections.namedtuple("InceptionScore", "mean std n_splits")
PrecisionRecall = collections.namedtuple("PrecisionRecall", "precision recall f_score")
Kid = collections.namedtuple("Kid", "mean std n_subsets subset_size")
KidFull = collections.namedtuple("KidFull", "value variance standard_error")
DensityCoverage = collections.namedtuple("DensityCoverage", "precision recall density coverage")
Infinity = collections.namedtuple("Infinity", "value slope fit_residual")
Mifid = collections.namedtuple("Mifid", "value distance penalty")
Cmmd = collections.namedtuple("Cmmd", "value unbiased standard_error")
Mind = collections.namedtuple("Mind", "value directions_error")
Prd = collections.namedtuple("Prd", "f_8 f_one_eighth")
WeightsInfo = collections.namedtuple("WeightsInfo", "name variant n_classes sha256")
