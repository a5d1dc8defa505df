/* Written by tests/data/make_metrics_data.py (NumPy 1.24.2, SciPy 1.10.1). */
#ifndef BONAFIDE_TESTS_DATA_METRICS_EXPECTED_H
#define BONAFIDE_TESTS_DATA_METRICS_EXPECTED_H

#define EXPECTED_FEATURE_SUM 0x1.c4f3a3453e801p+14
#define EXPECTED_FID_FULL_RANK 0x1.aa6972bc66f80p-2
#define EXPECTED_FID_60_75 0x1.77b950f5bfdb0p+0
#define EXPECTED_FID_60_410 0x1.2ce7e4580a3b0p+0
#define EXPECTED_FID_2_410 0x1.2e0d9ff27dec6p+4
#define EXPECTED_FID_HALVES 0x1.8a22148eb4bc0p-1
static const double expected_sigma_first_row[8] = {
    0x1.8ee738028ab4ep-4, -0x1.5d2a1a3598697p-5, 0x1.6b197b0b242e4p-5, 0x1.afa5ea0900dadp-4,
    -0x1.3ce6d806e9aa6p-5, -0x1.e413c6f74ea24p-7, -0x1.fb43ca85c3f6ep-6, 0x1.d645a0b951169p-5,
};
static const double expected_mu[8] = {
    0x1.918b513c6d3a0p-2, 0x1.667c8c2b58bf2p-2, 0x1.83ec303bc9630p-2, 0x1.bed021c3c9630p-2,
    0x1.77cc963ea06d4p-2, 0x1.7579f04570a3dp-2, 0x1.96696660eeeefp-2, 0x1.94e537d206d3ap-2,
};
static const double expected_sqrtm_diagonal[8] = {
    0x1.094c7b389bc3fp+0, 0x1.05d9803a9ca03p+0, 0x1.079ccbaac350fp+0, 0x1.0d895a6248ff1p+0,
    0x1.0945055997513p+0, 0x1.06c8a48c266c4p+0, 0x1.0c752d27fb4dep+0, 0x1.09b9f2e673806p+0,
};
static const double expected_eigenvalues[40] = {
    -0x1.9952ee35f80eep+1, -0x1.73562b67c0f84p+1, -0x1.68f43f8a856a4p+1, -0x1.393feb14a04cdp+1,
    -0x1.21b3e907e6808p+1, -0x1.103fc4e06f8f4p+1, -0x1.07c73ed6865f2p+1, -0x1.f5b41ccf70e7cp+0,
    -0x1.af7a881d8e0b0p+0, -0x1.913108e4e2cdfp+0, -0x1.6d95d3edcdef3p+0, -0x1.5019867e9deb7p+0,
    -0x1.0602429a335c7p+0, -0x1.e2b194c7fbc94p-1, -0x1.bf908fa4e4e09p-1, -0x1.951c5ed5892f6p-1,
    -0x1.2b99e0e592061p-1, -0x1.ca191ef96a4c0p-2, -0x1.2aaf688184833p-2, -0x1.1f25b8cdf3ae5p-2,
    -0x1.74b0836d74bf1p-4, -0x1.6adb2d5995f78p-5, 0x1.fb299e9bd28e7p-4, 0x1.577446343f366p-2,
    0x1.066424f9bfad1p-1, 0x1.4ccc2fce639a3p-1, 0x1.683076abc9764p-1, 0x1.024fbe0ba32e9p+0,
    0x1.0cd066e5ecd97p+0, 0x1.5c30b11bb1eb6p+0, 0x1.87dcfadfcd602p+0, 0x1.a33662bb06e82p+0,
    0x1.c6f9da764cb18p+0, 0x1.eae38db41412dp+0, 0x1.14376bff504ebp+1, 0x1.412db9dade1d4p+1,
    0x1.67af1b1f23154p+1, 0x1.693c9f3d16c8ap+1, 0x1.7fd2f1dbbc470p+1, 0x1.ac80ba6b72b90p+1,
};
#define EXPECTED_IS_DEFAULT_MEAN 0x1.b1bf45d0e8035p+1
#define EXPECTED_IS_DEFAULT_STD 0x1.a895c4ecac1c3p-3
#define EXPECTED_IS_ORDERED_MEAN 0x1.ba8526047fef3p+1
#define EXPECTED_IS_ORDERED_STD 0x1.e200eba29f972p-3
#define EXPECTED_IS_ONE_MEAN 0x1.121ccf032a065p+2
#define EXPECTED_IS_ONE_STD 0x0.0p+0
#define EXPECTED_IS_DDOF_MEAN 0x1.d5cdcb72f70f7p+1
#define EXPECTED_IS_DDOF_STD 0x1.c2127562297b7p-3
#define EXPECTED_PRECISION_3 0x1.9d58a9d58a9d6p-1
#define EXPECTED_RECALL_3 0x1.ddddddddddddep-1
#define EXPECTED_PRECISION_5_STRICT 0x1.e3472e3472e34p-1
#define EXPECTED_RECALL_5_STRICT 0x1.fe4b17e4b17e5p-1

#endif
